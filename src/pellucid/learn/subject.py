"""What a page is made on: a model, one of its layers, and samples; the reader's own, or a small network of digits."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.checks import object_of
from pellucid.datasets import digits
from pellucid.errors import ArgumentError, DataError, PellucidError
from pellucid.frozen import Frozen
from pellucid.inspection.answers import emit_answers, layers_of
from pellucid.inspection.elements import chosen_use
from pellucid.inspection.feature_maps import feature_maps, largest_at
from pellucid.inspection.filters import filters
from pellucid.inspection.given import path_of
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.records import FilterBank
from pellucid.inspection.running import uses
from pellucid.inspection.training_step import layer_at
from pellucid.layers import Conv2D, Dense, Dropout, Flatten, Input, Layer, MaxPooling2D
from pellucid.layers.single_filters import Filter
from pellucid.learn.one_end import one_end_of
from pellucid.losses import Loss, SparseCategoricalCrossentropy
from pellucid.models import Model, Sequential
from pellucid.models.cloning import clone_model
from pellucid.models.compiled import CompiledNetwork
from pellucid.training.predicting import look

__all__ = ["Subject", "bank_of", "example", "has_filters", "subject_of"]

_MOST_SAMPLES = 512  # that a page looks at or trains on
_MADE_SAMPLES, _OPEN_SIZE = 64, 32  # of pictures that are made where none are given; side where a model leaves it open
_GRAIN = 4  # pixels of a patch of such pictures
_RATE = 0.003


def example() -> tuple[Model, Layer, np.ndarray, np.ndarray]:
    """The network of the book's own examples, trained for two seconds: a model, its first layer, images, classes.

    Example:
        >>> model, layer, x, y = example()
        >>> layer.kernel.shape, x.shape
        ((3, 3, 1, 32), (360, 8, 8, 1))
    """
    (x, y), held_out = digits.load_data()
    body = [
        Conv2D(32, 3, activation="relu", name="conv1"),
        Conv2D(64, 3, activation="relu", name="conv2"),
        MaxPooling2D(2, name="pool"),
        Dropout(0.25, name="dropout"),
        Flatten(name="flatten"),
        Dense(10, activation="softmax", name="digit"),
    ]
    model = Sequential([Input((8, 8, 1)), *body], name="digits_cnn")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=5, verbose=0)
    return model, model.layers[0], *held_out


def subject_of(model: object, layer: object, x: object, y: object, *, is_deep: bool) -> Subject:
    """What a page is made on; what is not given is chosen, and said.

    Args:
        model: that is looked at; None for the book's own.
        layer: of it; None for the first with filters, or the last.
        x: samples.
        y: their classes.
        is_deep: whether the last layer with filters is chosen.

    Raises:
        ArgumentError: the model has no layer with filters, or the layer has none.
        DataError: the samples do not fit the model.
    """
    said: list[str] = []
    if model is None:
        if x is not None or y is not None:
            raise ArgumentError("learn: samples are for a model of yours; say which")
        model, _, x, y = example()
        said.append("A network for handwritten digits, which was trained for this page.")
    network = object_of("learn", model, Model, "a model")
    network.require_built()
    path = _first_with_filters(network, is_deep=is_deep) if layer is None else path_of(network, layer)
    found = layer_at(network, path)
    bank_of(found)  # says what is wrong where the layer has none
    is_given = y is not None
    ends: list[str] = []
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        network, x, y, ends = one_end_of(network, path, x, y)
    samples, classes, how = _data(network, x, y)
    said = [f"{found.label} of {network.name}.", *said, *ends, *how]
    return Subject(network, path, samples, classes, tuple(said), is_given)


class Subject(Frozen, eq=False):
    """What a page is made on.

    Attributes:
        model: that is looked at.
        path: of the layer.
        x: samples.
        y: classes; None where there are none.
        said: sentences on what it is.
        is_given: whether the classes are the reader's own.
    """

    model: Model
    path: str
    x: np.ndarray
    y: np.ndarray | None
    said: tuple[str, ...]
    is_given: bool

    @property
    def layer(self) -> Layer:
        """The layer."""
        return layer_at(self.model, self.path)

    @property
    def bank(self) -> FilterBank:
        """Its filters; those that make the maps, where it has two kinds."""
        return bank_of(self.layer)

    @property
    def sample(self) -> np.ndarray:
        """One sample, without a batch axis."""
        return np.asarray(self.x[0])

    @property
    def is_channels_first(self) -> bool:
        """Whether the layer reads channels first, and so do its samples."""
        return getattr(self.layer, "data_format", None) == "channels_first"

    @property
    def read(self) -> tuple[int | None, ...]:
        """The lengths of the axes that the layer slides over, of its input; None where a model leaves one open."""
        shape = chosen_use(uses(told_apart(self.model, self.path), self.path), 0, self.path).calls[-1].inputs[0].shape
        return tuple(shape[2:] if self.is_channels_first else shape[1:-1])

    @property
    def classes(self) -> np.ndarray:
        """The classes; raises `ArgumentError` where there are none."""
        if self.y is None:
            raise ArgumentError(
                "learn: this page trains, which needs the right answers: pass y, or --data with x and y"
            )
        return self.y

    @cached_property
    def busiest(self) -> tuple[tuple[int, ...], int]:
        """The place and the filter whose value is largest for the sample."""
        place, number = largest_at(feature_maps(self.model, self.sample, self.path)[0])
        return place, min(number, self.bank.filters - 1)

    def copy(self, model: Model | None = None) -> Model:
        """A model that can be trained: fresh weights and the same structure, or a given one.

        It is compiled as this model is, where the classes are the reader's own; else by what it gives.
        """
        made = self._cloned() if model is None else model
        if self.is_given and made.stepper is None and self.model.stepper is not None:
            CompiledNetwork.compile_from_config(made, CompiledNetwork.get_compile_config(self.model))
        elif made.stepper is None or not self.is_given:
            made.compile("adam", _loss_for(self.model, self.x[:8], self.classes))
            made.optimizer.learning_rate = _RATE
        return made

    @property
    def trainable(self) -> Model:
        """The model itself where it can be trained on the classes, else a copy with the same weights."""
        return self.model if self.is_given and self.model.stepper is not None else self.copy(self.twin())

    def _cloned(self) -> Model:
        """The same structure, with weights: one with a `call` of the reader's own learns its shape from data, else."""
        made = clone_model(self.model)
        if not made.built:
            made.build((None, *self.sample.shape))
        if self.model.has_own_call:  # whose layers named themselves anew; a page asks for them by the names they have
            for new, own in zip(made.with_parts(), self.model.with_parts(), strict=True):
                new.name = own.name
        return made

    def twin(self) -> Model:
        """A copy with the same weights."""
        made = self._cloned()
        made.set_weights(self.model.get_weights())
        return made


