"""The model's door: inputs are checked here once, before the first step, and what is wrong is said in its own words."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np

from pellucid.arraylike import REAL, NoNumbers, array_of, floats_of, shape_told
from pellucid.dispatch.symbolic import SymbolicShape, SymbolicTensor
from pellucid.errors import ArgumentError, DataError, PellucidError, unknown_name
from pellucid.graph.ops import Shape
from pellucid.layers import InputLayer
from pellucid.layers.input import ReadInput
from pellucid.layers.on_arguments import is_several
from pellucid.network import Arrangement, Network, in_a_row
from pellucid.warned import warn

FEW_NUMBERS = 1024 * 1024
NOTHING = np.empty((0, 0), np.float32)
Data: TypeAlias = "np.typing.ArrayLike | Sequence[Any] | Mapping[str, Any]"
"""What models take: an array; where they have several inputs (or outputs) a list of arrays, arrays by name, or arrays
that are arranged as the model's ends are."""
Told = float | list[Any] | dict[str, Any]
"""What models tell: the loss; with metrics a list, or all by name."""


def prepare_inputs(x: Data, network: Network, model: str, *, lacks: bool = False) -> list[np.ndarray]:
    """Check the inputs of a model and return them as arrays (batch, ...), one per input: float32, or bytes as they are.

    Args:
        x: an array; where the model has several inputs a list of arrays, or a dictionary by the inputs' names; or
            arrays arranged as the model's inputs are.
        network: of the model.
        model: its name, for messages.
        lacks: whether optional inputs may be None; an array of samples without numbers stands for such a one.

    Raises:
        DataError: number of inputs, shape, kind, NaN or infinity, or different lengths.
    """
    inputs = network.inputs
    if len(inputs) == 1 and isinstance(x, np.ndarray):
        return [prepare_input(as_read(x, inputs[0], model), inputs[0].shape, model)]
    x = in_a_row(x, len(inputs)) if network.takes.is_plain and not _are_single_samples(x, inputs) else x
    lists_inputs = isinstance(x, list | tuple) and (len(inputs) > 1 or _is_one_input(x, len(inputs[0].shape)))
    if not network.takes.is_plain:
        x = without_extras(x, network.takes.form, model) if isinstance(network.takes.form, dict) else x
        x, lists_inputs = _as_the_ends(network, x, model), True
    elif isinstance(x, Mapping):
        named = without_extras(x, _layer_names(inputs), model)
        x, lists_inputs = by_name(named, _layer_names(inputs), f"input of {model}"), True
    arrays = list(x) if lists_inputs and isinstance(x, list | tuple) else [x]
    if len(arrays) != len(inputs):
        raise DataError(f"{model} expects {len(inputs)} inputs; pass a list of {len(inputs)} arrays, got {len(arrays)}")
    names = [model] if len(inputs) == 1 else [f"{model}, input {tensor.call.layer.name!r}" for tensor in inputs]
    is_left_out = [
        _is_left_out(array, tensor, name, lacks) for array, tensor, name in zip(arrays, inputs, names, strict=True)
    ]
    prepared = [
        NOTHING if left_out else prepare_input(as_read(array, tensor, name), tensor.shape, name)
        for array, tensor, name, left_out in zip(arrays, inputs, names, is_left_out, strict=True)
    ]
    if any(is_left_out):
        return _beside_the_others(prepared, is_left_out, model)
    if len({len(array) for array in prepared}) > 1:
        raise DataError(f"{model}: all inputs need as many samples, got {[len(array) for array in prepared]}")
    return prepared


def as_read(x: Any, tensor: SymbolicTensor, name: str) -> Any:
    """What comes in at an input; where a layer reads text there, the numbers that it makes of it."""
    place = tensor.call.layer
    return place.numbers_of(x, name) if isinstance(place, ReadInput) else x


def _are_single_samples(x: Any, inputs: Sequence[SymbolicTensor]) -> bool:
    """Whether it is a list of one sample for each input, [[a], [b]]: batches of one, as a list of images is one."""
    if not isinstance(x, list | tuple) or len(x) != len(inputs):
        return False
    ones = [each[0] if isinstance(each, list | tuple) and len(each) == 1 else None for each in x]
    return all(len(shape_told(one)) == len(tensor.shape) - 1 for one, tensor in zip(ones, inputs, strict=True))


