"""Losses: how far predictions are from their targets, one number per sample, as operations of the graph.

A loss also says which targets it takes and checks them (`prepare_targets`), and how the numbers of a batch become one
(`reduction`). What it computes stands in `measures`. Losses and their functions can be called on arrays.

A function of targets and predictions is a loss too, if it is written with `pellucid.ops` (`LossFunctionWrapper`).

Example:
    >>> MeanSquaredError(reduction="sum")([[1.0], [2.0]], [[1.5], [1.0]]).tolist()
    1.25
    >>> mean_squared_error([[1.0], [2.0]], [[1.5], [1.0]]).tolist()
    [0.25, 1.0]

Source: keras.losses, https://keras.io/api/losses/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import isfunction
from typing import Any, overload

from pellucid import custom, registry
from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.checks import object_of
from pellucid.errors import ArgumentError
from pellucid.losses.alignment import CTC
from pellucid.losses.base import Loss
from pellucid.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
)
from pellucid.losses.hinges import CategoricalHinge, Hinge, SquaredHinge
from pellucid.losses.own import LossFunctionWrapper
from pellucid.losses.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    FittingCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from pellucid.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from pellucid.losses.similarity import Circle, Dice, Tversky
from pellucid.measures import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle,
    cosine_similarity,
    ctc,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from pellucid.registry import Registry

__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "loss_of",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

LOSSES: Registry[Loss] = Registry(
    kind="loss",
    module="keras.losses",
    base=Loss,
    classes={
        "binary_crossentropy": BinaryCrossentropy,
        "binary_focal_crossentropy": BinaryFocalCrossentropy,
        "categorical_crossentropy": CategoricalCrossentropy,
        "categorical_focal_crossentropy": CategoricalFocalCrossentropy,
        "categorical_generalized_cross_entropy": CategoricalGeneralizedCrossEntropy,
        "categorical_hinge": CategoricalHinge,
        "circle": Circle,
        "cosine_similarity": CosineSimilarity,
        "ctc": CTC,
        "dice": Dice,
        "hinge": Hinge,
        "huber": Huber,
        "kl_divergence": KLDivergence,
        "log_cosh": LogCosh,
        "mean_absolute_error": MeanAbsoluteError,
        "mean_absolute_percentage_error": MeanAbsolutePercentageError,
        "mean_squared_error": MeanSquaredError,
        "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
        "poisson": Poisson,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
        "squared_hinge": SquaredHinge,
        "tversky": Tversky,
    },
    aliases={
        "bce": "binary_crossentropy",
        "kld": "kl_divergence",
        "kullback_leibler_divergence": "kl_divergence",
        "logcosh": "log_cosh",
        "mae": "mean_absolute_error",
        "mape": "mean_absolute_percentage_error",
        "mse": "mean_squared_error",
        "msle": "mean_squared_logarithmic_error",
        "cosine_proximity": "cosine_similarity",
        "huber_loss": "huber",
    },
    meant={
        **dict.fromkeys(
            ("ce", "xent", "crossentropy", "cross_entropy", "logloss", "log_loss", "nll"),
            ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"),
        ),
        **dict.fromkeys(
            ("categorical", "cce", "softmax"), ("categorical_crossentropy", "sparse_categorical_crossentropy")
        ),
        **dict.fromkeys(("scce", "sparse_ce", "sparse_cce"), ("sparse_categorical_crossentropy",)),
        **dict.fromkeys(("binary", "sigmoid", "logistic"), ("binary_crossentropy",)),
        **dict.fromkeys(
            ("squared_error", "l2", "l2_loss", "quadratic", "least_squares", "rmse"), ("mean_squared_error",)
        ),
        **dict.fromkeys(("l1", "l1_loss"), ("mean_absolute_error",)),
        **dict.fromkeys(("smooth_l1", "smooth_l1_loss"), ("huber",)),
        **dict.fromkeys(("focal", "focal_loss"), ("binary_focal_crossentropy", "categorical_focal_crossentropy")),
        **dict.fromkeys(("iou", "iou_loss", "jaccard"), ("dice", "tversky")),
    },
)

mse, mae, mape, msle = (
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
)
kld = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
FUNCTIONS: Mapping[Callable[..., Any], type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    binary_focal_crossentropy: BinaryFocalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    categorical_focal_crossentropy: CategoricalFocalCrossentropy,
    categorical_generalized_cross_entropy: CategoricalGeneralizedCrossEntropy,
    categorical_hinge: CategoricalHinge,
    circle: Circle,
    cosine_similarity: CosineSimilarity,
    ctc: CTC,
    dice: Dice,
    hinge: Hinge,
    huber: Huber,
    kl_divergence: KLDivergence,
    log_cosh: LogCosh,
    mean_absolute_error: MeanAbsoluteError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_error: MeanSquaredError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    poisson: Poisson,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    squared_hinge: SquaredHinge,
    tversky: Tversky,
}
"""Keras's functions, and the class that trains by each."""
_BY_NAME = {cls: function for function, cls in FUNCTIONS.items()}
FITTING = ("crossentropy", "ce")
"""The words that mean the cross-entropy which fits the targets."""
_WRAPPER = {"module": "keras.src.losses.losses", "registered_name": "LossFunctionWrapper"}
Identifier = str | Mapping[str, Any] | Loss | type[Loss] | Callable[..., Any] | None


