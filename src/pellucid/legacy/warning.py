"""How a user hears of an old spelling: one warning at the line of their own that holds the call, or a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


_collections: list[list[Translation]] = []


@contextmanager
def collected() -> Iterator[list[Translation]]:
    """Inside, old spellings are put on a list instead of being warned of.

    Example:
        >>> from pellucid import layers
        >>> with collected() as found:
        ...     layer = layers.Dense(output_dim=4)
        >>> found[0].today
        'Dense(units=4)'
    """
    found: list[Translation] = []
    _collections.append(found)
    try:
        yield found
    finally:
        _collections.remove(found)


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
    found = Translation(old, today, frame.f_code.co_filename, frame.f_lineno, note)
    if _collections:
        _collections[-1].append(found)
    else:
        warn(str(found), LegacyWarning)