def _beside_the_others(arrays: list[np.ndarray], is_left_out: list[bool], model: str) -> list[np.ndarray]:
    """For inputs that were left out as many samples as the others have, without numbers (`is_absent`)."""
    counts = {len(array) for array, left_out in zip(arrays, is_left_out, strict=True) if not left_out}
    if len(counts) != 1:
        came = f"got {sorted(counts)}" if counts else "and at least one must be given; all are None"
        raise DataError(f"{model}: all inputs need as many samples, {came}")
    (count,) = counts
    nothing = np.empty((count, 0), np.float32)
    return [nothing if left_out else array for array, left_out in zip(arrays, is_left_out, strict=True)]


def _is_left_out(array: Any, tensor: SymbolicTensor, name: str, lacks: bool) -> bool:
    """Whether nothing is given for an optional input; raises `DataError` where that does not do."""
    if array is not None or not (isinstance(tensor.call.layer, InputLayer) and tensor.call.layer.optional):
        return False
    if not lacks:
        raise DataError(f"{name}: it may be left out where the model is run or trained; to look inside, give data")
    return True


def _is_one_input(x: Sequence[Any], rank: int) -> bool:
    """Whether it is a list of one array, the input of a model that has one; an image in a list is a batch of one."""
    return len(x) == 1 and (isinstance(x[0], np.ndarray) or len(shape_told(x[0])) == rank)


def arranged(arrangement: Arrangement, given: Any, names: Sequence[str], what: str) -> list[Any]:
    """What is in a structure, in a row: one of that form, arrays by name, or for lists in lists a list of all arrays.

    Where all of them are one array, however many lists it lies in, that array will do.

    Raises:
        DataError: it has another form; `what` is what it is called there.
    """
    if isinstance(given, Mapping) and set(given) == set(names) and not isinstance(arrangement.form, dict):
        return [given[name] for name in names]
    is_row = isinstance(given, list | tuple) and all(item is None or isinstance(item, np.ndarray) for item in given)
    if is_row and len(given) == len(names) and (not arrangement.keys or _is_in_order(arrangement.form)):
        if arrangement.keys:
            warn(f"{STRANGE} of {what}: a list is taken in the order of the keys, {', '.join(arrangement.form)}")
        return list(given)
    if len(names) == 1 and isinstance(given, np.ndarray) and not arrangement.keys:
        return [given]
    try:
        return arrangement.unpacked(given, what)
    except ArgumentError as error:
        raise DataError(str(error)) from None


def _as_the_ends(network: Network, x: Any, model: str) -> list[Any]:
    """What is in x, in a row, where a model's inputs are arranged in dictionaries or lists."""
    try:
        return arranged(network.takes, x, _layer_names(network.inputs), f"x of {model}")
    except DataError as error:
        form = network.takes.form
        if isinstance(x, Mapping):
            raise
        wanted = f": named input(s) with keys {', '.join(map(repr, form))}" if isinstance(form, dict) else ""
        raise DataError(f"{error}. {STRANGE}{wanted}") from None


def _is_in_order(form: Any) -> bool:
    """Whether it is a dictionary of single things with its keys in the order of the alphabet: a list is clear then."""
    return isinstance(form, dict) and list(form.values()) == list(range(len(form)))


STRANGE = "The structure of `inputs` doesn't match the expected structure"


def without_extras(given: Any, names: Collection[str], model: str) -> Any:
    """A dictionary of inputs without what the model has no input for, if it holds all others; said of arrays."""
    if not isinstance(given, Mapping) or not set(names) < set(given):
        return given
    if all(isinstance(each, SymbolicTensor) for each in given.values()):
        return {key: given[key] for key in given if key in names}
    extra = [key for key in given if key not in names]
    warn(f"{STRANGE} of {model}: there is no input for {', '.join(map(repr, extra))}, which is left out")
    return {key: given[key] for key in given if key in names}


def _layer_names(inputs: Sequence[SymbolicTensor]) -> list[str]:
    return [tensor.call.layer.name for tensor in inputs]


