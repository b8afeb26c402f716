"""What `fit`, `evaluate`, `predict` and `train_on_batch` mean: which samples, in which order, and what is told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, layers, optimizers
from pellucid.errors import ArgumentError

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]
Same = Callable[[object, object], bool]


def _loss_by_hand(model: Model, x: np.ndarray, y: np.ndarray) -> float:
    probabilities = model.predict(x, engine="reference")
    assert isinstance(probabilities, np.ndarray)
    return float(-np.log(probabilities[np.arange(len(y)), y]).mean())


def test_history_has_one_number_per_epoch(make_classifier: Make, data: Data) -> None:
    """Loss, metrics, and both of the validation data; it is also kept as `model.history`."""
    model = make_classifier(metrics=["accuracy"])
    history = model.fit(*data, epochs=3, batch_size=16, validation_split=0.2, verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(curve) == 3 and all(type(value) is float for value in curve) for curve in history.history.values())
    assert history.epoch == [0, 1, 2]
    assert history.params == {"epochs": 3, "steps": 3, "verbose": 0}
    assert history.model is model
    assert model.history is history
    assert history.interrupted is False


def test_it_learns(make_classifier: Make, data: Data) -> None:
    """The easy task is solved in a few epochs."""
    model = make_classifier(optimizers.Adam(0.02), ["accuracy"])
    history = model.fit(*data, epochs=15, verbose=0)
    assert history.history["loss"][-1] < 0.2 < history.history["loss"][0]
    results = model.evaluate(*data, verbose=0, return_dict=True)
    assert isinstance(results, dict)
    assert results["accuracy"] > 0.95


def test_validation_split_holds_back_the_last_part_before_shuffling(
    make_classifier: Make, data: Data, same_weights: Same
) -> None:
    """Training sees the first 40 alone, to the bit; the validation loss is that of the last 10."""
    (x, y), split = data, make_classifier()
    pellucid.set_random_seed(0)
    alone = make_classifier()
    assert same_weights(split, alone)
    history = split.fit(x, y, epochs=2, batch_size=8, validation_split=0.2, verbose=0)
    expected = alone.fit(x[:40], y[:40], epochs=2, batch_size=8, verbose=0)
    assert same_weights(split, alone)
    assert history.history["loss"] == expected.history["loss"]
    assert history.history["val_loss"][-1] == split.evaluate(x[40:], y[40:], batch_size=8, verbose=0)


def test_validation_data_win_over_the_split(make_classifier: Make, data: Data) -> None:
    """As in Keras; nothing is held back then."""
    (x, y), model = data, make_classifier()
    history = model.fit(x, y, batch_size=50, validation_data=(x[:7], y[:7]), validation_split=0.5, verbose=0)
    assert history.params["steps"] == 1
    assert history.history["val_loss"] == [model.evaluate(x[:7], y[:7], batch_size=50, verbose=0)]


def test_initial_epoch_continues_a_training(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """Three epochs, then up to the fifth: to the bit what five epochs give, momentum and shuffling included."""
    once = make_classifier()
    pellucid.set_random_seed(0)
    twice = make_classifier()
    whole = once.fit(*data, epochs=5, batch_size=16, verbose=0)
    first = twice.fit(*data, epochs=3, batch_size=16, verbose=0)
    second = twice.fit(*data, epochs=5, initial_epoch=3, batch_size=16, verbose=0)
    assert second.epoch == [3, 4]
    assert first.history["loss"] + second.history["loss"] == whole.history["loss"]
    assert same_weights(once, twice)


def test_no_epoch_is_left(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """An initial epoch that is not below `epochs` trains nothing and says so by an empty history."""
    model = make_classifier()
    before = model.get_weights()
    history = model.fit(*data, epochs=2, initial_epoch=2, verbose=0)
    assert (history.history, history.epoch) == ({}, [])
    assert same_weights(before, model)


@pytest.mark.parametrize("batch_size", [1, 7, 32, 49, 50, 51, 1000])
def test_means_are_weighted_by_batch_size(make_classifier: Make, data: Data, batch_size: int) -> None:
    """With a learning rate of 0 every epoch must tell the mean over all samples, whatever the batches."""
    (x, y), model = data, make_classifier(optimizers.SGD(0.0), ["accuracy"])
    history = model.fit(x, y, batch_size=batch_size, verbose=0)
    evaluated = model.evaluate(x, y, batch_size=batch_size, verbose=0)
    assert isinstance(evaluated, list)
    answers = model.predict(x)
    assert isinstance(answers, np.ndarray)
    expected = [_loss_by_hand(model, x, y), float((answers.argmax(-1) == y).mean())]
    assert [history.history["loss"][0], history.history["accuracy"][0]] == pytest.approx(expected, rel=1e-5)
    assert evaluated == pytest.approx(expected, rel=1e-5)


def test_a_batch_larger_than_the_data_is_one_step(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """To the bit what the exact size gives."""
    large = make_classifier()
    pellucid.set_random_seed(0)
    exact = make_classifier()
    large.fit(*data, batch_size=4096, epochs=2, verbose=0)
    exact.fit(*data, batch_size=50, epochs=2, verbose=0)
    assert same_weights(large, exact)


def test_without_shuffling_batches_come_in_order(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """To the bit what `train_on_batch` on one slice after the other gives."""
    fitted = make_classifier()
    pellucid.set_random_seed(0)
    stepped, (x, y) = make_classifier(), data
    fitted.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    for start in range(0, 50, 16):
        stepped.train_on_batch(x[start : start + 16], y[start : start + 16])
    assert same_weights(fitted, stepped)


def test_shuffling_differs_between_epochs_and_loses_no_sample(data: Data) -> None:
    """Each sample is a number of its own; the loss of a batch of one tells which came."""
    model = Sequential([Input((1,)), layers.Dense(1, use_bias=False, weights=[[[1.0]]])])
    model.compile(optimizers.SGD(0.0), "mse")
    seen: list[float] = []
    sums = pellucid.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    x = np.arange(1.0, 9.0)[:, None]
    model.fit(x, np.zeros(8), batch_size=1, epochs=2, verbose=0, callbacks=[sums])
    first, second = (np.diff(np.array(part) * np.arange(1, 9), prepend=0) for part in (seen[:8], seen[8:]))
    orders = [np.sqrt(np.maximum(part, 0)).round().astype(int).tolist() for part in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(1, 9))
    assert orders[0] != orders[1] != list(range(1, 9))


def test_train_on_batch_tells_the_loss_before_the_update(make_classifier: Make, data: Data) -> None:
    """As a number, as a list with metrics, or by name."""
    model, with_metrics = make_classifier("sgd"), make_classifier("sgd", ["accuracy"])
    expected = _loss_by_hand(model, *data)
    loss = model.train_on_batch(*data)
    assert isinstance(loss, float)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert _loss_by_hand(model, *data) < expected
    pair = with_metrics.train_on_batch(*data)
    assert isinstance(pair, list)
    assert len(pair) == 2
    by_name = with_metrics.train_on_batch(*data, return_dict=True)
    assert isinstance(by_name, dict)
    assert list(by_name) == ["loss", "accuracy"]


def test_evaluate_forms(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """A number without metrics, a list with them, a dictionary where asked for; nothing is trained."""
    plain, with_metrics = make_classifier(), make_classifier(metrics=["acc"])
    before = plain.get_weights()
    assert isinstance(plain.evaluate(*data, verbose=0), float)
    values = with_metrics.evaluate(*data, verbose=0)
    by_name = with_metrics.evaluate(*data, verbose=0, return_dict=True)
    assert isinstance(by_name, dict)
    assert by_name == dict(zip(["loss", "acc"], values, strict=True))  # type: ignore[arg-type]
    assert same_weights(before, plain)


def test_compiling_again_starts_the_optimizer_anew(make_classifier: Make, data: Data, same_weights: Same) -> None:
    """The weights stay; momentum and step count are forgotten."""
    trained, fresh = make_classifier("adam"), make_classifier("adam")
    trained.fit(*data, verbose=0, shuffle=False)
    fresh.set_weights(trained.get_weights())
    trained.compile("adam", "sparse_categorical_crossentropy")
    for model in (trained, fresh):
        model.fit(*data, verbose=0, shuffle=False)
    assert same_weights(trained, fresh)


@pytest.mark.parametrize("batch_size", [1, 3, 50, 10**6])
def test_predict_in_any_batch_size(make_classifier: Make, data: Data, batch_size: int) -> None:
    """The same answers in the same order."""
    model = make_classifier()
    np.testing.assert_allclose(model.predict(data[0], batch_size=batch_size), model.predict(data[0]), atol=1e-6)


def test_predict_needs_no_compile_and_evaluate_says_that_it_does(data: Data) -> None:
    """One sentence with the next step."""
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(3)], name="fresh")
    assert np.shape(model.predict(data[0])) == (50, 3)
    for call in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(ArgumentError, match=r"^fresh must be compiled first: model.compile\(optimizer=..., loss="):
            call(*data)


def test_several_inputs_and_outputs() -> None:
    """Inputs as a list or a tuple; outputs come as a list where there are several, one alone as an array."""
    x, z = Input((3,)), Input((2,))
    both = layers.Concatenate()([x, z])
    model = Model([x, z], [both, layers.Dense(4)(both)])
    a, b = np.ones((5, 3)), np.zeros((5, 2))
    for given in ([a, b], (a, b)):
        first, second = model.predict(given)
        np.testing.assert_array_equal(first, np.concatenate([a, b], axis=1))
        assert second.shape == (5, 4)
    one = Model([x, z], [both]).predict([a, b])
    assert np.array_equal(one, Model([x, z], both).predict([a, b])) and np.shape(one) == (5, 5)


@pytest.mark.parametrize("change", ["float64", "list", "int", "bool", "fortran", "read-only", "strided"])
def test_any_array_like_is_taken(make_classifier: Make, change: str, same_weights: Same) -> None:
    """Whatever holds the numbers, training gives the same bits, and the caller's arrays are left alone."""
    x, y = np.random.default_rng(1).integers(0, 2, (20, 6, 6, 1)).astype(np.float32), np.arange(20) % 3
    forms: dict[str, Any] = {
        "float64": x.astype(np.float64),
        "list": x.tolist(),
        "int": x.astype(np.int64),
        "bool": x.astype(bool),
        "fortran": np.asfortranarray(x),
        "read-only": np.frombuffer(x.tobytes(), np.float32).reshape(x.shape),
        "strided": np.repeat(x, 2, axis=2)[:, :, ::2],
    }
    usual = make_classifier()
    pellucid.set_random_seed(0)
    unusual, kept = make_classifier(), np.array(forms[change])
    usual.fit(x, y, epochs=2, verbose=0)
    unusual.fit(forms[change], y.tolist(), epochs=2, verbose=0)
    assert same_weights(usual, unusual)
    np.testing.assert_array_equal(np.array(forms[change]), kept)


