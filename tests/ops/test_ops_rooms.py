"""`ops.nn`, `ops.numpy` and `ops.linalg` have what Keras's rooms have of `pellucid.ops`."""

from __future__ import annotations

import importlib

import pytest

from pellucid import ops


@pytest.mark.parametrize("room", ["nn", "numpy", "linalg"])
def test_a_room_has_what_keras_has_there(room: str) -> None:
    """No less, and no more; each is the function of `ops` itself."""
    theirs = importlib.import_module(f"keras.ops.{room}")
    mine = getattr(ops, room)
    assert set(dir(mine)) == {name for name in dir(theirs) if name in ops.__all__}
    assert all(getattr(mine, name) is getattr(ops, name) for name in dir(mine))


def test_what_a_room_has_not() -> None:
    """Is said as of `ops`."""
    with pytest.raises(AttributeError, match=r"there is no ops\.svd: Keras has it, Pellucid has not"):
        _ = ops.linalg.svd
    with pytest.raises(ImportError, match=r"there is no ops\.svd"):
        exec("from pellucid.ops.linalg import svd")