def by_name(given: Mapping[str, Any], names: Sequence[str], what: str) -> list[Any]:
    """The values of a dictionary in the order of the names; raises `DataError` where one is unknown or missing."""
    for name in given:
        if name not in names:
            raise DataError(str(unknown_name(what, name, names)))
    missing = [name for name in names if name not in given]
    if missing:
        raise DataError(f"the {what} named {missing[0]!r} is missing; there must be one for each of {', '.join(names)}")
    return [given[name] for name in names]


def prepare_input(x: np.typing.ArrayLike, expected: SymbolicShape, name: str) -> np.ndarray:
    """Check one input array against the shape that the model was built for.

    Returns:
        a float32 array; bytes (uint8, int8, bool), as images come, stay bytes until the engine takes a batch of them.
    """
    array = x if type(x) is np.ndarray and x.dtype.kind in REAL else as_array(x, name)
    if array.shape[1:] != expected[1:]:
        shape = fitting(array.shape, expected)
        if shape is None:
            raise DataError(f"{name}{_and_lists(x, expected)} was built for {_misfit(array, expected)}")
        array = array.reshape(shape)
    if not array.size:
        what = "samples" if not len(array) else "numbers"
        raise DataError(f"{name}: the input holds no {what} (shape {array.shape})")
    if array.dtype.itemsize == 1:
        return array
    floats = array if array.dtype == np.float32 and array.flags.carray else floats_of(array)
    if array.dtype.kind == "f":
        _check_numbers(floats, name)
    return floats


def fitting(shape: Shape, expected: SymbolicShape) -> Shape | None:
    """The shape in which what has this one can go where the expected one was, with any number of samples.

    A last axis of size 1 may be missing, or be too much, as in Keras; None where the shapes differ otherwise.

    Example:
        >>> fitting((8, 3), (None, 3, 1)), fitting((8, 3, 1), (None, 3)), fitting((3,), (None, 3))
        ((8, 3, 1), (8, 3), None)

    Source: keras.src.models.functional.Functional._adjust_input_rank.
    """
    if len(shape) == len(expected) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    elif len(shape) == len(expected) - 1 and expected[-1] == 1:
        shape = (*shape, 1)
    pairs = zip(shape[1:], expected[1:], strict=False)
    return shape if len(shape) == len(expected) and all(wanted in (None, size) for size, wanted in pairs) else None


def as_array(x: np.typing.ArrayLike, name: str) -> np.ndarray:
    """x as an array of numbers; raises `DataError` where it is none."""
    try:
        return array_of(x)
    except NoNumbers as error:
        if error.parts_differ:
            raise DataError(
                f"{name}: the input is not an array: its parts have different shapes ({error.advice})"
            ) from error
        if x is None or (isinstance(x, list | tuple) and any(each is None for each in x)):
            raise DataError(f"{name}: the input is not optional: it must hold numbers, got None") from error
        is_text = error.are_names and np.asarray(x).dtype.kind in "SU"
        advice = "; layers.TextVectorization and StringLookup make numbers of text" if is_text else ""
        if isinstance(x, str | os.PathLike):
            advice = "; numpy.load reads an array from a file, pellucid.views.load_image a picture"
        raise DataError(f"{name}: the input must hold numbers, got {error}{advice}") from error


def shape_of_data(x: Any, name: str) -> Any:
    """The shape of data for which a model is to be built, or of several arrays in structures; any number of samples."""
    if isinstance(x, Mapping):
        return {key: shape_of_data(each, name) for key, each in x.items()}
    if is_several(x):
        return [shape_of_data(each, name) for each in x]
    several = isinstance(x, list | tuple) and len(x) > 1 and all(isinstance(item, np.ndarray) for item in x)
    shapes = [as_array(item, name).shape for item in (x if several else [x])]
    if not all(shapes):
        raise ArgumentError(f"{name} takes samples in a batch, (batch, ...), got a single number")
    opened: list[tuple[int | None, ...]] = [(None, *shape[1:]) for shape in shapes]
    return opened if several else opened[0]


