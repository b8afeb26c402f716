"""`fit`, `evaluate` and `predict` on what batches come from: the numbers of arrays, and what is said of mistakes."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from pellucid import Input, Model, Sequential, callbacks, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.utils import PyDataset, Sequence

RANDOM = np.random.default_rng(4)
X, Y = RANDOM.normal(size=(24, 3)).astype(np.float32), RANDOM.normal(size=(24, 2)).astype(np.float32)
WEIGHT = RANDOM.uniform(0, 2, 24).astype(np.float32)
KERNEL = RANDOM.normal(size=(3, 2)).astype(np.float32)
SIZE = 5  # the last batch has four


def _model() -> Any:
    model = Sequential([Input((3,)), layers.Dense(2, weights=[KERNEL, np.zeros(2)], name="out")], name="net", seed=2)
    model.compile("sgd", "mse", metrics=["mse"], weighted_metrics=["mse"])
    return model


def _parts() -> Iterator[Any]:
    for start in range(0, 24, SIZE):
        yield tuple(array[start : start + SIZE] for array in (X, Y, WEIGHT))


def _without_end() -> Iterator[Any]:
    while True:
        yield from _parts()


class Parts(PyDataset):
    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> Any:
        return list(_parts())[index]


class Again:
    """Can be gone through again, and does not say how long it is."""

    def __iter__(self) -> Iterator[Any]:
        return _parts()


class TensorFlows:
    """What a tf.data.Dataset can."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("tensors of TensorFlow are not asked for")

    def as_numpy_iterator(self) -> Iterator[Any]:
        return _parts()

    def __len__(self) -> int:
        raise TypeError("the data set is infinite")


class Table:
    """What a data set of Hugging Face can."""

    def __init__(self, **columns: np.ndarray) -> None:
        self.columns = columns

    column_names = property(lambda self: list(self.columns))

    def with_format(self, form: str) -> Table:
        return self

    def __len__(self) -> int:
        return 24

    def __getitem__(self, rows: Any) -> dict[str, np.ndarray]:
        return {name: column[rows] for name, column in self.columns.items()}

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("single rows are not asked for")


def _loader() -> Any:
    data = torch.utils.data.TensorDataset(*map(torch.tensor, (X, Y, WEIGHT)))
    return torch.utils.data.DataLoader(data, batch_size=SIZE)


