"""Records that never change: what a frozen dataclass promises, they keep."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace

import pytest

from pellucid.frozen import Frozen


class Point(Frozen):
    """A record with a default."""

    x: float
    y: float = 0.0


class Place(Point):
    """A record that inherits fields; one is made anew for each, one is not shown."""

    names: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False)


class Marked(Point):
    """A record with a field that has to be named, which a base may have."""

    mark: str = field(default="", kw_only=True)


class MarkedPlace(Marked):
    """Fields that are given by position go on behind it."""

    height: float


class Body(Frozen, eq=False):
    """A record that equals itself alone."""

    mass: float


@dataclass(frozen=True)
class Plain:
    """What `Point` is compared with."""

    x: float
    y: float = 0.0


def test_it_is_what_a_frozen_dataclass_is():
    ours, plain = Point(1.0, y=2.0), Plain(1.0, y=2.0)
    assert repr(ours) == repr(plain).replace("Plain", "Point")
    assert hash(ours) == hash(plain)
    assert is_dataclass(Point) and [each.name for each in fields(Point)] == ["x", "y"]
    assert replace(ours, y=3.0) == Point(1.0, 3.0)


def test_equality_is_of_class_and_fields():
    assert Point(y=2.0, x=1.0) == Point(1.0, 2.0) and hash(Point(y=2.0, x=1.0)) == hash(Point(1.0, 2.0))
    assert Point(1.0) != Point(2.0) and Point(1.0) != Plain(1.0) and Point(1.0) != Place(1.0)
    body = Body(1.0)
    assert body == body and body != Body(1.0) and len({body, Body(1.0)}) == 2


def test_fields_are_inherited_and_filled():
    place = Place(1.0)
    assert (place.x, place.y, place.names, place.note) == (1.0, 0.0, [], "")
    assert place.names is not Place(1.0).names
    assert repr(place) == "Place(x=1.0, y=0.0, names=[])"


def test_it_can_be_matched_copied_and_pickled():
    match Point(1.0, 2.0):
        case Point(x, y):
            assert (x, y) == (1.0, 2.0)
    for again in (copy.copy(Point(1.0)), copy.deepcopy(Point(1.0)), pickle.loads(pickle.dumps(Point(1.0)))):
        assert again == Point(1.0)


def test_it_never_changes():
    point = Point(1.0)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2.0
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"x": 1.0}), ((1.0,), {"z": 1.0}), ((), {"y": 1.0})]
)
def test_wrong_fields_are_refused(values, named):
    with pytest.raises(TypeError, match=r"^Point (takes x, y, each once|needs x)"):
        Point(*values, **named)


def test_fields_that_have_to_be_named():
    place = MarkedPlace(1.0, 2.0, 3.0, mark="here")
    assert (place.x, place.y, place.height, place.mark) == (1.0, 2.0, 3.0, "here")
    assert MarkedPlace(1.0, 2.0, 3.0).mark == "" and place != MarkedPlace(1.0, 2.0, 3.0)
    assert replace(place, mark="there") == MarkedPlace(1.0, 2.0, 3.0, mark="there")
    assert repr(Marked(1.0, mark="a")) == "Marked(x=1.0, y=0.0, mark='a')"
    with pytest.raises(TypeError, match=r"Marked takes x, y, mark, each once"):
        Marked(1.0, 2.0, "here")


class Scaled(Frozen):
    """A record that can be called."""

    factor: float
    offset: float = 0.0
    name: str = field(default="scaled", kw_only=True)

    def __call__(self, x: float) -> float:
        return self.factor * x + self.offset


def test_signature_tells_the_fields_and_not_how_a_record_is_called() -> None:
    assert str(inspect.signature(Scaled)) == "(factor: 'float', offset: 'float' = 0.0, *, name: 'str' = 'scaled')"
    assert str(inspect.signature(Scaled(2.0))) == "(x: 'float') -> 'float'"
    assert Scaled(2.0, 1.0)(3.0) == 7.0
