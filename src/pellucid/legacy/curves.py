"""What a training tells, under the names that metrics once had."""

from __future__ import annotations

from typing import Any, TypeVar

from pellucid.legacy.warning import tell

OLD, TODAY = "acc", "accuracy"
OLD_RATE, RATE = "lr", "learning_rate"
Value = TypeVar("Value")


class Curves(dict[str, Value]):
    """Values by name, where "acc", "val_acc" and "out_acc" also find what is called "accuracy" and so on today.

    So does "lr" the learning rate.

    What was asked for as "acc" (`metrics=["acc"]`) is called so, and found without a word.

    Args:
        owner: how users call it, as warnings say it.

    Example:
        >>> from pellucid.legacy import collected
        >>> with collected() as found:
        ...     curves = Curves("history", {"accuracy": [0.5]})
        ...     curves["acc"], curves.get("acc"), curves.get("val_acc")
        ([0.5], [0.5], None)
        >>> print(found[0].today)
        history['accuracy']

    Source: keras/engine/training.py of Keras 2.2.4, which named the metric "accuracy" so.
    """

    def __init__(self, owner: str, values: dict[str, Value] | None = None) -> None:
        super().__init__(values or {})
        self._owner = owner

    def __missing__(self, key: str) -> Value:
        today = self._today(key)
        if today is None:
            raise KeyError(key)
        tell(f"{self._owner}[{key!r}]", f"{self._owner}[{today!r}]")
        return self[today]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, in today's words or in older ones; `default` where there is none."""
        return self[key] if key in self or self._today(key) is not None else default

    def _today(self, key: object) -> str | None:
        """Today's name of something that is here and was asked for by its old one; None where it is not."""
        if isinstance(key, str) and key == OLD_RATE:
            return RATE if RATE in self else None
        if not isinstance(key, str) or not (key == OLD or key.endswith(f"_{OLD}")):
            return None
        today = key.removesuffix(OLD) + TODAY
        return today if today in self else None
