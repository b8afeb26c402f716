"""Functions of the user's own as losses, and what stands for them in files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Self

from pellucid import custom
from pellucid.calls import misfit
from pellucid.checks import mapping_of
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor
from pellucid.losses.base import Loss
from pellucid.losses.reduction import Reduction
from pellucid.losses.tracing import traced
from pellucid.naming import snake_case


class LossFunctionWrapper(Loss):
    """A function as a loss: `compile(loss=function)` makes this of it.

    Args:
        fn: called as `fn(y_true, y_pred, **kwargs)` with tensors of the graph; gives one number, (), one for each
            sample, (batch,), or (batch, ...), by `pellucid.ops` and arithmetic.
        reduction: see `Loss`.
        name: see `Loss`; that of the function by default.
        dtype: see `Loss`.
        kwargs: further arguments of the function.

    Raises:
        ArgumentError: it is no function, or does not take these arguments.

    Example:
        >>> from pellucid import ops
        >>> def quartic(y_true, y_pred, scale=1.0):
        ...     return ops.mean(scale * (y_true - y_pred) ** 4.0, axis=-1)
        >>> LossFunctionWrapper(quartic, scale=0.5)([[0.0], [1.0]], [[2.0], [1.0]]).tolist()
        4.0

    Source: keras.src.losses.losses.LossFunctionWrapper.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        if not callable(fn) or isinstance(fn, type):
            what = f"the class {fn.__name__}; make an object of it" if isinstance(fn, type) else shown(fn)
            raise ArgumentTypeError(f"{owner}: fn must be a function of targets and predictions, got {what}")
        own = name_of(fn)
        wrong = misfit(f"loss {own!r}", fn, (None, None), kwargs)
        if wrong is not None:
            raise wrong
        super().__init__(own if name is None else name, reduction, dtype)
        self.fn, self.settings = fn, kwargs

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return traced(f"loss {self.name!r}", self.fn, y_true, y_pred, **self.settings)

    @property
    def is_bare(self) -> bool:
        """Whether the function alone says all: nothing was set beside it."""
        return not self.settings and self.reduction == "sum_over_batch_size" and self.name == name_of(self.fn)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss; raises `ArgumentError` where the function has no name of its own."""
        return {**super().get_config(), "fn": custom.function_record("loss", self.fn), **self.settings}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss of what `get_config` gave; the function is looked up among `custom_objects`."""
        given = mapping_of(f"{cls.__name__}.from_config", "config", config)
        fn = given.pop("fn", None)
        found = custom.function_of("loss", fn)
        if found is None:
            raise ArgumentError(f"{cls.__name__}: 'fn' must be the record of a function, got {shown(fn)}")
        return cls(found, **given)

    def __repr__(self) -> str:
        return f"LossFunctionWrapper({name_of(self.fn)}, name={self.name!r}, reduction={self.reduction!r})"


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function; of a `functools.partial` that of what it calls, of an object that of its class.

    Example:
        >>> name_of(len), name_of(partial(len)), name_of(partial), name_of(lambda y, p: p)
        ('len', 'len', 'partial', 'lambda')
    """
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", None)
    return name.strip("<>") if isinstance(name, str) and name else snake_case(type(function).__name__)
