"""The model: layers put together, and the functions that save and describe it as methods (those that train: `trained`).

A model is thin: a `Network` says what is computed, a `Runtime` runs it, a `Stepper` trains it. The work of each method
stands in a room of its own (`network`, `training`, `summary`, `saving`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, ClassVar, Self

from pellucid import legacy
from pellucid.calls import explained
from pellucid.checks import flag
from pellucid.custom import functions_numbered
from pellucid.errors import ArgumentError
from pellucid.layers import Layer, arguments
from pellucid.layers.records import FileForm
from pellucid.models.trained import TrainedNetwork

# What describes a model or writes it down is imported by the methods below, at their first use.


class Model(TrainedNetwork):
    """A network from symbolic inputs to symbolic outputs; branches and merges are welcome.

    A model is a layer too: call it on a symbolic tensor to make it a part of another model, which then shares its
    weights; call it on arrays to run it.

    A class of your own that derives from it may write `call(self, inputs, training=None)`, with layers as attributes,
    and `compute_loss`: they emit operations with `pellucid.ops`, and gradients follow. Such a class needs no inputs and
    outputs; it learns its input shape from the first data, or from `build`.

    Args:
        inputs: a symbolic tensor from `Input`, or several in lists, tuples and dictionaries, in any nesting. Where one
            is the result of a layer, the model begins there.
        outputs: a symbolic tensor that layers made from the inputs, or several, likewise: results come so arranged.
        name: of the model.
        trainable: False freezes all layers; see the attribute of that name.
        seed: decides shuffling and dropout; by default the next of the sequence that `set_random_seed` restarts.

    Attributes:
        layers: in Keras's order, the input layers included.
        inputs: the symbolic inputs.
        outputs: the symbolic outputs.
        network: what the model computes, as a record; None before the input shape is known.
        runtime: runs it.
        stepper: trains it, after `compile`.
        history: of the last `fit`.
        stop_training: set it in a callback to end `fit`: after the batch if set at its end, else after the epoch.

    Raises:
        ArgumentError: an output does not come from the inputs, or two layers bear one name.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((8, 8, 1))
        >>> y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        >>> model = Model(x, layers.Add()([y, layers.Conv2D(4, 3, padding="same")(y)]))
        >>> model.output_shape, model.count_params()
        ((None, 8, 8, 4), 188)

    Source: keras.Model, https://keras.io/api/models/model/
    """

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        trainable: bool = True,
        seed: int | None = None,
    ) -> None:
        self._start(name, seed, "functional" if type(self) is Model else "")
        if inputs is not None and outputs is not None:
            self._connect(inputs, outputs)
        elif inputs is not None or outputs is not None or type(self) is Model:
            raise ArgumentError(
                f"{self.label} needs inputs and outputs; or write a class that derives from Model, with layers as "
                "attributes and call(self, inputs)"
            )
        if not arguments.flag("trainable", trainable, self.label):
            self.trainable = False

    @explained
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], object] | None = None,
        *,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
        derive: bool = False,
    ) -> None:
        """Print a table of the layers: name and class, output shape, number of weights; then the totals. Before the
        model is built shapes are "?", and the last line says how to build it.

        Args:
            line_length: width of the table [characters]; what the content needs by default, at most the terminal's.
            positions: where each column ends, in characters, or in parts of the line if the last is at most 1.
            print_fn: called once with the whole text; `print` by default.
            expand_nested: whether the layers of models inside are listed below them.
            show_trainable: whether a column tells of each layer with weights whether training changes it, Y or N.
            layer_range: names of the first and the last layer to list, or how they begin (regular expressions).
            derive: whether a column tells how each number comes about: the count of weights as a sum of products, the
                spatial sizes with the rows and columns that are lost, and what a unit sees of the input.

        Raises:
            ArgumentError: the width is below 40, a column has no room, or no layer has such a name.

        Example:
            >>> from pellucid import Sequential, layers
            >>> Sequential([layers.Input((4,), name="x"), layers.Dense(3, name="out")], name="tiny").summary()
            Model: "tiny"
            ┏━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
            ┃ Layer (type) ┃ Output Shape ┃ Param # ┃
            ┡━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
            │ out (Dense)  │ (None, 3)    │      15 │
            └──────────────┴──────────────┴─────────┘
             Total params: 15 (60.00 B)
             Trainable params: 15 (60.00 B)
             Non-trainable params: 0 (0.00 B)

        Source: keras.Model.summary, https://keras.io/api/models/model/#summary-method
        """
        from pellucid.models import summary

        listed = summary.Listed(expand_nested, show_trainable, layer_range, derive)
        summary.summary(self, line_length, positions, print_fn, listed)

    @explained
    def memory_estimate(self, batch_size: int | None = None, input_shape: Any = None) -> Any:
        """How much memory training and prediction will take with batches of a size, by the plan: nothing is run.

        Args:
            batch_size: samples in a batch; 32 by default.
            input_shape: of one sample, without the batch (of several inputs a list), where the model leaves sizes open.

        Returns:
            a `training.memory.MemoryEstimate`: `total` [bytes]; `prediction` and, once the model is compiled,
            `training`, each with `weights`, `slots`, `activations`, `workspace`, `batch` and `total`. Printed, it is a
            table.

        Raises:
            ArgumentError: the model is not built, or a size is open and not said.
            ShapeError: no such sample fits the model.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
            >>> estimate = model.memory_estimate(128)
            >>> estimate.prediction.weights, estimate.training
            (216680, None)
            >>> estimate.total > 128 * 26 * 26 * 8 * 4
            True
        """
        from pellucid.training import memory

        self.require_built()
        return memory.estimate(self.runtime, self.stepper, batch_size, input_shape)

    @legacy.accepts_old_spelling("save")
    def save(
        self, filepath: str | os.PathLike[str] | BinaryIO, overwrite: bool = True, zipped: bool | None = None
    ) -> None:
        """Write structure, weights, and how the model was compiled, to a `.keras` file, which Keras 3 reads too; or to
        a file of another system, by its suffix.

        The file is written beside its place and put there in one step, so an old file is replaced by the whole new one
        or stays as it was. What the optimiser remembers (momentum, number of steps) is in it, in Keras's order:
        training goes on as if nothing had happened, here and in Keras. Of a model that does not know its input yet the
        file holds the structure. A model that was trained is never lost: where it cannot be written as asked, it is
        kept as `.keras` beside, and the error says where.

        Args:
            filepath: ends in ".keras", or as one of the formats that `conversion` writes; or a file that is open for
                writing bytes, such as an `io.BytesIO`, which gets a `.keras` file.
            overwrite: whether an existing file may be replaced.
            zipped: True or None: a model is one file, whole or not there. False: `filepath` is a folder, which gets
                the three parts of a `.keras` file, as in Keras.

        Raises:
            ArgumentError: another ending (the message lists those that are), or something that a file cannot hold.
            FileError: the file exists and may not be replaced, or the folder cannot be written to.

        Example:
            >>> import tempfile
            >>> from pellucid import Sequential, layers, load_model
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3)])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save(f"{folder}/model.keras")
            ...     load_model(f"{folder}/model.keras").count_params()
            15

        Source: keras.Model.save; the layout is that of Keras's saving_lib.
        """
        from pellucid.models import keeping

        is_folder = zipped is not None and not flag(f"{self.label}: save", "zipped", zipped)
        if not self.built:
            with suppress(ArgumentError):  # one that does not know its input has no weights
                self.require_built()
        keeping.save(self, filepath, overwrite, is_folder=is_folder)

    @explained
    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str | None = None,
        verbose: bool | None = None,
        *,
        opset_version: int | None = None,
        batch_size: int | None = None,
        input_shape: Any = None,
    ) -> None:
        """Write the model for running it in another system.

        Args:
            filepath: of the file.
            format: "onnx": one file, for ONNX Runtime and its kin. "torch": the code of a module, beside a safetensors
                file with its weights. None: as the end of the file's name says.
            verbose: whether to print what became of each layer.
            opset_version: of ONNX's operations, 13 or later; 17 by default, which ONNX Runtime knows since 2022.
            batch_size: of an ONNX file that takes batches of one size only; any size by default.
            input_shape: of one sample, of several inputs a list: for an ONNX file, where the model leaves sizes open
                and what it computes depends on them.

        Raises:
            ArgumentError: an unknown format, an option that it does not have, or a layer that it cannot say.
            FileError: the folder cannot be written to.

        Example:
            >>> import os, tempfile
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="relu")])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/net.py")
            ...     sorted(os.listdir(folder))
            ['net.py', 'net.safetensors']

        Source: keras.Model.export.
        """
        from pellucid.models import keeping

        sizes = {"opset_version": opset_version, "batch_size": batch_size, "input_shape": input_shape}
        keeping.export(self, filepath, format, verbose, **sizes)

    @legacy.accepts_old_spelling("save_weights")
    def save_weights(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        max_shard_size: float | None = None,
        *,
        objects_to_skip: Sequence[Layer] | None = None,
    ) -> None:
        """Write the weights alone to a `.weights.h5` file, which Keras 3 reads too, in one step as `save` does.

        What the optimiser of a compiled model remembers is written with them, as in Keras. Other endings give other
        formats: `.safetensors`, `.npz`, or a folder of `.npy` files for a name without an ending.

        Args:
            filepath: ends in ".weights.h5", or as one of the formats that `conversion` writes.
            overwrite: whether an existing file may be replaced.
            max_shard_size: how large a file may become [GiB], where the weights go into several: `filepath` ends in
                ".weights.json" then, the table of the files beside it.
            objects_to_skip: layers that are left out, with those in them; of Keras 3's files.

        Raises:
            ArgumentError: another ending (the message lists those that are), or a model without weights yet.
            FileError: the file exists and may not be replaced, or the folder cannot be written to.

        Example:
            >>> import tempfile
            >>> from pellucid import Sequential, layers
            >>> model, other = (Sequential([layers.Input((4,)), layers.Dense(3)]) for _ in range(2))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save_weights(f"{folder}/model.safetensors")
            ...     other.load_weights(f"{folder}/model.safetensors")
            >>> bool((model.get_weights()[0] == other.get_weights()[0]).all())
            True

        Source: keras.Model.save_weights.
        """
        from pellucid.models import keeping, other_formats

        self.require_built()
        with keeping.kept_on_failure(self, filepath):
            other_formats.save_weights(self, filepath, overwrite, objects_to_skip, max_shard_size)

    @explained
    def load_weights(
        self,
        filepath: str | os.PathLike[str],
        skip_mismatch: bool = False,
        *,
        objects_to_skip: Sequence[Layer] | None = None,
        by_name: bool = False,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Fill the weights from a file: of Pellucid or Keras (`.weights.h5`, `.keras`,
        the table `.weights.json` of several), of PyTorch (`.safetensors`), or
        of arrays (`.npz`, a folder of `.npy`). All are filled, or none.

        What is in the file decides how it is read. In Keras 3's files layers find their weights by their class and
        their order, whatever they are called; the optimiser of a compiled model goes on from what the file holds, if
        that is its own; else it begins anew, with a warning. `conversion.load_weights` gives a report.

        Args:
            filepath: of the file.
            skip_mismatch: whether layers that the file does not hold, or holds in another shape, stay as they are, with
                a warning that names them.
            objects_to_skip: layers that stay as they are, with those in them; of Keras 3's files.
            by_name: whether layers find their weights by their names: in files of Keras 1 and 2.
            names: in files with names, such as PyTorch's: for modules ("layer1.0.conv1") or arrays the layer ("stem")
                or weight ("stem/kernel") that takes them, where names and shapes do not say it.

        Raises:
            ArgumentError: a model that does not know its input yet, or an option that the format does not know.
            FileError: the file is missing, damaged, or does not fit; nothing has changed then.

        Example:
            >>> from pellucid import Sequential, layers
            >>> Sequential([layers.Input((4,)), layers.Dense(3)]).load_weights("weights.txt")
            Traceback (most recent call last):
                ...
            pellucid.errors.ArgumentError: weights.txt: File format not supported: weights are read from ...


        Source: keras.Model.load_weights.
        """
        from pellucid.models import other_formats

        self.require_built()
        other_formats.load_weights(self, filepath, skip_mismatch, objects_to_skip, by_name=by_name, names=names)

    @explained
    def to_json(self, **options: Any) -> str:
        """The structure, and how the model was compiled, as JSON text: see `models.model_from_json`.

        Args:
            options: of `json.dumps`, such as `indent`.

        Raises:
            ArgumentError: the model has something that cannot be written down, or an option is none of JSON's.

        Example:
            >>> from pellucid import Sequential, layers, models
            >>> text = Sequential([layers.Input((4,)), layers.Dense(3)]).to_json()
            >>> models.model_from_json(text).output_shape
            (None, 3)

        Source: keras.Model.to_json.
        """
        from pellucid.models import saving

        with functions_numbered("the text"):
            return saving.to_json(self, self.stepper, options)

    def check_savable(self) -> None:
        """Raise `ArgumentError` if a part has what a file cannot hold, or could not be made again."""
        from pellucid.models import saving

        with functions_numbered(None):
            saving.check_layers(self)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        from pellucid.models import config

        if self.described is None:
            return {key: value for key, value in super().get_config().items() if key != "trainable"}
        return config.functional_config(self.name, self.described)

    untold_options = ("inputs", "outputs", "seed")  # without these a model is what its own class's arguments say

    file_form: ClassVar = FileForm("keras.src.models.functional", "Functional", "Functional")

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """A new model of that structure, with fresh weights. See `reading.from_config`."""
        from pellucid.models import reading

        return reading.from_config(cls, config, custom_objects)

    @classmethod
    def made_of(cls, config: Mapping[str, Any], layers: Sequence[Layer]) -> Self:
        """A model of these layers, connected as its configuration says."""
        from pellucid.models import connecting

        return connecting.model_of(cls, config, layers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {len(self.layers)} layers>"