def _loss_for(model: Model, x: np.ndarray, y: np.ndarray) -> str | Loss:
    """A loss that fits what a model gives and what is right: as its end says, or else as the numbers are."""
    answers = np.asarray(look(model, x))
    link = emit_answers(model, [(1, *x.shape[1:])]).outputs[0].link  # of weights that are NaN no number says anything
    is_share = link in ("softmax", "sigmoid") or bool((answers >= 0).all() and (answers <= 1).all())
    is_sum = is_share and answers.shape[-1] > 1 and np.allclose(answers.sum(axis=-1), 1, atol=1e-3)
    is_softmax = link == "softmax" or is_sum
    if answers.shape[1:] == y.shape[1:] or answers.shape[1:] == (1,):
        return "categorical_crossentropy" if is_softmax else "binary_crossentropy" if is_share else "mse"
    if is_softmax:
        return "sparse_categorical_crossentropy"
    if y.ndim == 1 and np.issubdtype(y.dtype, np.integer) and answers.ndim == 2:
        return SparseCategoricalCrossentropy(from_logits=True)
    raise ArgumentError(
        f"learn: {model.name} gives {answers.shape[1:]} numbers for a sample, which are neither probabilities of "
        "classes "
        f"nor shaped like y, {y.shape[1:]}; compile the model, and pass its x and y"
    )


