"""Reading a model from a `.keras` file. Nothing in a file is executed, imported or looked up outside closed tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellucid import legacy, registry
from pellucid.arraylike import first_odd
from pellucid.calls import called, explained
from pellucid.checks import flag, mapping_of, object_of, whole
from pellucid.data.images.reading import TrainedOn
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, PellucidError, escaped, of_file, shown
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES, KerasFile, open_keras
from pellucid.formats.kinds import kind_of
from pellucid.formats.paths import checked_path
from pellucid.formats.source import Source, source_name
from pellucid.formats.strict_json import MAX_JSON_BYTES
from pellucid.formats.weight_store import WeightStore
from pellucid.graph.ops import Shape, emitting_within
from pellucid.layers import Layer
from pellucid.layers.filter_records import read_stories
from pellucid.models.model import Model
from pellucid.models.old_facts import in_float32, precisions
from pellucid.models.optimizer_state import read_optimizer
from pellucid.models.other_formats import as_today, doors, opened_apart
from pellucid.models.own_compile import compile_as_told
from pellucid.models.own_files import Given, stores_its_own, take_assets, take_variables
from pellucid.models.reading import ModelReader
from pellucid.models.saving import IMAGES, STORIES, weight_groups
from pellucid.provenance import Event, file_name
from pellucid.variables import write_all
from pellucid.warned import warn


@explained
def load_model(
    filepath: str | os.PathLike[str] | BinaryIO,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
    untrusted: bool = False,
) -> Model:
    """Read a model from a file: of Pellucid or Keras 3 (`.keras`), or of another system.

    What is in the file decides how it is read, not its name. `conversion.load` gives a report with the model.

    Args:
        filepath: of the file, or of a folder that Keras or `save(zipped=False)` wrote; or a file that is open for
            reading bytes, such as an `io.BytesIO`, of the format `.keras`.
        custom_objects: classes and functions of your own that the file names, by those names. Nothing else is ever
            looked up, so a file cannot run code that you did not pass.
        compile: whether to compile the model as it was when it was saved; its optimiser goes on from there. A model
            whose class has a `compile` of its own is left to whoever loads it.
        safe_mode: for Keras's sake. Code in a file is never run, with False neither.
        max_bytes: how much the weights may take [bytes], in the file as in memory; likewise all tables together that
            the layers need in order to say what they compute, and whatever a layer makes of one sample.
        untrusted: whether the file is parsed in a process of its own, which may take so much memory and time and can
            write nothing. Files of other formats than `.keras` can name no classes of yours then.

    Returns:
        the model, with its weights.

    Raises:
        ArgumentTypeError: `filepath` is no path and no open file.
        ArgumentError: `untrusted` and `custom_objects`, and the file is no `.keras` file; or `untrusted`, and it is
            an open file.
        FileError: the file is missing, damaged, of a kind that is not read, or holds something that is not supported;
            the message says what. No partial model is returned.

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
    flag("load_model", "compile", compile)
    flag("load_model", "safe_mode", safe_mode)
    whole("load_model", "max_bytes", max_bytes, 1)
    if not isinstance(filepath, str | os.PathLike) and callable(getattr(filepath, "read", None)):
        if flag("load_model", "untrusted", untrusted):
            raise ArgumentError("load_model: with untrusted=True another process reads the file: give its path")
        return _read_open(filepath, custom_objects, compile, max_bytes)
    path = checked_path(filepath, "a .keras file")
    apart = flag("load_model", "untrusted", untrusted)
    is_other = _kind_of(path) not in ("keras", "")
    if is_other and apart and custom_objects:
        raise ArgumentError(
            f"{escaped(path)} is no .keras file: with untrusted=True it is read in another process, which knows no "
            "classes of yours; leave out custom_objects"
        )
    if is_other and not apart:
        model, report = doors().load(path, custom_objects, compile, max_bytes)
        if report.lost:
            warn(f"{escaped(path)}: {'; '.join(report.lost)}")
        return object_of("load_model", model, Model, "a model")
    with about_file(escaped(path), max_bytes):
        return read_model(str(path), custom_objects, compile=compile, max_bytes=max_bytes, apart=apart)


