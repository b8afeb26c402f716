"""Functions whose gradient is what their author says, under Keras's name (keras.ops)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Parameter


def custom_gradient(f: Callable[..., tuple[Any, Callable[..., Any]]]) -> Callable[..., Any]:
    """A function of tensors whose gradient is not that of its arithmetic, but what it says itself.

    For what has no slope (rounding, straight through), what shall have another one (guided backpropagation, gradients
    that are reversed), or a formula that loses no digits.

    Args:
        f: takes tensors, and returns a tensor and a function, which takes the gradient with respect to the result and
            returns those with respect to the arguments: one, or as many in a tuple; None where none goes back.

    Returns:
        the function, which gives the result alone: of arrays, of tensors in layers, of symbolic tensors, under a tape.

    Raises:
        ArgumentError: when it is called, if `f` returns anything else, or uses a weight that is none of its arguments,
            which no gradient would reach.
        ShapeError: when the gradient is taken, if one of them has another shape than its argument.

    Example:
        >>> from pellucid import GradientTape, Variable, ops
        >>> @custom_gradient
        ... def rounded(x):
        ...     return ops.round(x), lambda upstream: upstream
        >>> x = Variable([1.2, 2.7])
        >>> with GradientTape() as tape:
        ...     y = ops.sum(rounded(x) * [1.0, 10.0])
        >>> float(y), tape.gradient(y, x).tolist()
        (31.0, [1.0, 10.0])

    Source: keras.ops.custom_gradient; tf.custom_gradient.
    """
    if not callable(f):
        raise ArgumentError(f"custom_gradient takes a function, got {shown(f)}")
    called = getattr(f, "__name__", type(f).__name__)

    @anywhere(several="operands", name=called)
    def with_own_gradient(*operands: Operand) -> Any:
        result, slope = _both(called, f(*operands))
        y = operands[0].graph.lift(result)
        _check_weights(called, y, operands)
        return builder.redirect(y, operands, lambda grad: _slopes(called, slope(grad), operands))

    with_own_gradient.__name__, with_own_gradient.__doc__ = called, f.__doc__
    return with_own_gradient


def _both(called: str, given: Any) -> tuple[Any, Callable[[Tensor], Any]]:
    """What the function returned: its result, and what makes its gradient."""
    if not isinstance(given, tuple) or len(given) != 2 or not callable(given[1]):
        raise ArgumentError(f"{called}: return a tensor and a function of its gradient, got {shown(given)}")
    if isinstance(given[0], list | tuple):
        raise ArgumentError(f"{called}: return one tensor before the function of its gradient, got {len(given[0])}")
    return given


def _check_weights(called: str, y: Tensor, operands: Sequence[Tensor]) -> None:
    """Raise `ArgumentError` where the result depends on a weight otherwise than by the operands."""
    waiting, seen = [y.node], {operand.node for operand in operands}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node.op, Parameter):
            raise ArgumentError(
                f"{called}: a function with a gradient of its own uses a weight, which no gradient would reach; hand "
                "it in as an argument"
            )
        waiting += [tensor.node for tensor in node.inputs]


def _slopes(called: str, given: Any, operands: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradient of each operand, as the author's function gave them."""
    several = list(given) if isinstance(given, list | tuple) else [given]
    if len(several) != len(operands):
        raise ArgumentError(f"{called}: {len(operands)} arguments have as many gradients, got {len(several)}")
    found = [
        None if each is None else operand.graph.lift(each) for each, operand in zip(several, operands, strict=True)
    ]
    for each, operand in zip(found, operands, strict=True):
        if each is not None and each.shape != operand.shape:
            raise ShapeError(f"{called}: the gradient of an argument {operand.shape} has its shape, got {each.shape}")
    return found
