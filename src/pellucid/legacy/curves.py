"""What a training has recorded, under the names that metrics once had."""

from __future__ import annotations

from pellucid.legacy.warning import tell

OLD_KEYS = {"acc": "accuracy", "val_acc": "val_accuracy"}


class Curves(dict[str, list[float]]):
    """Values by name, where "acc" and "val_acc" find what is called "accuracy" and "val_accuracy" today.

    Example:
        >>> from pellucid.legacy import collected
        >>> with collected() as found:
        ...     Curves(accuracy=[0.5])["acc"]
        [0.5]
        >>> print(found[0].today)
        history['accuracy']

    Source: keras/engine/training.py of Keras 2.2.4, which named the metric "accuracy" so.
    """

    def __missing__(self, key: str) -> list[float]:
        today = OLD_KEYS.get(key, key)
        if today not in self or today == key:
            raise KeyError(key)
        tell(f"history[{key!r}]", f"history[{today!r}]")
        return self[today]