def _first_with_filters(model: Model, *, is_deep: bool) -> str:
    """The first layer that convolves, or the last; else one with filters of any kind."""
    usable = [path for path, layer in layers_of(told_apart(model)) if has_filters(layer)]
    usable = usable or list(model.layers_with_filters)  # those that lie in blocks of a user's own
    convolving = [path for path in usable if getattr(layer_at(model, path), "kernel_size", None) is not None]
    if not usable:
        raise ArgumentError(f"learn: {model.name} has no layer with filters, such as Conv2D")
    return (convolving or usable)[-1 if is_deep else 0]


def bank_of(layer: Layer, moment: str = "") -> FilterBank:
    """The filters of a layer; those that make its maps, where it has two kinds, as separable ones."""
    kinds = list(getattr(layer, "filter_axes", {}))
    return filters(layer, moment, which=Filter(layer, 0).which if len(kinds) > 1 else None)  # type: ignore[arg-type]


def has_filters(layer: Layer) -> bool:
    """Whether pages can be made on a layer: it has filters, and says which of several kinds make its maps."""
    if isinstance(layer, Model):
        return False
    try:
        bank_of(layer)
    except PellucidError:
        return False
    return True


def _data(model: Model, x: object, y: object) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    said: list[str] = []
    if x is None:
        if y is not None:
            raise ArgumentError("learn: y are the classes of samples; pass x too")
        x, y, said = _made(model)
    samples = array_that("learn: x", x)[:_MOST_SAMPLES].astype(np.float32)
    wanted = tuple(model.inputs[0].shape)
    fits = samples.ndim == len(wanted) and all(
        b is None or a == b for a, b in zip(samples.shape[1:], wanted[1:], strict=False)
    )
    if not fits or not len(samples):
        raise DataError(f"learn: {model.name} takes samples {wanted}, got x of shape {samples.shape}")
    classes = None if y is None else array_that("learn: y", y)[:_MOST_SAMPLES]
    if classes is not None and len(classes) != len(samples):
        raise DataError(f"learn: x has {len(samples)} samples, y {len(classes)}; each sample needs its answer")
    if classes is None:
        classes, how = _answers(model, samples)
        said += how
    return samples, classes, said


def _made(model: Model) -> tuple[np.ndarray, Any, list[str]]:
    """Digits where they fit, else pictures that are drawn at random, of patches."""
    if tuple(model.inputs[0].shape[1:]) == (8, 8, 1):
        x, y = digits.load_data()[1]
        is_right = model.outputs[0].shape[-1:] == (10,)
        return x, y if is_right else None, ["No samples were given; these are handwritten digits."]
    shape = [_OPEN_SIZE if size is None else int(size) for size in model.inputs[0].shape[1:]]
    coarse = [-(-size // _GRAIN) for size in shape[:-1]]
    drawn = np.random.default_rng(0).random((_MADE_SAMPLES, *coarse, shape[-1]))
    for axis in range(1, drawn.ndim - 1):
        drawn = drawn.repeat(_GRAIN, axis)
    cut = tuple(slice(size) for size in shape)
    return drawn[(slice(None), *cut)], None, ["No samples were given; these are patches drawn at random: pass --data."]


def _answers(model: Model, samples: np.ndarray) -> tuple[np.ndarray | None, list[str]]:
    """Where no classes were given, what the model itself says."""
    answers = np.asarray(look(model, samples))
    if answers.ndim != 2:
        return None, []
    told = ["No classes were given; what trains here learns what this model answers."]
    return (answers > 0.5).astype(np.int64) if answers.shape[1] == 1 else answers.argmax(axis=1), told