def _kind_of(path: Path) -> str:
    """The kind of a file; where there is none, and its ending is none of a model's, that is said too."""
    try:
        return kind_of(path, what="a .keras file")
    except FileError as error:
        if path.exists() or legacy.are_collected():  # scripts of old Kerases call files as they like
            raise
        try:
            doors().by_suffix(path, "load")
        except ArgumentError as odd:
            raise FileError(f"{error}. {str(odd).removeprefix(f'{escaped(path)}: ')}") from error
        raise


def _read_open(file: Any, custom_objects: Mapping[str, Any] | None, compile: bool, max_bytes: int) -> Model:
    """The model in an open file; see `load_model`."""
    content = called("load_model", file.read, max_bytes + MOST_BESIDE)
    if not isinstance(content, bytes):
        raise ArgumentTypeError(f"load_model: the file is to be open for reading bytes, 'rb'; it gave {shown(content)}")
    with about_file(source_name(content), max_bytes):
        return read_model(content, custom_objects, compile=compile, max_bytes=max_bytes)


MOST_BESIDE = 2 * MAX_JSON_BYTES + 2**16
"""How much a `.keras` file may hold beside its weights [bytes]: two texts, and what the archive says of its parts."""
LOST = "pellucid_lost"
"""Under this key the records of a file that another process has read say what was lost (`conversion.apart`)."""
UNFORESEEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What Python raises where a value is none that a function was made for."""


@contextmanager
def about_file(name: str, max_bytes: int) -> Iterator[None]:
    """Inside, a file is read: whatever it holds, what comes of it is a model or a `FileError` that names the file.

    Args:
        name: of the file, as it may stand in a line of text.
        max_bytes: see `load_model`.
    """
    try:
        with emitting_within(max_bytes):
            yield
    except (PellucidError, *UNFORESEEN) as error:
        raise of_file(name, error) from error


def read_model(
    source: Source, custom_objects: Mapping[str, Any] | None, *, compile: bool, max_bytes: int, apart: bool = False
) -> Model:
    """The model in a `.keras` file, given by its path or its bytes; see `load_model`."""
    name = source_name(source)
    opening = opened_apart(Path(os.fsdecode(source)), compile=compile) if apart else open_keras
    with registry.custom_objects(custom_objects), opening(source, max_bytes=max_bytes) as file:
        file = _in_float32(as_today(file), name)
        reader = _Reader(file.weights, file_name(name), file.metadata.get(STORIES, {}))
        model = reader.read(file.config)
        if not isinstance(model, Model):
            raise FileError(f"the file holds a {file.config.get('class_name')}, which is no model")
        if not model.built:
            _build(model, file)
        if model.built:
            reader.finish(model)
            take_assets(dict(weight_groups(model)), file.assets, name)
        if file.metadata.get(LOST):
            warn(f"{name}: {'; '.join(map(str, file.metadata[LOST]))}")
        if IMAGES in file.metadata:
            model.trained_on = TrainedOn.of_record(file.metadata[IMAGES])
        odd = reader.odd + (_compile(model, file) if compile else [])
    if odd:
        warn(
            f"{name}: the value of {odd[0]}, as in a training that has diverged; {len(odd)} arrays with "
            "such values were read as they are"
        )
    return model


def _in_float32(file: KerasFile, name: str) -> KerasFile:
    """The file with its layers in the one precision that there is, and a word where they had another."""
    found = sorted(precisions(file.config))
    if not found:
        return file
    warn(f"{name}: layers that computed in {' and '.join(found)} compute in float32")
    return replace(file, config=in_float32(file.config))


def _build(model: Model, file: KerasFile) -> None:
    """Build a model that its own `call` describes, for the shape that the file tells.

    One that had none when it was saved stays without; then the file has no weights either.
    """
    built = file.config.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    if shape is None and not any(file.weights.declared.values()):
        return
    if model.described is not None or not model.has_own_call or not isinstance(shape, list):
        raise FileError("the file holds weights of a model, and not the shape for which they were made")
    several = bool(shape) and all(isinstance(each, list) for each in shape)
    model.build([tuple(each) for each in shape] if several else tuple(shape))


def _compile(model: Model, file: KerasFile) -> list[str]:
    """Compile a model as its file says; returns where its optimiser remembers what is no finite number."""
    try:
        is_compiled = compile_as_told(model, file.config)
        stepper = model.stepper
        return read_optimizer(stepper, file.weights) if is_compiled and stepper is not None and model.built else []
    except (ArgumentError, FileError) as error:
        raise FileError(f"{error}. load_model(path, compile=False) reads the model without it") from error


class _StoredWeights:
    """The weights of one layer in a file, as a `WeightSource`: read only once the model has said that their shape is
    right, so a configuration that lies about sizes costs nothing."""

    def __init__(self, store: WeightStore, group: str, odd: list[str]) -> None:
        self.store, self.group, self.odd = store, group, odd
        self.shapes = [array.shape for array in store.declared.get(group, [])]
        self.arrays: list[np.ndarray] | None = None

    def take(self, index: int, shape: Shape) -> np.ndarray:
        if index >= len(self.shapes) or self.shapes[index] != shape:
            stored = self.shapes[index] if index < len(self.shapes) else "missing"
            raise FileError(f"{self.group}/{index} is {stored} in the file; the model's configuration asks for {shape}")
        if self.arrays is None:
            self.arrays = self.store.read(self.group, self.shapes)
        odd = first_odd(self.arrays[index])
        if odd is not None:
            self.odd.append(f"{self.group}/{index} {odd}")
        return self.arrays[index]

    def finish(self, count: int) -> None:
        if count != len(self.shapes):
            raise FileError(f"{self.group} holds {len(self.shapes)} arrays; the model's configuration asks for {count}")
        self.arrays = None


class _Reader(ModelReader):
    """Makes the layers of a file's models, and lets each find its weights in the file."""

    def __init__(self, store: WeightStore, name: str, stories: object) -> None:
        super().__init__()
        self.store, self.name = store, name
        self.stories = mapping_of("the file", "how its weights came about", stories)
        self.odd: list[str] = []
        self.sources: dict[Layer, _StoredWeights] = {}

    def met(self, layer: Layer, group: str) -> None:
        """Let a layer, and those that it holds, have their weights from the file."""
        self._lead(f"{group}/vars", layer)
        for part_group, part in weight_groups(layer, group):
            self._lead(part_group, part)

    def _lead(self, group: str, layer: Layer) -> None:
        if layer.built or layer.own_weights or stores_its_own(layer):
            return  # it has its weights already, from its maker, or takes them itself: `finish` fills them
        if group in self.store.named:
            self.store.read(group)  # which says why it cannot be read
        self.sources[layer] = layer.given_weights = _StoredWeights(self.store, group, self.odd)

    def finish(self, model: Model) -> None:
        """Fill the layers that were only made while others were built, and let go of the file."""
        for group, layer in weight_groups(model):
            if stores_its_own(layer):
                take_variables([Given(layer, group, self.store.entries(group))], self.name)
            elif group in self.store.named:
                self.store.read(group)  # which says why it cannot be read
            elif layer not in self.sources and layer.own_weights:
                source, weights = _StoredWeights(self.store, group, self.odd), layer.own_weights
                write_all(weights, [source.take(number, weight.shape) for number, weight in enumerate(weights)])
                source.finish(len(weights))
            read_stories(layer, self.stories.get(group, {}), Event("loaded", self.name, layer.name))
        for layer in self.sources:
            layer.given_weights = None
