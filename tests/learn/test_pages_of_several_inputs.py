"""Pages on models with several inputs and outputs: seen from one input, to one output, with the others held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers
from pellucid.errors import ArgumentError
from pellucid.inspection.answers import layers_of
from pellucid.learn import page
from pellucid.learn.subject import subject_of

RNG = np.random.default_rng(0)
A, B, Y = RNG.random((12, 8, 8, 1), dtype=np.float32), RNG.random((12, 5), dtype=np.float32), np.arange(12) % 3


def net(form: Any = list) -> Model:
    a, b = Input((8, 8, 1), name="a"), Input((5,), name="b")
    seen = layers.Flatten(name="flat")(layers.Conv2D(3, 3, name="conv")(a))
    both = layers.Concatenate(name="both")([seen, layers.Dense(4, name="beside")(b)])
    ends = [layers.Dense(2, name="first")(both), layers.Dense(3, "softmax", name="second")(both)]
    return Model([a, b] if form is list else {"a": a, "b": b}, ends, name="net")


def test_what_a_page_is_made_on() -> None:
    """The model as a function of one input, the other held at the first sample: the same numbers for that sample."""
    model = net()
    subject = subject_of(model, "conv", [A, B], [np.zeros((12, 2)), Y], is_deep=False)
    assert "b held at what the first sample gives" in " ".join(subject.said)
    assert np.array_equal(subject.x, A)
    first = model.predict([A, np.broadcast_to(B[:1], B.shape)], verbose=0)[0]
    np.testing.assert_allclose(subject.model.predict(A, verbose=0), first, atol=1e-6)
    np.testing.assert_allclose(subject.twin().predict(A, verbose=0), first, atol=1e-6)
    assert [path for path, _ in layers_of(model)] == ["a", "conv", "b", "flat", "beside", "both", "first", "second"]


@pytest.mark.parametrize("number", [1, 7, 12, 16])
@pytest.mark.parametrize("form", [list, dict])
def test_pages(number: int, form: Any) -> None:
    model, x = net(form), [A, B] if form is list else {"a": A, "b": B}
    before = model.get_weights()
    text = str(page(number, model, "conv", x))
    assert "It is seen from its input a" in " ".join(text.split())
    assert "conv" in text and "b held at 0.5" in " ".join(str(page(1, model, "conv")).split())
    assert all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))


def test_faults_are_told_where_an_input_is_held() -> None:
    text = " ".join(str(page(8, net(), "conv", [A, B])).split())
    assert "never moved" in text and "not told of this layer" not in text


def test_an_array_alone_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"^learn: net has the inputs a, b: x is an array for each$"):
        page(1, net(), "conv", A)
