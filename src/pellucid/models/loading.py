"""Reading a model from a `.keras` file. Nothing in a file is executed, imported or looked up outside closed tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import registry
from pellucid.errors import ArgumentError, DataError, FileError
from pellucid.formats.keras_v3 import KerasFile, layer_groups, open_keras
from pellucid.formats.weight_store import WeightStore
from pellucid.graph.ops import Shape
from pellucid.layers import Layer
from pellucid.layers.weight import assign_all
from pellucid.models.config import (
    MODEL_CLASSES,
    Made,
    calls_before,
    compile_arguments,
    connect,
    layer_from_record,
    place_layers,
    tensor_at,
)
from pellucid.models.model import Model
from pellucid.models.optimizer_state import read_optimizer
from pellucid.models.saving import weight_groups
from pellucid.models.sequential import Sequential

MOST_LAYERS = 10_000


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    *,
    compile: bool = True,
) -> Model:
    """Read a model from a file that Pellucid or Keras 3 wrote.

    Args:
        filepath: a `.keras` file.
        custom_objects: classes and functions of your own that the file names, by those names. Nothing else is ever
            looked up, so a file cannot run code that you did not pass.
        compile: whether to compile the model as it was when it was saved; its optimiser goes on from there.

    Returns:
        the model, with its weights.

    Raises:
        FileError: the file is missing, damaged, not a `.keras` file, or holds something that is not supported; the
            message says what. No partial model is returned.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Sequential([layers.Input((4,)), layers.Dense(3, name="out")]).save(f"{folder}/model.keras")
        ...     model = load_model(f"{folder}/model.keras")
        >>> model.layers[0].name, model.output_shape
        ('out', (None, 3))

    Source: keras.saving.load_model.
    """
    try:
        with registry.custom_objects(custom_objects or {}), open_keras(filepath) as file:
            reader = _Reader(file.weights)
            model = reader.model(file.config)
            reader.finish(model)
            if compile:
                _compile(model, file)
    except (ArgumentError, DataError) as error:
        raise FileError(f"{os.fspath(filepath)}: {error}") from error
    except FileError as error:
        named = str(error).startswith(os.fspath(filepath))
        raise error if named else FileError(f"{os.fspath(filepath)}: {error}") from error
    return model


def _compile(model: Model, file: KerasFile) -> None:
    try:
        arguments = compile_arguments(file.config)
        if arguments is not None:
            model.compile(**arguments)
            assert model.stepper is not None
            read_optimizer(model.stepper, file.weights)
    except (ArgumentError, FileError) as error:
        raise FileError(f"{error}. load_model(path, compile=False) reads the model without it") from error


class _StoredWeights:
    """The weights of one layer in a file, as a `WeightSource`: read only once the model has said that their shape is
    right, so a configuration that lies about sizes costs nothing."""

    def __init__(self, store: WeightStore, group: str) -> None:
        self.store, self.group = store, group
        self.shapes = [array.shape for array in store.declared.get(group, [])]
        self.arrays: list[np.ndarray] | None = None

    def take(self, index: int, shape: Shape) -> np.ndarray:
        if index >= len(self.shapes) or self.shapes[index] != shape:
            stored = self.shapes[index] if index < len(self.shapes) else "missing"
            raise FileError(f"{self.group}/{index} is {stored} in the file; the model's configuration asks for {shape}")
        if self.arrays is None:
            self.arrays = self.store.read(self.group, self.shapes)
        return self.arrays[index]

    def finish(self, count: int) -> None:
        if count != len(self.shapes):
            raise FileError(f"{self.group} holds {len(self.shapes)} arrays; the model's configuration asks for {count}")
        self.arrays = None


class _Reader:
    """Makes the layers of a file's models, and lets each find its weights in the file."""

    def __init__(self, store: WeightStore) -> None:
        self.store = store
        self.sources: dict[Layer, _StoredWeights] = {}
        self.shared: dict[int, Layer] = {}

    def model(self, record: Mapping[str, Any], place: str = "") -> Model:
        """The model of a record, whose weights lie in the file below `place`."""
        kind, config = record.get("class_name"), record.get("config")
        if kind not in (*MODEL_CLASSES, *MODEL_CLASSES.values()) or not isinstance(config, dict):
            raise FileError(f"the file holds a model of class {kind!r}; Sequential and Functional models can be read")
        records = config.get("layers")
        if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
            raise FileError("the file's configuration has no list of layers")
        if len(records) > MOST_LAYERS:
            raise FileError(f"the file's model has {len(records)} layers; the most that is read is {MOST_LAYERS}")
        layers = self._layers(records, place, leave_out_input=kind == "Sequential")
        return _sequential(config, layers) if kind == "Sequential" else _functional(config, records, layers)

    def _layers(self, records: list[dict[str, Any]], place: str, *, leave_out_input: bool) -> list[Layer]:
        stored = [item for item in records if not (leave_out_input and item.get("class_name") == "InputLayer")]
        groups = iter(layer_groups([str(item.get("class_name")) for item in stored], parent=place))
        layers = [self._layer(item, next(groups) if item in stored else "") for item in records]
        names = [layer.name for layer in layers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FileError(f"the file has several layers of one name: {', '.join(twice)}")
        return layers

    def _layer(self, record: dict[str, Any], group: str) -> Layer:
        """The layer of a record; one that stands in several models is made once."""
        number = record.get("shared_object_id")
        if not isinstance(number, int):
            return self._new_layer(record, group)
        if number not in self.shared:
            self.shared[number] = self._new_layer(record, group)
        return self.shared[number]

    def _new_layer(self, record: dict[str, Any], group: str) -> Layer:
        if record.get("class_name") in (*MODEL_CLASSES, *MODEL_CLASSES.values()):
            return self.model(record, group)
        layer = layer_from_record(record)
        if group:
            self._lead(f"{group}/vars", layer)
            for part_group, part in weight_groups(layer, group):
                self._lead(part_group, part)
        return layer

    def _lead(self, group: str, layer: Layer) -> None:
        if layer.built or layer.own_weights:
            return  # it has its weights already, from its maker: `finish` fills them
        self.sources[layer] = layer.initial_weights = _StoredWeights(self.store, group)

    def finish(self, model: Model) -> None:
        """Fill the layers that were only made while others were built, and let go of the file."""
        for group, layer in weight_groups(model):
            if layer not in self.sources and layer.own_weights:
                source, weights = _StoredWeights(self.store, group), layer.own_weights
                assign_all(weights, [source.take(number, weight.shape) for number, weight in enumerate(weights)])
                source.finish(len(weights))
        for layer in self.sources:
            layer.initial_weights = None


def _sequential(config: dict[str, Any], layers: list[Layer]) -> Sequential:
    model = Sequential(layers, name=config.get("name"))
    if not model.built:
        shape = config.get("build_input_shape")
        if not isinstance(shape, list):
            raise FileError("the file holds a Sequential model that was never built: it has no weights")
        model.build(tuple(shape))
    return model


def _functional(config: dict[str, Any], records: list[dict[str, Any]], layers: list[Layer]) -> Model:
    made = place_layers(layers)
    connect(records, made)
    ends = {}
    for key in ("input_layers", "output_layers"):
        places = config.get(key)
        if not isinstance(places, list) or not places:
            raise FileError(f"the file's configuration has no {key}")
        single = isinstance(places[0], str)
        tensors = [tensor_at(_end(place, made), made) for place in ([places] if single else places)]
        ends[key] = tensors[0] if single else tensors
    return Model(ends["input_layers"], ends["output_layers"], name=config.get("name"))


def _end(place: Any, made: Made) -> Any:
    """The place of an input or output of a model, with calls counted as everywhere else (see `calls_before`)."""
    if not isinstance(place, list) or len(place) != 3 or not isinstance(place[0], str) or place[0] not in made:
        return place
    if not isinstance(place[1], int):
        return place
    return [place[0], place[1] - calls_before(made[place[0]].layer), place[2]]