SOURCES: dict[str, Callable[[], Any]] = {
    "a PyDataset": Parts,
    "one with workers": lambda: Parts(workers=2),
    "a loader of PyTorch": _loader,
    "what can be gone through again": Again,
    "a data set of TensorFlow": TensorFlows,
    "a generator without an end": _without_end,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_the_numbers_of_arrays(kind: str) -> None:
    """Weights to the bit, histories too, with validation on such data and a last batch that is smaller."""
    ours, arrays, steps = _model(), _model(), 5 if kind.startswith("a generator") else None
    make = SOURCES[kind]
    settings = {"epochs": 3, "shuffle": False, "verbose": 0}
    with warnings.catch_warnings(action="error"):
        mine = ours.fit(make(), validation_data=make(), steps_per_epoch=steps, validation_steps=steps, **settings)
    with warnings.catch_warnings(action="ignore"):  # the validation data are the training data
        theirs = arrays.fit(X, Y, batch_size=SIZE, sample_weight=WEIGHT, validation_data=(X, Y, WEIGHT), **settings)
    assert mine.history == theirs.history
    assert list(mine.history) == [f"{of}{name}" for of in ("", "val_") for name in ("loss", "mse", "weighted_mse")]
    assert all(map(np.array_equal, ours.get_weights(), arrays.get_weights()))
    told = ours.evaluate(make(), steps=steps, verbose=0)
    assert told == arrays.evaluate(X, Y, batch_size=SIZE, sample_weight=WEIGHT, verbose=0)
    np.testing.assert_array_equal(ours.predict(make(), steps=steps), arrays.predict(X, batch_size=SIZE))


class Capturing(callbacks.Callback):
    """Takes the record of the training after batch 1 of epoch 1, and ends it there."""

    comes_last = True
    state: Any = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.model.stepper.position == (1, 2):
            self.state, self.model.stop_training = self.model.stepper.capture(), True


@pytest.mark.parametrize("steps", [None, 3])
@pytest.mark.parametrize("kind", ["a PyDataset", "one with workers", "a loader of PyTorch", "arrays"])
def test_an_epoch_goes_on_in_its_middle(kind: str, steps: int | None) -> None:
    """Where a training was ended, and with steps of its own too; weights and history as if nothing had happened."""

    def fit(model: Any, first: int = 0, told: Any = ()) -> Any:
        given = {"x": X, "y": Y, "batch_size": 5} if kind == "arrays" else {"x": SOURCES[kind]()}
        with warnings.catch_warnings(action="ignore"):
            return model.fit(
                **given, epochs=4, steps_per_epoch=steps, initial_epoch=first, callbacks=list(told), verbose=0
            )

    whole, ended, resumed = _model(), _model(), _model()
    expected, watcher = fit(whole).history, Capturing()
    fit(ended, told=[watcher])
    resumed.stepper.restore(watcher.state)
    fit(resumed, 1)
    assert all(map(np.array_equal, resumed.get_weights(), whole.get_weights()))
    assert resumed.history.history["loss"][-3:] == expected["loss"][-3:]


def test_what_cannot_go_on_in_the_middle_of_an_epoch_says_so() -> None:
    model, watcher = _model(), Capturing()
    model.fit(_without_end(), epochs=3, steps_per_epoch=3, callbacks=[watcher], verbose=0)
    model.stepper.restore(watcher.state)
    with pytest.raises(ArgumentError, match="stopped before batch 3 of an epoch, but generator cannot begin there"):
        model.fit(_without_end(), epochs=3, initial_epoch=1, steps_per_epoch=3, verbose=0)


def test_a_table() -> None:
    """Rows in batches of a size, shuffled as arrays are; columns by the names of the ends, or one called label."""
    arrays = _model().fit(X, Y, batch_size=7, epochs=2, verbose=0)
    for columns in ({"picture": X, "label": Y}, {"input_x": X, "out": Y}):
        model = Sequential(
            [Input((3,), name="input_x"), layers.Dense(2, weights=[KERNEL, np.zeros(2)], name="out")], seed=2
        )
        model.compile("sgd", "mse", metrics=["mse"], weighted_metrics=["mse"])
        mine = model.fit(Table(**columns), batch_size=7, epochs=2, verbose=0)
        assert mine.history == arrays.history and mine.params["steps"] == 4
        np.testing.assert_array_equal(model.predict(Table(**columns)), model.predict(X))
    with pytest.raises(DataError, match="which of them are inputs and which targets is not clear"):
        _model().fit(Table(a=X, b=X, label=Y), verbose=0)


def test_a_finite_generator_ends_the_training() -> None:
    model = _model()
    with pytest.warns(UserWarning, match="net: the data ran out after epoch 1: they can be gone through once"):
        history = model.fit(_parts(), epochs=3, verbose=0)
    assert history.epoch == [0] and history.params["steps"] is None
    with pytest.warns(UserWarning) as heard:
        history = model.fit(_parts(), epochs=3, steps_per_epoch=3, verbose=0)
    assert history.epoch == [0, 1]
    assert "the data ran out: 2 of the 3 steps that were asked for could be made" in str(heard[0].message)
    with pytest.warns(UserWarning, match="the validation data ran out before epoch 2"):
        history = model.fit(X, Y, epochs=2, validation_data=_parts(), verbose=0)
    assert len(history.history["loss"]) == 2 and len(history.history["val_loss"]) == 1


@pytest.mark.parametrize("use", ["fit", "evaluate", "predict"])
def test_no_batch_at_all(use: str) -> None:
    options = {} if use == "predict" else {"verbose": 0}
    with pytest.raises(DataError, match="no batch"):
        getattr(_model(), use)(iter([]), **options)


def test_a_model_is_built_for_the_first_batch_and_no_batch_is_lost() -> None:
    model = Sequential([layers.Dense(2)])
    model.compile("sgd", "mse")
    seen: list[int] = []
    tell = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit(_parts(), verbose=0, callbacks=[tell])
    assert seen == [0, 1, 2, 3, 4]
    assert Sequential([layers.Dense(4)]).predict(part[0] for part in _parts()).shape == (24, 4)


def test_several_inputs_and_outputs_in_batches() -> None:
    """Arranged as for arrays, in dictionaries too; weights for each output."""
    a, b = Input((3,), name="a"), Input((3,), name="b")
    dense = layers.Dense(2, weights=[KERNEL, np.zeros(2)])
    ends = {"p": dense(a), "q": dense(b)}

    def model() -> Any:
        made = Model({"a": a, "b": b}, ends)
        made.compile("sgd", "mse")
        return made

    y = {"p": Y, "q": Y}
    arrays = model().evaluate({"a": X, "b": X}, y, sample_weight={"p": WEIGHT, "q": WEIGHT}, verbose=0)
    batch = {"a": X, "b": X}, y, {"p": WEIGHT, "q": WEIGHT}
    assert model().evaluate(iter([batch]), verbose=0) == arrays
    assert model().predict(iter([batch]))["p"].shape == (24, 2)
    with pytest.raises(ArgumentError, match="class_weight of a model with 2 outputs is a list of 2"):
        model().fit(iter([batch]), class_weight={0: 1.0}, verbose=0)


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "labels that are none": (
        lambda m: m.fit(iter([(X, Y), (X, np.full_like(Y, np.nan))]), verbose=0),
        "target nan at index (0, 0) is not a finite 32-bit number (48 of 48 are not); remove or repair these samples "
        "(in batch 1, counted from 0)",
    ),
    "another shape": (
        lambda m: m.predict(iter([X, X[:, :2]])),
        "net was built for samples of shape (3,), got an array of shape (24, 2); expected shape=(None, 3), found "
        "shape=(24, 2) (in batch 1, counted from 0)",
    ),
    "too many parts": (
        lambda m: m.evaluate(iter([(X, Y, WEIGHT, WEIGHT)]), verbose=0),
        "data are x, (x, y) or (x, y, sample_weight), got a tuple of 4 (in batch 0, counted from 0)",
    ),
    "targets besides": (
        lambda m: m.fit(_parts(), Y),
        "when x is a generator, its batches are (x, y) or (x, y, sample_weight): y is taken from them, leave y out",
    ),
    "weights besides": (
        lambda m: m.evaluate(Parts(), sample_weight=WEIGHT),
        "when x is a Parts, its batches are (x, y) or (x, y, sample_weight): sample_weight is taken from them, leave "
        "sample_weight out",
    ),
    "a part held back": (
        lambda m: m.fit(_parts(), validation_split=0.5),
        "net: validation_split takes the last part of arrays, but x is a generator; give validation_data",
    ),
    "a function": (
        lambda m: m.fit(_parts, verbose=0),
        "x is a function: call it, as in _parts(), if batches come from what it gives",
    ),
    "single samples": (
        lambda m: m.predict(torch.utils.data.TensorDataset(torch.tensor(X))),
        "x is a TensorDataset, which has single samples: make batches of it, as PyTorch's DataLoader(dataset, "
        "batch_size=32) does",
    ),
    "outputs that make no array": (
        lambda m: Sequential([Input((None, 1)), layers.Conv1D(1, 1)], name="net").predict(
            iter([np.zeros((2, 4, 1)), np.zeros((2, 5, 1))])
        ),
        "net: the batches give outputs of different shapes, (4, 1), (5, 1), which make no one array; call "
        "predict_on_batch for each",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    use, message = WRONG[case]
    with pytest.raises((ArgumentError, DataError)) as caught:
        use(_model())
    assert str(caught.value) == message


def test_a_batch_size_means_nothing_then() -> None:
    with pytest.warns(UserWarning, match="batch_size=3 has no meaning for a Parts, whose batches come as they are"):
        _model().fit(Parts(), batch_size=3, verbose=0)


@pytest.mark.parametrize("workers", [1, 3])
def test_errors_of_the_users_own_come_out_with_their_place(workers: int) -> None:
    class Broken(Parts):
        def __getitem__(self, index: int) -> Any:
            if index == 3:
                return X / self.missing
            return super().__getitem__(index)

    with pytest.raises(AttributeError, match="missing") as caught:
        _model().fit(Broken(workers=workers), shuffle=False, verbose=0)
    assert "return X / self.missing" in "".join(traceback.format_exception(caught.value))


def test_words_of_keras_2() -> None:
    """`fit_generator` and its like, with their arguments; Keras 1 counted samples."""
    assert Sequence is PyDataset
    model, today = _model(), _model()
    with pytest.warns(UserWarning, match=r"fit_generator\(generator, ...\) is an older spelling"):
        old = model.fit_generator(_without_end(), steps_per_epoch=5, nb_epoch=2, verbose=0, workers=2, max_q_size=3)
    assert old.history == today.fit(_without_end(), steps_per_epoch=5, epochs=2, verbose=0).history
    with pytest.warns(UserWarning, match="older spelling"):
        assert model.evaluate_generator(Parts()) == model.evaluate(Parts(), verbose=0)
        assert model.predict_generator(_without_end(), 2, max_queue_size=2).shape == (10, 2)
        assert model.train_on_batch(X, Y, reset_metrics=True, return_dict=True)["loss"] > 0
    with pytest.raises(ArgumentError, match="reset_metrics=False cannot be said today"):
        model.test_on_batch(X, Y, reset_metrics=False)


def test_callbacks_hear_of_several_batches_of_a_prediction_at_once() -> None:
    model, heard = _model(), []
    model.compile("sgd", "mse", steps_per_execution=3)
    tell = callbacks.LambdaCallback(
        on_predict_batch_begin=lambda batch, logs: heard.append(batch),
        on_predict_batch_end=lambda batch, logs: heard.append((batch, len(logs["outputs"]))),
    )
    for x in (X, Parts()):
        heard.clear()
        model.predict(x, batch_size=None if x is not X else SIZE, callbacks=[tell])
        assert heard == [0, (2, 15), 3, (4, 9)]
