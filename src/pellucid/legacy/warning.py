"""How a user hears of an old spelling: one warning at the line of their own that holds the call, or a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pellucid.frozen import Frozen
from pellucid.warned import users_frame, warn


class LegacyWarning(UserWarning):
    """A call in the words of an older Keras; the message shows it in today's.

    Example:
        >>> import warnings
        >>> from pellucid import layers
        >>> with warnings.catch_warnings(record=True) as heard:
        ...     warnings.simplefilter("always", LegacyWarning)
        ...     layer = layers.Dense(output_dim=4)
        >>> print(heard[0].message)
        Dense(output_dim=4) is an older spelling; today: Dense(units=4)
    """


class Translation(Frozen):
    """One call in an old spelling.

    Attributes:
        old: the call as it was written, with its values.
        today: the same call in today's spelling.
        file: where it stands.
        line: in that file, from 1.
        note: what the new call cannot say; often empty.

    Example:
        >>> print(Translation("Dropout(p=0.5)", "Dropout(rate=0.5)", "tutorial.py", 12))
        Dropout(p=0.5) is an older spelling; today: Dropout(rate=0.5)
    """

    old: str
    today: str
    file: str
    line: int
    note: str = ""

    def __str__(self) -> str:
        return f"{self.old} is an older spelling; today: {self.today}{'; ' if self.note else ''}{self.note}"


class OldDefault(Frozen):
    """Something that a call left unsaid, and that was another thing in the Keras for which the call is written.

    Attributes:
        what: the call and what it left unsaid.
        then: what it was.
        today: what it would be.
        file: where the call stands.
        line: in that file, from 1.

    Example:
        >>> print(OldDefault("epochs", "10", "1", "tutorial.py", 12))
        epochs: 10, as it was then; today: 1
    """

    what: str
    then: str
    today: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.what}: {self.then}, as it was then; today: {self.today}"


class Unsettled(Frozen):
    """Something that a call left unsaid, and that was another thing in older Kerases; nothing tells which is meant.

    Attributes:
        owner: what was called.
        then: the arguments that were left out, and what they were in Keras 1 and 2, as they are written.
        file: where the call stands.
        line: in that file, from 1.

    Example:
        >>> print(Unsettled("Adadelta", "learning_rate=1.0", "tutorial.py", 12))
        Adadelta is today's; in Keras 1 and 2: learning_rate=1.0
    """

    owner: str
    then: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.owner} is today's; in Keras 1 and 2: {self.then}"


Told = Translation | OldDefault | Unsettled
OLD_WORDS = "__pellucid_old_words__"
"""Under which a module of the user's remembers that it holds old words, as Python keeps warnings there."""
_collections: list[list[Told]] = []


@contextmanager
def collected() -> Iterator[list[Any]]:
    """Inside, old spellings (`Translation`) and defaults (`OldDefault`, and `Unsettled` where nobody has said which
    Keras is meant) are put on a list instead of being warned of.

    Example:
        >>> from pellucid import layers
        >>> with collected() as found:
        ...     layer = layers.Dense(output_dim=4)
        >>> found[0].today
        'Dense(units=4)'
    """
    found: list[Told] = []
    _collections.append(found)
    try:
        yield found
    finally:
        _collections.remove(found)


def are_collected() -> bool:
    """Whether old spellings are put on a list: a script is run as it stands, in the words of its time."""
    return bool(_collections)


def tell(old: str, today: str, note: str = "") -> None:
    """Warn of an old spelling at the line outside this library that holds the call, or put it on the list.

    Args:
        old: the call as it was written.
        today: the same call in today's spelling.
        note: what the new call cannot say.

    Example:
        >>> with collected() as found:
        ...     tell("model.predict_classes(x)", "model.predict(x).argmax(axis=-1)")
        >>> found[0].today
        'model.predict(x).argmax(axis=-1)'
    """
    frame = users_frame()
    frame.f_globals[OLD_WORDS] = True
    _say(Translation(old, today, frame.f_code.co_filename, frame.f_lineno, note))


def tell_changed(owner: str, defaults: Mapping[str, Any]) -> None:
    """Warn of defaults that have changed, where the file that relies on them has old words besides.

    In a script that is run as it stands (`collected`) whoever runs it is to be told, old words or not.

    Args:
        owner: what was called.
        defaults: the arguments that were left out, and what they were.
    """
    frame = users_frame()
    then = ", ".join(f"{name}={value!r}" for name, value in defaults.items())
    if are_collected():
        _say(Unsettled(owner, then, frame.f_code.co_filename, frame.f_lineno))
    elif OLD_WORDS in frame.f_globals:
        warn(
            f"{owner} means something else today than in Keras 1 and 2, whose words this file has: write {then} for "
            "what it was then; `pellucid run` and legacy.written_for(2) do that for a whole program",
            LegacyWarning,
        )


def tell_default(what: str, then: str, today: str) -> None:
    """Say that something left unsaid is what it was in the Keras for which calls are written (`is_old`).

    Args:
        what: the call and what it left unsaid.
        then: what it was, and is here.
        today: what it would be otherwise.

    Example:
        >>> with collected() as found:
        ...     tell_default("fit: epochs", "10", "1")
        >>> found[0].then
        '10'
    """
    frame = users_frame()
    _say(OldDefault(what, then, today, frame.f_code.co_filename, frame.f_lineno))


def _say(found: Told) -> None:
    if _collections:
        _collections[-1].append(found)
    else:
        warn(str(found), LegacyWarning)
