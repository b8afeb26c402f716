"""`deserialize(record, custom_objects)` of each room finds a class of one's own there, and nowhere without."""

from __future__ import annotations

from typing import Any

import pytest

from pellucid import initializers, optimizers
from pellucid.errors import ArgumentError


class Halved(optimizers.SGD):
    pass


class Sevens(initializers.Constant):
    pass


@pytest.mark.parametrize(("room", "thing"), [(optimizers, Halved(0.5)), (initializers, Sevens(7.0))])
def test_own_classes_are_found_where_they_are_given(room: Any, thing: Any) -> None:
    record = room.serialize(thing)
    read = room.deserialize(record, custom_objects={type(thing).__name__: type(thing)})
    assert type(read) is type(thing) and read.get_config() == thing.get_config()
    with pytest.raises(ArgumentError, match="custom_objects"):
        room.deserialize(record)
