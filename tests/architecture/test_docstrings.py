"""Every option of a layer is described once: in the layer's own docstring, or in that of the layer it refers to.

`Conv1D` and `Conv3D` say "Arguments are those of `Conv2D`; different are:" and describe those alone.
"""

from __future__ import annotations

import inspect
import re
from typing import get_type_hints

import pytest

from pellucid import layers
from pellucid.layers import Layer
from pellucid.layers.layer_options import LayerOptions

REFERENCE = re.compile(r"Arguments are those of `(\w+)`(?:, without (\w+))?(?:\.|; different are:)")
CLASSES = {name: cls for name in layers.__all__ if inspect.isclass(cls := getattr(layers, name))}
MEMBERS = sorted(name for name in CLASSES if re.search(r"[123]D", name))


def family_head(name: str) -> str:
    """The layer over two axes of the family that a layer belongs to."""
    return re.sub(r"[123]D", "2D", name)


def described(doc: str) -> dict[str, str]:
    """What the `Args:` of a docstring say about each name; a line of its own for each, or one for several names."""
    section = re.search(r"^Args:\n((?:    .*\n?)+)", doc, re.M)
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", section[1].rstrip() if section else ""):
        names, _, text = entry.strip().partition(":")
        found |= dict.fromkeys(filter(None, names.split(", ")), " ".join(text.split()))
    return found


def options_described(cls: type[Layer]) -> dict[str, str]:
    """What is said about each option of a layer, by itself or where it refers to."""
    doc = inspect.getdoc(cls) or ""
    own, reference = described(doc), REFERENCE.search(doc)
    if reference is None:
        return own
    borrowed = options_described(CLASSES[reference[1]])
    return {name: text for name, text in borrowed.items() if name != reference[2]} | own


@pytest.mark.parametrize("name", CLASSES)
def test_options_are_described_and_nothing_else(name: str) -> None:
    parameters = set(inspect.signature(CLASSES[name]).parameters)
    if name == "Layer":  # the others' `options` refer to it
        parameters = set(get_type_hints(LayerOptions))
    found = options_described(CLASSES[name])
    assert parameters - set(found) == set(), "describe them, or refer to the layer that does"
    assert set(found) - parameters == set(), "these are no options"
    assert all(found.values()), "a name without a text"


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != family_head(name)])
def test_families_describe_an_option_once(name: str) -> None:
    """One axis and three say what is different from two, and only that."""
    doc, head = inspect.getdoc(CLASSES[name]) or "", family_head(name)
    reference = REFERENCE.search(doc)
    assert reference is not None and reference[1] == head, f'say "Arguments are those of `{head}`"'
    assert bool(described(doc)) is reference[0].endswith("different are:")
    same = {
        name for name, text in described(doc).items() if described(inspect.getdoc(CLASSES[head]) or "")[name] == text
    }
    assert not same, f"`{head}` says it already"


@pytest.mark.parametrize("name", [name for name in MEMBERS if name == family_head(name)])
def test_heads_of_families_refer_to_nobody(name: str) -> None:
    assert not REFERENCE.search(inspect.getdoc(CLASSES[name]) or "")


def test_the_families_are_found() -> None:
    assert {"Conv1D", "Conv2DTranspose", "GlobalLpPooling3D", "ZeroPadding2D", "SpatialDropout1D"} <= set(MEMBERS)


def test_what_is_missing_is_noticed() -> None:
    doc = "Text.\n\nArgs:\n    a, b: two things,\n        in two lines.\n    c: one.\n\nRaises:\n    Error: never.\n"
    assert described(doc) == {"a": "two things, in two lines.", "b": "two things, in two lines.", "c": "one."}
    assert described("Text.\n\nRaises:\n    Error: never.\n") == {}

    class Lonely(layers.Conv2D):
        """Arguments are those of `Dense`, without units; different are:

        Args:
            use_bias: never.
        """

    found = options_described(Lonely)
    assert found["use_bias"] == "never." and "units" not in found and "filters" not in found
