"""How much each sample counts: `sample_weight` and `class_weight`, as arrays beside the targets of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import legacy, targets
from pellucid.arraylike import NoNumbers, array_of, floats_of, is_numbers
from pellucid.checks import LARGEST, is_number, is_whole
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shown, unknown_name
from pellucid.network import Network
from pellucid.training.door import arranged
from pellucid.warned import warn

ClassWeight = Mapping[int, float] | None


def of_samples(network: Network, name: str, count: int, sample_weight: Any) -> list[np.ndarray | None]:
    """The weights for each output; None where each sample counts 1.

    Args:
        network: of the model.
        name: of the model, for messages.
        count: of the samples.
        sample_weight: one number for each sample, or for each value of the loss; where the model has several outputs
            one such array for all, a list of arrays, or arrays by the outputs' names.

    Raises:
        DataError: they are no finite numbers, there are not as many as samples, or not one array for each output.
    """
    outputs = network.output_names
    given = _of_each(network, name, sample_weight)
    found = [None if each is None else _checked(each, count, name) for each in given]
    shared = len(outputs) > 1 and found[0] is not None and all(each is given[0] for each in given)
    if shared and found[0] is not None and found[0].size != count:
        raise DataError(
            f"{name} has {len(outputs)} outputs; sample_weight of shape {found[0].shape} can be one number for each "
            f"sample, shape ({count},), or a list of {len(outputs)} arrays"
        )
    return found


def _of_each(network: Network, name: str, sample_weight: Any) -> list[Any]:
    outputs = network.output_names
    if network.gives.is_nested and isinstance(sample_weight, list | tuple | Mapping) and not is_numbers(sample_weight):
        return arranged(network.gives, sample_weight, outputs, f"sample_weight of {name}")
    if isinstance(sample_weight, Mapping):
        for key in sample_weight:
            if key not in outputs:
                raise DataError(str(unknown_name(f"output of {name} in sample_weight", key, outputs)))
        return [sample_weight.get(output) for output in outputs]
    is_list = isinstance(sample_weight, list | tuple) and not is_numbers(sample_weight)
    if is_list and (len(outputs) > 1 or not network.gives.is_single):
        if len(sample_weight) != len(outputs):
            raise DataError(
                f"{name} has {len(outputs)} outputs; pass a list of {len(outputs)} arrays as sample_weight, got "
                f"{len(sample_weight)}"
            )
        return list(sample_weight)
    return [sample_weight] * len(outputs)


def _checked(given: Any, count: int, name: str) -> np.ndarray:
    try:
        array = array_of(given)
    except NoNumbers as error:
        raise DataError(f"{name}: sample_weight must hold numbers, got {error}") from error
    if array.ndim == 0 or len(array) != count:
        raise DataError(
            f"{name}: sample_weight has shape {array.shape}, but there are {count} samples; give one number for each"
        )
    floats = floats_of(array)
    bad = ~np.isfinite(floats)
    if bad.any():
        raise DataError(f"{name}: sample_weight {targets.first(array, bad)} is not a finite 32-bit number")
    return floats


def of_outputs(name: str, class_weight: Any, outputs: Sequence[str]) -> list[ClassWeight]:
    """The weights of classes for each output, None where there are none.

    Args:
        name: of the model, for messages.
        class_weight: numbers by the number of the class; of several outputs such dictionaries, in a list or by name.
        outputs: their names.

    Raises:
        ArgumentError: they are no dictionaries of numbers by whole numbers, or there is one for several outputs.

    Example:
        >>> of_outputs("net", [{0: 1.0, 1: 2.5}, None], ["a", "b"])
        [{0: 1.0, 1: 2.5}, None]
    """
    if _went_unheeded(class_weight, outputs):
        warn(
            f"{name}: class_weight is a {type(class_weight).__name__}, of which Keras 1 and 2 heeded nothing, so no "
            "class is weighed; a dictionary by the number of the class weighs them"
        )
        return [None]
    if class_weight is None:
        return [None] * len(outputs)
    if len(outputs) == 1 and isinstance(class_weight, Mapping) and outputs[0] not in class_weight:
        return [_by_class(name, class_weight)]
    if isinstance(class_weight, Mapping) and class_weight and set(class_weight) <= set(outputs):
        return [_by_class(name, class_weight.get(output)) for output in outputs]
    is_alone = len(outputs) == 1 and not legacy.is_old()  # where a list of one dictionary was heeded
    if is_alone or not isinstance(class_weight, list | tuple | Mapping):
        _by_class(name, class_weight)
    if len(class_weight) != len(outputs) or isinstance(class_weight, Mapping):
        raise ArgumentError(
            f"{name}: class_weight of a model with {len(outputs)} outputs is a list of {len(outputs)} dictionaries, or "
            f"a dictionary of them by output ({', '.join(outputs)}), got {shown(class_weight)}"
        )
    return [_by_class(name, each) for each in class_weight]


def _went_unheeded(class_weight: Any, outputs: Sequence[str]) -> bool:
    """Whether Keras 1 and 2, for which calls are written, passed over what was given for the one output.

    Source: standardize_weights of keras/engine/training_utils.py in Keras 2.2.4, which looks at dictionaries alone.
    """
    is_row = isinstance(class_weight, list | tuple | np.ndarray)
    return legacy.is_old() and len(outputs) == 1 and is_row and not (len(class_weight) == 1 and _is_list(class_weight))


def _is_list(class_weight: Any) -> bool:
    return isinstance(class_weight, list) and isinstance(class_weight[0], Mapping)


def _by_class(name: str, class_weight: Any) -> ClassWeight:
    """The weights of classes of one output."""
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        raise ArgumentTypeError(
            f"{name}: class_weight is a dictionary of a weight for each class, such as {{0: 1.0, 1: 2.5}}, got "
            f"{shown(class_weight)}"
        )
    for label, weight in class_weight.items():
        if not is_whole(label) or label < 0:
            raise ArgumentError(f"{name}: class_weight names classes by their numbers, from 0, got {shown(label)}")
        if not is_number(weight) or not abs(weight) <= LARGEST:
            raise ArgumentError(f"{name}: the weight of class {label} must be a finite number, got {shown(weight)}")
    return class_weight


def of_classes(y: np.ndarray, class_weight: Mapping[int, float], *, are_labels: bool) -> np.ndarray:
    """The weight of each target by its class; classes that have none weigh 1.

    Args:
        y: numbers of classes (samples, ...), or one number for each class along the last axis, of which the largest
            counts.
        class_weight: by number of the class.
        are_labels: whether they are the former.

    Example:
        >>> of_classes(np.array([0, 2, 1]), {0: 0.5, 2: 3.0}, are_labels=True).tolist()
        [0.5, 3.0, 1.0]
        >>> of_classes(np.array([[0, 1], [1, 0]]), {1: 2.0}, are_labels=False).tolist()
        [2.0, 1.0]

    Source: keras.src.trainers.data_adapters.data_adapter_utils.class_weight_to_sample_weights.
    """
    if not are_labels:
        y = y.argmax(axis=-1) if y.shape[-1] != 1 else y[..., 0]
    labels = np.round(y) if y.dtype.kind == "f" else y
    found = np.ones(labels.shape, np.float32)
    for label, weight in class_weight.items():
        found[labels == label] = weight
    return found


def together(first: np.ndarray | None, second: np.ndarray) -> np.ndarray:
    """Both weights multiplied; the one that has fewer axes counts for all values of a sample."""
    if first is None:
        return second
    if first.ndim > second.ndim:
        first, second = second, first
    if first.ndim < second.ndim:
        first = first.reshape(first.shape + (1,) * (second.ndim - first.ndim))
    try:
        return np.ascontiguousarray(first * second, np.float32)
    except ValueError as error:
        raise DataError(
            f"sample_weight and class_weight do not go together: they have shapes {first.shape} and {second.shape}"
        ) from error


def check_weighed(name: str, objectives: Sequence[Any], sample_weight: object) -> None:
    """Raise `ArgumentError` where there are weights and no loss that they could weigh."""
    if sample_weight is not None and not objectives:
        raise ArgumentError(f"{name}: sample_weight weighs the losses of samples, but the model has none")
