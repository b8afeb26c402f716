"""Which files there are, by what is in them, and what can be done with each: one row for each format.

A row names the file of this room that reads and writes the format; it is loaded when such a file is met. What it does
stands there under the words of `CAN`:

    load(path, *, custom_objects, compile, max_bytes) -> (model, Report)
    save(model, path) -> Report
    load_weights(model, path, *, <options that the row names>) -> Report
    save_weights(model, path) -> Report
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pellucid import legacy
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.extras import imported
from pellucid.formats.kinds import kind_of
from pellucid.formats.paths import made_folder
from pellucid.frozen import Frozen

__all__ = ["CAN", "FORMATS", "Format", "by_content", "by_suffix", "known_suffixes"]

CAN = {
    "load": "models are read",
    "save": "models are written",
    "load_weights": "weights are read",
    "save_weights": "weights are written",
}
"""What a format may be able to, and how a list of those that are begins."""


class Format(Frozen):
    """One kind of file.

    Attributes:
        kind: the word for it of `formats.kinds.kind_of`.
        what: its name, as it reads in a sentence.
        suffixes: how the names of such files end; the first is what Pellucid writes.
        home: the file of this room that reads and writes it; "" where there is none.
        can: which of `CAN` it has.
        options: of `load_weights`, those that it knows.
        keeps_images: whether `save` keeps what the model knows of its images.
        beside: what `save_weights` keeps beside weights: "structure", "optimizer", "images".
        instead: where something is asked for that it cannot do: what to do.
        save_options: as `options`, of `save`, where `export` calls it.
    """

    kind: str
    what: str
    suffixes: tuple[str, ...]
    home: str = ""
    can: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    instead: str = ""
    save_options: tuple[str, ...] = ()
    keeps_images: bool = False
    beside: tuple[str, ...] = ()

    def function(self, name: str, path: Path) -> Callable[..., Any]:
        """What does `name` for this format; for a path, so that a refusal can name the file.

        Raises:
            FileError: it cannot do that; the message says what to do instead.
        """
        if name not in self.can:
            raise FileError(f"{escaped(path)} is {self.what}; {self.instead or known_suffixes(name)}")
        function: Callable[..., Any] = getattr(imported(f"pellucid.conversion.{self.home}", self.what), name)
        return function


_CODE = "such files can run code when they are opened, so they never are; in PyTorch type"
_IN_TORCH = (
    f"{_CODE}: from safetensors.torch import save_file; save_file(model.state_dict(), 'model.safetensors'), "
    "and here model.load_weights('model.safetensors')"
)
_IN_KERAS = "in TensorFlow's Keras type: model.save('model.keras') or model.save_weights('model.weights.h5')"
_WEIGHTS_ALONE = (
    "it holds weights alone: make the model that they belong to, then model.load_weights(path); "
    "or on a command line: pellucid convert WEIGHTS OUT --onto MODEL"
)

FORMATS: tuple[Format, ...] = (
    Format(
        "keras",
        "a .keras file",
        (".keras",),
        "keras_zip",
        ("load", "save", "load_weights"),
        ("skip_mismatch",),
        keeps_images=True,
    ),
    Format(
        "keras weights",
        "a .weights.h5 file",
        (".weights.h5",),
        "keras_zip",
        ("load_weights", "save_weights"),
        beside=("optimizer",),
    ),
    Format(
        "hdf5",
        "an HDF5 file (.h5)",
        (".h5", ".hdf5"),
        "keras_h5",
        ("load", "save", "load_weights", "save_weights"),
        ("by_name", "skip_mismatch"),
        keeps_images=True,
    ),
    Format(
        "safetensors",
        "a safetensors file",
        (".safetensors",),
        "safetensors_weights",
        ("load", "load_weights", "save_weights"),
        ("names", "skip_mismatch"),
        beside=("structure", "images"),
    ),
    Format(
        "npz",
        "a NumPy archive (.npz)",
        (".npz",),
        "numpy_arrays",
        ("load_weights", "save_weights"),
        ("names", "skip_mismatch"),
        _WEIGHTS_ALONE,
    ),
    Format(
        "npy folder",
        "a folder of NumPy's arrays",
        ("/",),
        "numpy_arrays",
        ("load_weights", "save_weights"),
        ("names", "skip_mismatch"),
        _WEIGHTS_ALONE,
    ),
    Format("darknet", "a network of Darknet's (.cfg)", (".cfg",), "darknet", ("load",)),
    Format("darknet weights", "a .weights file of Darknet's", (".weights",), "darknet", ("load",)),
    Format(
        "onnx",
        "an ONNX file",
        (".onnx",),
        "onnx.door",
        ("load", "save"),
        save_options=("opset_version", "batch_size", "input_shape"),
        keeps_images=True,
    ),
    Format("torch code", "a module of PyTorch's as code", (".py",), "torch_code", ("save",)),
    Format(
        "torch",
        "a PyTorch file (.pt, .pth)",
        (".pt", ".pth", ".bin", ".ckpt"),
        instead=_IN_TORCH,
    ),
    Format("pickle", "a Python pickle", (".pkl", ".pickle"), instead=_IN_TORCH),
    Format(
        "tflite",
        "a TFLite file",
        (".tflite",),
        instead="it is made for running and holds no model to go on with; convert the model that it was made from: "
        + _IN_KERAS,
    ),
    Format("checkpoint", "a TensorFlow checkpoint", (".index", ".ckpt"), instead=_IN_KERAS),
    Format(
        "saved model",
        "a SavedModel or graph of TensorFlow's",
        (".pb",),
        instead=f"{_IN_KERAS}; of one without Keras: python -m tf2onnx.convert --saved-model FOLDER "
        "--output model.onnx",
    ),
    Format(
        "json",
        "a model as JSON text",
        (".json",),
        instead="it holds the structure alone: models.model_from_json(open(path).read()), then model.load_weights(...)",
    ),
    Format(
        "shards",
        "the table of a model whose arrays are in several files",
        (".index.json",),
        instead="join them: from safetensors.torch import load_file, save_file; "
        "save_file({k: v for f in files for k, v in load_file(f).items()}, 'model.safetensors')",
    ),
    Format(
        "npy",
        "one array of NumPy's",
        (".npy",),
        instead="weights are read from an .npz file or a folder of .npy files; one array is read by numpy.load(path)",
    ),
    Format(
        "csv",
        "a table of numbers",
        (".csv",),
        instead="it may be one filter: pellucid.conversion.load_filter(layer.filter(0), path)",
    ),
    Format(
        "yaml",
        "a model as YAML text",
        (".yaml", ".yml"),
        instead="reading YAML can run code; in Keras 2 type: open('model.json', 'w').write(model.to_json())",
    ),
)
_BY_KIND = {row.kind: row for row in FORMATS}


def by_content(path: Path) -> Format | None:
    """The format of a file by what is in it; None where it is none that is known.

    Raises:
        FileError: there is no such file.
    """
    return _BY_KIND.get(kind_of(path))


def by_suffix(path: Path, name: str, *, folder: bool = False) -> Format:
    """The format in which a file is to be written, by the end of its name.

    Args:
        path: of the file.
        name: "save" or "save_weights".
        folder: whether it is that of a folder.

    Raises:
        ArgumentError: no format that is written has such an end; the message lists those that have.
    """
    known = [(end, row) for row in FORMATS for end in row.suffixes]
    ends = [(len(end), row) for end, row in known if path.name.endswith(end)]
    if folder and not ends:  # a folder that is called like a file is one by mistake, which whoever writes says
        ends = [(len(end), row) for end, row in known if end == "/"]
    row = max(ends, key=lambda item: item[0])[1] if ends else None
    if (row is None or name not in row.can) and legacy.are_collected():
        return _of_its_time(path, name)
    if row is None or name not in row.can:
        wrong = "File format not supported" if "load" in name else "Invalid filepath extension for saving"
        raise ArgumentError(
            f"{escaped(path)}: {wrong}: {known_suffixes(name)}"
            + (f"; {_what_else(row, name)}" if row is not None else "")
        )
    return row


def _of_its_time(path: Path, name: str) -> Format:
    """The format where the end of a name did not say it: Keras 1 and 2 wrote HDF5, tf.keras folders of TensorFlow's."""
    if not legacy.is_old():
        made_folder(path.parent)  # as TensorFlow made them
    is_hdf5 = name == "save_weights" or legacy.is_old()
    end = ".weights.h5" if name == "save_weights" else ".keras"
    note = f"written is {'an HDF5 file, as by Keras 2' if is_hdf5 else 'a .keras file under that name'}"
    legacy.tell(f"{name}({path.name!r})", f"{name}({path.name + end!r})", note)
    return _BY_KIND["hdf5" if is_hdf5 else "keras"]


def _what_else(row: Format, name: str) -> str:
    """Why a format is not written so."""
    is_for_weights = name == "save" and "save_weights" in row.can
    return f"{row.what} takes weights alone: model.save_weights(path)" if is_for_weights else f"{row.what} is not"


def known_suffixes(name: str) -> str:
    """How the names of files end that can do `name`, as a part of a sentence."""
    ends = [repr(row.suffixes[0]).replace("'/'", "'/' (a folder)") for row in FORMATS if name in row.can]
    listed = " or ".join(filter(None, [", ".join(ends[:-1]), ends[-1]]))
    return f"{CAN[name]} {'from' if 'load' in name else 'to'} files that end in {listed}"
