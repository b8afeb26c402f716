"""What is said of a name that a module has not: above all where Keras has it.

Python tells the reason why an attribute is missing, but not why a name cannot be imported: there it says no more than
that it cannot. So whoever imports hears an ImportError, and whoever looks, with `hasattr` too, an AttributeError.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType, MappingProxyType

from pellucid.errors import nearest_names

__all__ = ["AbsentAttribute", "AbsentName", "absent", "is_in_keras"]

PACKAGE = __name__.partition(".")[0]
NO_REASONS: Mapping[str, str] = MappingProxyType({})


class AbsentName(AttributeError):
    """A module has no such name; the message is made when somebody reads it, and says so where Keras has it."""

    def __init__(self, module: str, name: str, reasons: Mapping[str, str] = NO_REASONS) -> None:
        super().__init__(name=name)
        self.name: str = name
        self.module, self.reasons = module, reasons

    @property
    def known(self) -> str | None:
        """What is known of the name: that Keras has it, or why there is none any more; None where it is just wrong."""
        from pellucid.keras_names import NAMES  # only now: mistakes are rare

        room = self.module.removeprefix(PACKAGE).removeprefix(".")
        if self.name in self.reasons:
            return f"there is no {self.name}: {self.reasons[self.name]}"
        if self.name in NAMES.get(room, "").split():
            return f"there is no {f'{room}.' if room else ''}{self.name}: Keras has it, Pellucid has not"
        return None

    def __str__(self) -> str:
        if self.known is not None:
            return self.known
        near = nearest_names(self.name, [each for each in vars(sys.modules[self.module]) if each[:1].isalpha()], most=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"module {self.module!r} has no attribute {self.name!r}{hint}"


class AbsentAttribute(AttributeError):
    """A layer or a model has no such attribute; the message is made when somebody reads it, as that of `AbsentName`.

    Args:
        owner: that was asked for it.
        name: of the attribute.
        reasons: what to write instead, by name.

    Example:
        >>> print(AbsentAttribute(3, "quantize")), print(AbsentAttribute(3, "xyzzy"))
        'int' object has no attribute 'quantize': Keras has it, Pellucid has not
        'int' object has no attribute 'xyzzy'
        (None, None)
    """

    def __init__(self, owner: object, name: str, reasons: Mapping[str, str] = NO_REASONS) -> None:
        super().__init__(name=name, obj=owner)
        self.name: str = name
        self.reasons = reasons

    def __str__(self) -> str:
        from pellucid.keras_names import ATTRIBUTES  # only now: mistakes are rare

        usual = f"{type(self.obj).__name__!r} object has no attribute {self.name!r}"
        if self.name in self.reasons:
            return f"{usual}: {self.reasons[self.name]}"
        return f"{usual}: Keras has it, Pellucid has not" if self.name in ATTRIBUTES.split() else usual


def is_in_keras(room: str, name: str) -> str | None:
    """The name that Keras has in a room, if it has this one, in whatever spelling; else None.

    Example:
        >>> is_in_keras("losses", "mean_absolute_error"), is_in_keras("optimizers", "lion"), is_in_keras("losses", "x")
        ('MeanAbsoluteError', 'Lion', None)
    """
    from pellucid.keras_names import NAMES  # only now: mistakes are rare

    known = {each.lower().replace("_", ""): each for each in sorted(NAMES.get(room, "").split(), reverse=True)}
    return known.get(name.lower().replace("_", ""))


def absent(module: str, name: str, reasons: Mapping[str, str] = NO_REASONS) -> Exception:
    """The error for a name that a module has not, to be raised by its `__getattr__`.

    Args:
        module: its name, `__name__`.
        name: that was asked for.
        reasons: why there are not some names that Keras has or had, and what to do instead.

    Returns:
        an ImportError where the name is being imported and something is known of it; else an AttributeError.

    Example:
        >>> print(absent("pellucid.ops", "fft2"))
        there is no ops.fft2: Keras has it, Pellucid has not
        >>> print(absent("pellucid.absent", "xyzzy"))
        module 'pellucid.absent' has no attribute 'xyzzy'
    """
    error = AbsentName(module, name, reasons)
    if name.startswith("_") or not _is_import(sys._getframe(1)) or error.known is None:
        return error
    return error if _is_module(f"{module}.{name}") else ImportError(str(error), name=module)


def _is_module(name: str) -> bool:
    """Whether there is such a module, which Python imports when it hears that there is no such attribute."""
    from importlib.util import find_spec

    package = sys.modules[name.rpartition(".")[0]]
    return hasattr(package, "__path__") and find_spec(name) is not None


def _is_import(frame: FrameType | None) -> bool:
    """Whether what asks for the name, from outside of the package, is an import statement."""
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        frame = frame.f_back
    if frame is None:
        return False
    if frame.f_code.co_name == "_handle_fromlist":  # Python's own, for the names that are imported from a package
        return True
    import opcode

    return frame.f_code.co_code[frame.f_lasti] == opcode.opmap["IMPORT_FROM"]