@overload
def get(identifier: None) -> None: ...
@overload
def get(identifier: str | Mapping[str, Any] | Loss | type[Loss] | Callable[..., Any]) -> Loss | Callable[..., Any]: ...
@explained
def get(identifier: Identifier) -> Loss | Callable[..., Any] | None:
    """The loss that is meant, as Keras has it: for the name of a function the function, else an object.

    Args:
        identifier: the name of a function ("mse", "mean_squared_error") or of a class ("MeanSquaredError"), a record as
            `serialize` or Keras writes it, a loss, its class, a function of targets and predictions; None for none.

    Returns:
        a function of targets and predictions, which gives one number per sample, or a loss, which gives one for all.
        `loss_of` gives a loss in any case.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("mse") is mean_squared_error, get("MeanSquaredError")
        (True, MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size'))

    Source: keras.losses.get.
    """
    if identifier is None:
        return None
    named = custom.function_name(identifier)
    if named in LOSSES.classes and registry.custom_object(named) is None:
        return _BY_NAME[LOSSES.find(named)]
    if isinstance(identifier, str) and registry.custom_object(identifier) is None:
        cls = LOSSES.find(identifier)
        return cls() if identifier == cls.__name__ else _BY_NAME[cls]
    if isinstance(identifier, Mapping) and _WRAPPER.items() <= identifier.items():
        return LossFunctionWrapper.from_config(identifier.get("config") or {})
    found = custom.function_of("loss", identifier)
    return LOSSES.get(identifier) if found is None else found


@overload
def loss_of(identifier: None) -> None: ...
@overload
def loss_of(identifier: str | Mapping[str, Any] | Loss | type[Loss] | Callable[..., Any]) -> Loss: ...
@explained
def loss_of(identifier: Identifier) -> Loss | None:
    """The loss by which a model trains, of anything that `get` takes: a function becomes a `LossFunctionWrapper`.

    Args:
        identifier: see `get`; also "crossentropy" or "ce", the cross-entropy that fits the targets.

    Raises:
        ArgumentError: see `get`.

    Example:
        >>> from pellucid import ops
        >>> def quartic(y_true, y_pred):
        ...     return ops.mean((y_true - y_pred) ** 4.0, axis=-1)
        >>> loss_of(mean_squared_error), loss_of(quartic)
        (MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size'),
         LossFunctionWrapper(quartic, name='quartic', reduction='sum_over_batch_size'))
    """
    if isinstance(identifier, str) and identifier.lower() in FITTING and registry.custom_object(identifier) is None:
        return FittingCrossentropy(identifier)
    found = get(identifier)
    if isinstance(found, Loss):
        if "reduction" not in vars(found):
            raise ArgumentError(f"loss {type(found).__name__}: __init__ must call super().__init__()")
        return found
    if isinstance(found, partial) and isfunction(found.func) and found.func in FUNCTIONS and not found.args:
        return FUNCTIONS[found.func](**found.keywords)
    if found is None:
        return None
    return FUNCTIONS[found]() if isfunction(found) and found in FUNCTIONS else LossFunctionWrapper(found)


@explained
def serialize(loss: Loss | Callable[..., Any]) -> str | dict[str, Any]:
    """What stands for a loss or a function in a file, which Keras reads too: its record, or the word "crossentropy".

    Args:
        loss: a loss, or a function; those of your own are written by their names, to be passed as `custom_objects`
            when the file is read.

    Raises:
        ArgumentError: a function has no name of its own, or `get_config` of a class leaves out an argument.

    Example:
        >>> serialize(MeanSquaredError())["class_name"], serialize(mse)["config"]
        ('MeanSquaredError', 'mean_squared_error')

    Source: keras.losses.serialize.
    """
    if isinstance(loss, FittingCrossentropy):
        return loss.name
    if isinstance(loss, LossFunctionWrapper) and loss.is_bare:
        return custom.function_record("loss", loss.fn)
    if isinstance(loss, LossFunctionWrapper):  # where Keras has it
        return {**LOSSES.record(type(loss).__name__, loss.get_config()), **_WRAPPER}
    if isfunction(loss):
        return custom.function_record("loss", loss)
    return LOSSES.serialize(object_of("serialize of a loss", loss, Loss, "a loss or a function"))


@explained
def deserialize(name: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss of a name or record from a file; `get` under Keras's other name.

    Args:
        name: a name, or a record.
        custom_objects: functions and classes of your own, by the names that the file uses.

    Returns:
        see `get`.

    Raises:
        ArgumentError: see `get`.

    Example:
        >>> deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).delta
        2.0

    Source: keras.losses.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return get(name)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
