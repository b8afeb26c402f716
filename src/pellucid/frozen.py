"""The base of records that never change: dataclasses that cost nothing to define.

`@dataclass(frozen=True)` writes and compiles six methods for each class, which takes half a millisecond. The vocabulary
of graphs alone has fifty classes, so `import pellucid` would spend almost half its time there. The methods of these
records are written once, here, and ask the class for its fields. Not for what is made by the ten thousand (the nodes of
graphs): methods of one's own make an object faster.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from inspect import Parameter, Signature
from typing import Any, ClassVar, dataclass_transform

__all__ = ["Frozen"]


class _Signature:
    """How the records of a class are made, for `help` and `inspect.signature`: found when somebody asks."""

    def __get__(self, record: object, owner: type) -> Signature | None:
        if record is not None:  # how it is called, where it can be, is not how it is made
            return None
        taken = (each for each in getattr(owner, "__dataclass_fields__", {}).values() if each.init)
        return Signature([_parameter(each) for each in sorted(taken, key=lambda each: each.kw_only)])


def _parameter(field: Field[Any]) -> Parameter:
    default = Parameter.empty if field.default is MISSING else field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    kind = Parameter.KEYWORD_ONLY if field.kw_only else Parameter.POSITIONAL_OR_KEYWORD
    return Parameter(field.name, kind, default=default, annotation=field.type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen:
    """A record; its fields are the annotated names of the subclass, as in a dataclass.

    It is a dataclass for whoever asks (`dataclasses.fields`, `replace`, `match`, type checkers), with `__post_init__`.
    `class Name(Frozen, eq=False)` makes records that equal themselves and no other.

    Raises:
        TypeError: a field is unknown, missing, or given twice.
        FrozenInstanceError: somebody wants to change a field.

    Example:
        >>> class Point(Frozen):
        ...     x: float
        ...     y: float = 0.0
        >>> Point(1.0), Point(1.0) == Point(y=0.0, x=1.0)
        (Point(x=1.0, y=0.0), True)
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]]  # the names of the fields that may be given by position, in order
    __signature__: ClassVar[_Signature] = _Signature()
    _named_only: ClassVar[tuple[str, ...]]  # the names of those that may not: `field(kw_only=True)`

    def __init_subclass__(cls, *, eq: bool = True) -> None:
        super().__init_subclass__()
        dataclass(init=False, repr=False, eq=False)(cls)
        cls._named_only = tuple(each.name for each in cls.__dataclass_fields__.values() if each.init and each.kw_only)
        for method in () if eq else ("__eq__", "__hash__"):
            if method not in vars(cls):
                setattr(cls, method, getattr(object, method))

    def __init__(self, *values: Any, **named: Any) -> None:
        names, record = self.__match_args__, self.__dict__
        record.update(zip(names, values, strict=False))
        for name in (*names[len(values) :], *self._named_only):
            record[name] = named.pop(name) if name in named else self._default(name)
        if named or len(values) > len(names):
            known = ", ".join((*names, *self._named_only))
            raise TypeError(f"{type(self).__name__} takes {known}, each once; got {values} and {named}")
        self.__post_init__()

    def _default(self, name: str) -> Any:
        field = self.__dataclass_fields__[name]
        if field.default is not MISSING:
            return field.default
        if field.default_factory is not MISSING:
            return field.default_factory()
        raise TypeError(f"{type(self).__name__} needs {name}")

    def __post_init__(self) -> None:
        """Check or complete the fields; called when they are there."""

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")