def test_dropout_is_for_training_only(data: Data) -> None:
    """Prediction and evaluation are exact and repeatable; a training step sees a mask."""
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, "softmax")])
    model.compile(optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    losses = [model.evaluate(*data, verbose=0) for _ in range(2)]
    assert losses[0] == losses[1] == pytest.approx(_loss_by_hand(model, *data), rel=1e-5)
    trained = [model.train_on_batch(*data) for _ in range(3)]
    assert len({*trained, losses[0]}) == 4


def test_pixels_that_were_not_scaled(make_classifier: Make) -> None:
    """Values of 0..255 train, with a warning that says what would be better; scaled ones are silent."""
    x, y = np.random.default_rng(0).integers(0, 256, (20, 6, 6, 1)).astype(np.uint8), np.arange(20) % 3
    model = make_classifier()
    with pytest.warns(UserWarning, match=r"values reach 255: these look like pixels .* x / 255"):
        model.fit(x, y, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(x / 255, y, verbose=0)


def test_a_training_that_diverges(data: Data) -> None:
    """Is told once, with the epoch and the remedy; the history has the numbers as they are."""
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile(optimizers.SGD(1e30), "mse")
    with pytest.warns(UserWarning, match=r"the loss is (inf|nan) since epoch \d: .*; lower the learning rate") as told:
        history = model.fit(data[0], np.arange(50), epochs=5, verbose=0)
    assert len(told) == 1
    assert not np.isfinite(history.history["loss"][-1])


def test_what_is_printed(make_classifier: Make, data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing with verbose=0; which part is held back, and one plain line per epoch where the output is no terminal."""
    model = make_classifier(metrics=["accuracy"])
    model.fit(*data, verbose=0)
    model.evaluate(*data, verbose=0)
    model.predict(data[0])
    assert capsys.readouterr().out == ""
    number = r"\d\.\d{4}(e-\d\d)?"
    for verbose in (1, 2, "auto", True):
        model.fit(*data, epochs=2, verbose=verbose, validation_split=0.2)
        first, *lines = capsys.readouterr().out.splitlines()
        assert re.fullmatch(r"\w+: trains on the first \d+ samples, validates on the last \d+", first)
        assert len(lines) == 2
        assert "\r" not in "".join(lines)
        pattern = rf"Epoch 1/2 - 2/2 - \d+s - \d+(ms|us|s)/step - accuracy: {number} - loss: {number} - val_accuracy: "
        assert re.match(pattern, lines[0])
