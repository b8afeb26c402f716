"""Models as layers of models: shared weights, freezing, saving, several inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, callbacks, layers, load_model
from pellucid.errors import ArgumentError, PellucidError

IMAGES = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype(np.float32)


def _base() -> Sequential:
    return Sequential([Input((8, 8, 1)), layers.Conv2D(3, 3, activation="relu"), layers.Flatten()], name="base")


def _siamese() -> Model:
    base, left, right = _base(), Input((8, 8, 1), name="left"), Input((8, 8, 1), name="right")
    joined = layers.Add(name="join")([base(left), base(right)])
    return Model([left, right], layers.Dense(2, name="head")(joined), name="siamese")


def test_a_model_inside_shares_its_weights() -> None:
    """Called twice it has its weights once; what the outer model learns the inner one knows."""
    model = _siamese()
    base = model.get_layer("base")
    assert model.count_params() == base.count_params() + 2 * 108 + 2
    model.compile("sgd", "mse")
    before = base.get_weights()
    model.fit([IMAGES, IMAGES[::-1].copy()], np.ones((4, 2)), verbose=0)
    assert not np.array_equal(before[0], base.get_weights()[0])
    parts = base.predict(IMAGES) + base.predict(IMAGES[::-1].copy())
    head = model.get_layer("head")
    expected = parts @ head.kernel.numpy() + head.bias.numpy()
    np.testing.assert_allclose(model.predict([IMAGES, IMAGES[::-1].copy()]), expected, atol=1e-5)


def test_a_frozen_base_stays() -> None:
    """The head learns, the base does not; also when one filter bank inside is frozen."""
    base = _base()
    base.trainable = False
    model = Sequential([base, layers.Dense(2)])
    model.compile("adam", "mse")
    before, head = base.get_weights(), model.layers[-1].get_weights()
    model.fit(IMAGES, np.ones((4, 2)), verbose=0)
    assert all(map(np.array_equal, before, base.get_weights()))
    assert not np.array_equal(head[0], model.layers[-1].get_weights()[0])


def test_saving_and_loading(tmp_path: Path) -> None:
    """Models in models in models keep structure, sharing and numbers."""
    inner = _base()
    middle = Sequential([inner, layers.Dense(4, activation="tanh")], name="middle")
    x, z = Input((8, 8, 1), name="x"), Input((8, 8, 1), name="z")
    model = Model([x, z], [layers.Add()([middle(x), middle(z)]), layers.Dense(3, name="head")(inner(x))])
    model.compile("sgd", ["mse", None], loss_weights=[0.5, 1.0])
    model.save(tmp_path / "nested.keras")
    again = load_model(tmp_path / "nested.keras")
    data = [IMAGES, IMAGES * 2]
    for mine, theirs in zip(model.predict(data), again.predict(data), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert again.count_params() == model.count_params()
    assert again.get_layer("middle").layers[0].name == "base"
    assert [objective.weight for objective in again.stepper.plan.objectives] == [0.5]


def test_calling_a_model_on_arrays() -> None:
    """The whole batch at once; `training=True` lets dropout act."""
    model = Sequential([Input((4,)), layers.Dropout(0.5)])
    ones = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(model(ones), ones)
    dropped = model(ones, training=True)
    assert set(np.unique(dropped)) <= {0.0, 2.0}
    assert (dropped != ones).all()


def test_a_call_that_asks_for_inference(tmp_path: Path) -> None:
    """`layer(x, training=False)` holds in training too, and survives a file."""
    x = Input((50,))
    model = Model(x, layers.Dropout(0.5, name="drop")(x, training=False))
    model.compile("sgd", "mse")
    ones = np.ones((2, 50), np.float32)
    assert model.train_on_batch(ones, ones) == 0.0
    model.save(tmp_path / "form.keras")
    assert load_model(tmp_path / "form.keras").train_on_batch(ones, ones) == 0.0


def test_open_sizes() -> None:
    """One network for images of any size: predict, fit and a target that depends on the size."""
    x = Input((None, None, 1))
    y = layers.Conv2D(2, 3, padding="same", activation="relu")(x)
    model = Model(
        x, [layers.Conv2D(1, 1, name="map")(y), layers.Dense(2, name="class")(layers.GlobalMaxPooling2D()(y))]
    )
    assert model.output_shape == [(None, None, None, 1), (None, 2)]
    model.compile("sgd", "mse")
    for rows, columns in ((8, 8), (5, 12)):
        images = np.ones((3, rows, columns, 1), np.float32)
        maps, classes = model.predict(images)
        assert maps.shape == (3, rows, columns, 1)
        assert classes.shape == (3, 2)
        model.fit(images, [images, np.zeros((3, 2))], verbose=0)
        alone = Sequential([Input((rows, columns, 1)), *[layer for layer in model.layers[1:2]]])
        np.testing.assert_allclose(alone.predict(images), Model(x, y).predict(images), atol=1e-6)


NAMED = {"x": IMAGES, "z": IMAGES}


def test_data_by_name() -> None:
    """Inputs and targets in dictionaries; what is missing or unknown is said."""
    x, z = Input((8, 8, 1), name="x"), Input((8, 8, 1), name="z")
    joined = layers.Concatenate()([x, z])
    model = Model([x, z], [layers.Conv2D(1, 3, name="a")(joined), layers.Conv2D(2, 3, name="b")(joined)])
    model.compile("sgd", {"a": "mse", "b": "mse"}, loss_weights={"b": 2.0}, metrics={"a": ["mse"]})
    targets = {"a": np.zeros((4, 6, 6, 1)), "b": np.ones((4, 6, 6, 2))}
    logs = model.evaluate(NAMED, targets, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "a_loss", "a_mse", "b_loss"] or set(logs) == {"loss", "a_loss", "b_loss", "a_mse"}
    assert logs["loss"] == pytest.approx(logs["a_loss"] + 2 * logs["b_loss"], rel=1e-6)
    with pytest.raises(PellucidError, match="'z' is missing"):
        model.evaluate({"x": IMAGES}, targets, verbose=0)
    with pytest.warns(UserWarning, match="no input for 'y', which is left out"):
        assert model.evaluate({**NAMED, "y": IMAGES}, targets, verbose=0, return_dict=True) == logs
    with pytest.raises(PellucidError, match=r"unknown output of .* 'c'"):
        model.evaluate(NAMED, {**targets, "c": targets["a"]}, verbose=0)


WRONG_COMPILE = {
    "one loss too many": ({"loss": ["mse", "mse", "mse"]}, "has 2 outputs .*, got 3 in loss"),
    "an unknown output": ({"loss": {"a": "mse", "q": "mse"}}, "unknown output .* in loss 'q'"),
    "metrics for all": ({"loss": "mse", "metrics": ["mse", "mse", "mse"]}, "got 3 in metrics"),
    "losses arranged otherwise": ({"loss": {"a": ["mse", {"q": "mse"}]}}, "arranged otherwise than the outputs"),
    "weights for other losses": ({"loss": ["mse", ["mse"]], "loss_weights": [1, 2, 3]}, "has 3 numbers"),
    "a weight that is no number": ({"loss": "mse", "loss_weights": [1, "2"]}, "loss_weights are numbers"),
    "one weight": ({"loss": "mse", "loss_weights": 2.0}, "loss_weights is a list"),
}


@pytest.mark.parametrize("case", WRONG_COMPILE)
def test_compile_with_several_outputs(case: str) -> None:
    """One sentence each."""
    x = Input((3,))
    model = Model(x, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    arguments, message = WRONG_COMPILE[case]
    with pytest.raises(ArgumentError, match=message):
        model.compile("sgd", **arguments)


def _inner_and_outer() -> tuple[Sequential, Sequential]:
    inner = Sequential([Input((5,)), layers.Dense(5), layers.Activation("relu")], name="inner")
    return inner, Sequential([inner, layers.Activation("tanh")])


def test_a_change_inside_shows_outside() -> None:
    """Programs of the outer model do not outlive what they were made of."""
    inner, outer = _inner_and_outer()
    rows = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    np.testing.assert_allclose(outer.predict(rows), np.tanh(inner.predict(rows)), atol=1e-6)
    inner.pop()
    linear = rows @ inner.layers[0].kernel.numpy()
    np.testing.assert_allclose(outer.predict(rows), np.tanh(linear), atol=1e-6)
    inner.add(layers.Dense(5, name="late"))
    np.testing.assert_allclose(outer.predict(rows), np.tanh(inner.predict(rows)), atol=1e-6)
    assert outer.count_params() == 60


def test_freezing_and_thawing() -> None:
    """What no gradient changes stays so; what was frozen by the whole model learns again."""
    model = Sequential([Input((5,)), layers.Dense(4), layers.BatchNormalization()])
    model.trainable = False
    assert model.trainable_weights == []
    model.trainable = True
    assert [weight.name for weight in model.trainable_weights] == ["kernel", "bias", "gamma", "beta"]


def test_a_model_cannot_hold_itself() -> None:
    """Neither at once nor through another one."""
    model = Sequential([Input((5,)), layers.Dense(5)])
    with pytest.raises(ArgumentError, match="cannot be a layer of itself"):
        model.add(model)


def test_a_wrong_shape_names_the_inner_model() -> None:
    """What it was made for, and what came."""
    inner = Sequential([Input((5,)), layers.Dense(3)], name="inner")
    with pytest.raises(PellucidError, match=r'Sequential "inner" was made for inputs of \(5,\), got \(4,\)'):
        inner(Input((4,)))


def test_open_sizes_inside_known_ones() -> None:
    """The inner model takes any size, the outer one says which; both run."""
    inner = Sequential([Input((None, None, 1)), layers.Conv2D(2, 3)], name="inner")
    x = Input((8, 8, 1))
    outer = Model(x, inner(x))
    assert outer.output_shape == (None, 6, 6, 2)
    assert inner.output_shape == (None, None, None, 2)
    assert outer.predict(IMAGES).shape == (4, 6, 6, 2)
    assert inner.predict(np.ones((2, 5, 7, 1), np.float32)).shape == (2, 3, 5, 2)


def test_tuples_are_lists() -> None:
    """Where several tensors or arrays are named."""
    a, b = Input((5,), name="a"), Input((5,), name="b")
    model = Model((a, b), layers.Add()((a, b)))
    rows = np.ones((3, 5), np.float32)
    np.testing.assert_array_equal(model.predict((rows, rows)), model.predict([rows, rows]))


def test_an_input_that_nothing_depends_on() -> None:
    """It must be given all the same."""
    a, b = Input((5,), name="a"), Input((5,), name="b")
    model = Model([a, b], layers.Dense(2)(a))
    model.compile("sgd", "mse")
    rows = np.ones((3, 5), np.float32)
    model.fit([rows, rows], np.ones((3, 2)), verbose=0)
    with pytest.raises(PellucidError, match="expects 2 inputs"):
        model.predict(rows)


def test_an_output_without_a_loss_needs_no_targets() -> None:
    """As None in a list, or left out of a dictionary."""
    x = Input((5,))
    model = Model(x, [layers.Dense(3, name="a")(x), layers.Dense(3, name="b")(x)])
    model.compile("sgd", loss=["mse", None])
    rows, y = np.ones((4, 5), np.float32), np.zeros((4, 3))
    before = model.get_layer("b").get_weights()
    for targets in ([y, None], {"a": y}):
        assert model.fit(rows, targets, verbose=0).history["loss"][0] > 0
    assert all(map(np.array_equal, before, model.get_layer("b").get_weights()))


def test_interrupted_between_models() -> None:
    """Ctrl-C ends training of a nested model after the batch; the inner model keeps what was learned."""

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if batch == 1:
                raise KeyboardInterrupt

    inner = Sequential([Input((5,)), layers.Dense(5)], name="inner")
    outer = Sequential([inner, layers.Dense(1)])
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    rows = np.ones((8, 5), np.float32)
    with pytest.raises(KeyboardInterrupt):
        outer.fit(rows, np.zeros((8, 1)), batch_size=2, epochs=3, verbose=0, callbacks=[Stop()])
    assert outer.history is not None and outer.history.interrupted
    assert not np.array_equal(before[0], inner.get_weights()[0])
    expected = inner.predict(rows) @ outer.layers[1].kernel.numpy() + outer.layers[1].bias.numpy()
    np.testing.assert_allclose(outer.predict(rows), expected, atol=1e-6)