class LearnedShape:
    """What a model knows of its input, and that it knows it from data; sizes that differ in other data are opened.

    Whoever names an input shape means it, and the door refuses others. A model that nobody told any has one by
    accident: a chain of convolutions and global pooling saw images of 8 x 8 first, and computes those of 12 x 9 too.

    Args:
        model: which was built for it.
        shape: of the data, batch first, the batch open; or of several arrays, in structures.
    """

    def __init__(self, model: Any, shape: Any) -> None:
        self.model, self.shape = model, shape

    def open_for(self, x: Any) -> None:
        """Let the model take such data too, where its layers do: sizes that differ are open from now on.

        Where they do not, or where the data are none, nothing changes: the door says what is wrong.
        """
        if type(x) is np.ndarray and isinstance(self.shape, tuple) and fitting(x.shape, self.shape) is not None:
            return
        with suppress(PellucidError):
            shape = opened(self.shape, shape_of_data(x, self.model.name))
            if shape != self.shape:
                self.model.build_again(shape)
                self.shape = shape


def opened(known: Any, came: Any) -> Any:
    """A shape, or several in structures, with None where sizes differ; as it is where there are other axes.

    Example:
        >>> opened((None, 8, 8, 1), (None, 12, 8, 1)), opened((None, 8, 1), (None, 3))
        ((None, None, 8, 1), (None, 8, 1))
    """
    if isinstance(known, Mapping):
        return {key: opened(each, came[key]) if _has(came, key) else each for key, each in known.items()}
    if isinstance(known, list):
        alike = isinstance(came, list) and len(came) == len(known)
        return [opened(*pair) for pair in zip(known, came, strict=True)] if alike else known
    if not isinstance(came, tuple) or len(came) != len(known):
        return known
    return tuple(size if size == other else None for size, other in zip(known, came, strict=True))


def _has(came: Any, key: object) -> bool:
    return isinstance(came, Mapping) and key in came


def _and_lists(x: Any, expected: SymbolicShape) -> str:
    """What to say first where a model of one input was given several whole batches in a list."""
    several = isinstance(x, list | tuple) and len(x) > 1
    is_of_batches = several and all(isinstance(each, np.ndarray) and each.ndim == len(expected) for each in x)
    return f" expects 1 input, got a list of {len(x)} arrays; it" if is_of_batches else ""


def _misfit(array: np.ndarray, expected: SymbolicShape) -> str:
    """What was expected and what came, in words and as two shapes beside each other."""
    told = f"samples of shape {expected[1:]}, got {_what_came(array, expected)}"
    return f"{told}; expected shape={tuple(expected)}, found shape={array.shape}"


def _what_came(array: np.ndarray, expected: SymbolicShape) -> str:
    """The shape that came, with the likeliest remedy."""
    shape, wanted = array.shape, tuple(expected[1:])
    if shape == wanted:
        return f"one sample of shape {shape} without a batch axis; pass x[np.newaxis]"
    said = f"an array of shape {shape}"
    if len(shape) == len(expected) and len(wanted) > 1 and (*shape[2:], shape[1]) == wanted:
        return f"{said}: the channels seem to come first; pass np.moveaxis(x, 1, -1)"
    if array.size and int(np.prod(shape[1:])) == int(np.prod([size or 0 for size in wanted])):
        return f"{said}: as many numbers per sample; if their order is right, pass x.reshape(-1, *{wanted})"
    return said


def _check_numbers(floats: np.ndarray, name: str) -> None:
    """Raise `DataError` where a number is NaN or infinite."""
    if floats.size <= FEW_NUMBERS:
        if np.logical_and.reduce(np.isfinite(floats), axis=None):
            return
    elif math.isfinite(np.add.reduce(floats, axis=None, dtype=np.float64)):  # without an array of flags for all
        return
    bad = np.argwhere(~np.isfinite(floats))
    first = tuple(int(index) for index in bad[0])
    kind = "NaN" if np.isnan(floats[first]) else "infinite (or too large for float32)"
    raise DataError(
        f"{name}: the input has values that cannot be used, {len(bad)} in all; the first, at {first}, is {kind}"
    )


def check_lengths(x: Sequence[np.ndarray], y: np.ndarray, model: str) -> None:
    """Raise `DataError` unless there are as many targets as samples."""
    if len(x[0]) != len(y):
        raise DataError(f"{model}: x has {len(x[0])} samples, y has {len(y)}; they must go together one by one")
