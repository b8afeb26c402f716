"""What is said of a name that a module has not, above all where Keras has it; and of one that the library has taken.

Python tells the reason why an attribute is missing, but not why a name cannot be imported: there it says no more than
that it cannot. So whoever imports hears an ImportError, and whoever looks, with `hasattr` too, an AttributeError.

A class that was written for Keras may have a method or an attribute of a name that our base has for something of its
own, and no Keras has. The library would call it, or keep something else under it, and end in an error far away. So it
is refused where it is written. Names that may be used twice without harm are in no list; a test tries them all.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType, MappingProxyType
from typing import Any

from pellucid.errors import ReservedError, nearest_names
from pellucid.naming import is_ours

__all__ = ["TAKEN", "AbsentAttribute", "AbsentName", "absent", "check_assigned", "is_in_keras", "names_taken"]

PACKAGE = __name__.partition(".")[0]
NO_REASONS: Mapping[str, str] = MappingProxyType({})

TAKEN = MappingProxyType(
    {
        "Layer": "batch_input_shape bookkeeping calls changed check_savable emit ensure_built forget given_weights "
        "input_shape input_shape_built is_frozen_itself is_relied_on_by joins label next_draw option own_weights parts "
        "revision set_attribute sublayers takes_lists trial_shapes unbuild untold_options with_parts",
        "Model": "build_again built_network described engine file_form has_own_call is_chain is_described made_of "
        "network require_built runtime stepper",
        "Optimizer": "attach averages begin captured_rate clip decay_of emit_own ends_in_its_own_way "
        "excludes_from_weight_decay follows_schedule gradients introduce is_own keras_numbers keras_order keras_signs "
        "keras_variables moving_averages number_of own_slots pipeline progress rates restore_rate scalars schedule "
        "stages stages_of unscale",
        "Loss": "batch_loss counted doubt fit_shapes fit_targets per_sample prepare_targets takes_any_targets "
        "target_shape wants",
        "Metric": "keepers",
    }
)
"""The names by the class that has them; they are taken in all classes that derive from it."""


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
        near = nearest_names(self.name, [each for each in dir(sys.modules[self.module]) if each[:1].isalpha()], most=1)
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


def names_taken(cls: type) -> frozenset[str]:
    """The names that a class of a user's own may not have, by the library's classes that it derives from.

    Args:
        cls: a class that has just been written; nothing is taken in the library's own.

    Raises:
        ReservedError: it has one of them.

    Example:
        >>> from pellucid import layers
        >>> Counting = type("Counting", (layers.Layer,), {"calls": 3, "__module__": "script"})
        Traceback (most recent call last):
        pellucid.errors.ReservedError: Counting: Pellucid keeps something of its own in layers under the name 'calls',
            which no Keras has; call yours otherwise, such as 'my_calls'
    """
    if is_ours(cls):
        return frozenset()
    taken = {name: base for base in cls.__mro__ if is_ours(base) for name in TAKEN.get(base.__name__, "").split()}
    for name in vars(cls):
        if name in taken:
            raise _taken(cls, name, taken[name])
    return frozenset(taken)


def check_assigned(owner: Any, name: str) -> None:
    """Raise `ReservedError` where a user's code gives an object a name that is taken; to be called by `__setattr__`.

    The library's own code may: there the names are at home.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and is_setting(frame.f_code.co_name):
        frame = frame.f_back
    if not frame.f_globals.get("__name__", "").startswith("pellucid."):
        bases = [base for base in type(owner).__mro__ if is_ours(base) and name in TAKEN.get(base.__name__, "").split()]
        raise _taken(type(owner), name, bases[-1])


def is_setting(function: str) -> bool:
    """Whether a function of this name is on the way from an assignment to the attribute."""
    return function in ("__setattr__", "set_attribute", "change")


def _taken(cls: type, name: str, base: type) -> ReservedError:
    room = {"Loss": "losses"}.get(base.__name__, f"{base.__name__.lower()}s")
    return ReservedError(
        f"{cls.__name__}: Pellucid keeps something of its own in {room} under the name {name!r}, which no Keras has; "
        f"call yours otherwise, such as 'my_{name}'"
    )
