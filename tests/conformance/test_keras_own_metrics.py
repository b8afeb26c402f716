"""Metrics of users' own, as the guides of Keras write them: the same class in both libraries tells the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import callbacks, layers, metrics, ops
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph
from pellucid.graph.ops import Input as GraphInput
from pellucid.metrics.traced import InGraph

RNG = np.random.default_rng(5)
X = RNG.normal(size=(37, 6)).astype(np.float32)
Y = (X.sum(1, keepdims=True) + RNG.normal(size=(37, 1)) > 0).astype(np.float32)


def _classes(library: Any) -> dict[str, Callable[[], Any]]:
    """How each is made; all take targets of 0 and 1 for one output."""
    m, ops = library.metrics, library.ops

    class BinaryTruePositives(m.Metric):
        """That of the guide, with a count of whole numbers and several results."""

        def __init__(self, name: str = "btp", **kwargs: Any) -> None:
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_variable(shape=(), initializer="zeros", name="tp")
            self.seen = self.add_weight(name="seen", shape=(), initializer="zeros", dtype="int32")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            y_true, y_pred = ops.cast(y_true, "bool"), ops.greater(y_pred, 0.5)
            values = ops.cast(ops.logical_and(ops.equal(y_true, True), ops.equal(y_pred, True)), self.dtype)
            if sample_weight is not None:
                sample_weight = ops.broadcast_to(ops.cast(sample_weight, self.dtype), ops.shape(values))
                values = ops.multiply(values, sample_weight)
            self.true_positives.assign(self.true_positives + ops.sum(values))
            self.seen.assign_add(ops.shape(y_true)[0])

        def result(self) -> Any:
            return {"tps": self.true_positives, "seen": self.seen}

        def reset_state(self) -> None:
            self.true_positives.assign(0)
            self.seen.assign(0)

    class F1(m.Metric):
        """Made of two others."""

        def __init__(self, name: str = "f1", **kwargs: Any) -> None:
            super().__init__(name=name, **kwargs)
            self.parts = {"precision": m.Precision(name="p"), "recall": m.Recall(name="r")}

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            for part in self.parts.values():
                part.update_state(y_true, y_pred, sample_weight)

        def result(self) -> Any:
            p, r = self.parts["precision"].result(), self.parts["recall"].result()
            return 2 * p * r / (p + r + 1e-7)

        def reset_state(self) -> None:
            for part in self.parts.values():
                part.reset_state()

    class Least(m.Metric):
        """No sum: what it keeps is not added to, and does not begin at 0."""

        def __init__(self) -> None:
            super().__init__(name="least")
            self.least = self.add_variable((), "ones", name="least")

        def update_state(self, y_true: Any, y_pred: Any) -> None:
            self.least.assign(ops.minimum(self.least, ops.min(y_pred)))

        def result(self) -> Any:
            return self.least.value

        def reset_state(self) -> None:
            self.least.assign(1.0)

    class AbsoluteError(m.Mean):
        """Of the library's mean, with targets."""

        def __init__(self, name: str = "error") -> None:
            super().__init__(name=name)

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            super().update_state(ops.mean(ops.abs(y_true - y_pred), axis=-1), sample_weight)

    class Percent(m.BinaryAccuracy):
        """Tells otherwise."""

        def result(self) -> Any:
            return super().result() * 100

    class LateSums(m.Metric):
        """Makes its variable when it sees the first batch."""

        def __init__(self) -> None:
            super().__init__(name="late")
            self.made = False

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            if not self.made:
                self.sums = self.add_weight(shape=(y_pred.shape[-1],), initializer="zeros", name="sums")
                self.made = True
            self.sums.assign_add(ops.sum(y_pred, axis=0))

        def result(self) -> Any:
            return ops.sum(self.sums)

    made = (BinaryTruePositives, F1, Least, AbsoluteError, lambda: Percent(name="percent"), LateSums)
    return {each().name: each for each in made}


NAMES = ("btp", "f1", "least", "error", "percent", "late")


def _numbers(told: Any) -> dict[str, float]:
    return {key: float(value) for key, value in (told if isinstance(told, dict) else {"": told}).items()}


def _model(*told: Any) -> pellucid.Sequential:
    model = pellucid.Sequential([pellucid.Input((6,)), layers.Dense(1, activation="sigmoid")], seed=3)
    model.compile("sgd", "binary_crossentropy", metrics=list(told))
    return model


@pytest.mark.parametrize("name", NAMES)
def test_on_arrays_and_in_training(name: str) -> None:
    """Over batches of unequal size, from the beginning again in each epoch, and beside each other."""
    ours, theirs = _classes(pellucid)[name](), _classes(keras)[name]()
    model = _model(ours)
    p = np.array(model.predict(X, verbose=0))
    for cut in (slice(0, 16), slice(16, 37)):
        ours.update_state(Y[cut], p[cut])
        theirs.update_state(Y[cut], p[cut])
    expected = _numbers(theirs.result())
    assert _numbers(ours.result()) == pytest.approx(expected, rel=1e-5)
    assert [each.name for each in ours.variables] == [each.name for each in theirs.variables]
    assert [np.shape(each) for each in ours.variables] == [tuple(each.shape) for each in theirs.variables]
    told = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
    del told["loss"]
    named = {key or name: value for key, value in expected.items()}
    assert told == pytest.approx(named, rel=1e-5)
    history = model.fit(X, Y, batch_size=16, epochs=2, verbose=0, validation_data=(X, Y), shuffle=False).history
    assert {key: values[-1] for key, values in history.items() if key.startswith("val_")}.keys() >= {
        f"val_{key}" for key in named
    }
    again = model.evaluate(X, Y, batch_size=5, verbose=0, return_dict=True)
    assert {f"val_{key}": value for key, value in again.items()} == pytest.approx(
        {key: values[-1] for key, values in history.items() if key.startswith("val_")}, rel=1e-4
    )
    last = {key or name: value for key, value in _numbers(ours.result()).items()}
    assert last == pytest.approx({key: value for key, value in again.items() if key != "loss"}, rel=1e-5)


@pytest.mark.parametrize("name", ["f1", "least", "error", "percent"])
def test_without_a_state_of_its_own(name: str) -> None:
    """The functions that take and give what is kept, as in Keras."""
    p = RNG.uniform(size=(37, 1)).astype(np.float32)
    results = []
    for library in (pellucid, keras):
        metric = _classes(library)[name]()
        before = [np.array(each) for each in metric.variables]
        kept = metric.stateless_reset_state()
        for cut in (slice(0, 16), slice(16, 37)):
            kept = metric.stateless_update_state(kept, Y[cut], p[cut])
        results.append(_numbers(metric.stateless_result(kept)))
        for one, other in zip(before, metric.variables, strict=True):
            np.testing.assert_array_equal(one, np.array(other))
    assert results[0] == pytest.approx(results[1], rel=1e-5)


def _weighted(metric: metrics.Metric, p: np.ndarray, weight: np.ndarray) -> Any:
    """What it tells of two batches with weights, by graphs as of steps."""
    seen = InGraph(metric)
    shapes = seen.state((1, 1), (1, 1))
    kept = {name: np.zeros(shape) for name, shape in shapes.items()} | seen.first()
    for cut in (slice(0, 16), slice(16, 37)):
        graph = Graph()
        given = {"y": Y[cut], "p": p[cut], "w": weight[cut]}
        old = {name: graph.add(GraphInput(shape, f"kept {name}")) for name, shape in shapes.items()}
        graph.outputs = dict(seen.update(old, *(graph.add(GraphInput(a.shape, name)) for name, a in given.items())))
        before = {f"kept {name}": value for name, value in kept.items()}
        kept = ReferenceEngine().prepare(graph).run(given | before, {})
    return seen.read(kept)


@pytest.mark.parametrize("name", ["btp", "f1", "error", "percent"])
def test_with_weights_in_the_graph_of_a_step(name: str) -> None:
    """One for each sample, or one for each value."""
    p = RNG.uniform(size=(37, 1)).astype(np.float32)
    for weight in (RNG.uniform(size=(37, 1)), RNG.uniform(size=37)):
        if name == "btp" and weight.ndim == 1:
            continue  # its broadcast_to takes no such weights, in Keras neither
        theirs = _classes(keras)[name]()
        theirs.update_state(Y, p, weight.astype(np.float32).reshape(-1, 1) if name == "f1" else weight)
        told = _weighted(_classes(pellucid)[name](), p, weight)
        assert _numbers(told) == pytest.approx(_numbers(theirs.result()), rel=1e-5)
    with pytest.raises(ArgumentError, match=r"Least.update_state\(\) takes no sample_weight, which it is given here"):
        _weighted(_classes(pellucid)["least"](), p, np.ones(37))


@pytest.mark.parametrize("name", NAMES)
def test_beginning_again(name: str) -> None:
    """As if nothing had been seen."""
    metric, p = _classes(pellucid)[name](), RNG.uniform(size=(37, 1)).astype(np.float32)
    first = _numbers(metric(Y, p))
    metric.update_state(Y, 1.0 - p)
    metric.reset_state()
    assert _numbers(metric(Y, p)) == first


def test_a_run_goes_on_with_what_was_kept() -> None:
    """A record in the middle of an epoch holds it, whether it is a sum or not."""

    class Stopping(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                self.kept = self.model.stepper.capture()

    def compiled() -> pellucid.Sequential:
        classes = _classes(pellucid)
        return _model(*(classes[name]() for name in NAMES), "accuracy")

    whole, stopping = compiled(), Stopping()
    expected = whole.fit(X, Y, batch_size=8, verbose=0, callbacks=[stopping]).history
    other = compiled()
    other.stepper.restore(stopping.kept)
    assert other.fit(X, Y, batch_size=8, verbose=0, callbacks=[Stopping()]).history == expected


def _refused(metric: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        _model(metric).fit(X, Y, verbose=0)
    return str(caught.value)


def _of(update: Callable[..., Any], result: Any = lambda self: self.kept) -> metrics.Metric:
    """A metric with one variable."""

    class Own(metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="own")
            self.kept = self.add_variable((), "zeros", name="kept")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            update(self, y_true, y_pred)

    if result is not None:
        Own.result = result  # type: ignore[method-assign]
    return Own()


CANNOT_BE_EMITTED = {
    "a function of NumPy's": lambda self, y, p: self.kept.assign_add(np.abs(y - p).sum()),
    "a mean of NumPy's": lambda self, y, p: self.kept.assign_add(np.mean(p)),
    "an index of NumPy's": lambda self, y, p: self.kept.assign_add(float(np.argmax(p))),
    "values": lambda self, y, p: self.kept.assign_add(p.numpy().sum()),
    "a number": lambda self, y, p: self.kept.assign_add(float(ops.sum(p))),
    "its own values": lambda self, y, p: self.kept.assign(self.kept.numpy() + 1),
    "a choice": lambda self, y, p: self.kept.assign_add(1 if ops.sum(p) > 3 else 0),
}


@pytest.mark.parametrize("case", CANNOT_BE_EMITTED)
def test_what_needs_values_is_refused_before_training(case: str) -> None:
    """With the reason, and with what to write instead; on arrays it works, as in Keras."""
    message = _refused(_of(CANNOT_BE_EMITTED[case]))
    assert message.startswith("metric 'own': Own.update_state() cannot become a part of a step")
    assert "pellucid.ops" in message and "ops.where" in message


FUNCTIONS = {
    "NumPy": lambda y, p: np.abs(y - p),
    "values": lambda y, p: p.numpy(),
    "a choice": lambda y, p: p if ops.sum(p) > 0 else y,
    "a class by NumPy": lambda y, p: ops.cast(ops.equal(np.argmax(y, -1), np.argmax(p, -1)), "float32"),
    "nothing": lambda y, p: None,
    "one argument": lambda y: y,
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_that_need_values_are_refused(case: str) -> None:
    """As such metrics are."""
    assert _refused(FUNCTIONS[case]).startswith("metric 'lambda': lambda() ")


def test_what_else_cannot_be_right_is_refused() -> None:
    """Aloud."""
    assert "Own.result() is missing" in _refused(_of(CANNOT_BE_EMITTED["a choice"], None))
    foreign = pellucid.Variable(0.0, name="foreign")
    message = _refused(_of(lambda self, y, p: foreign.assign_add(ops.sum(p))))
    assert "changes variable 'foreign', which the metric does not keep" in message
    message = _refused(_of(lambda self, y, p: self.kept.assign(p)))
    assert "own/kept has shape (), got (1, 1)" in message
    with pytest.raises(ArgumentError, match="Own: numbers are float32, got dtype='complex64'"):
        _of(lambda self, y, p: None).add_variable((), "zeros", dtype="complex64")
    taken = _of(lambda self, y, p: self.kept.assign_add(1), lambda self: {"loss": self.kept})
    assert "metric 'own' tells of 'loss', a name that is taken" in _refused(taken)

    class Forgetful(metrics.Metric):
        def __init__(self) -> None:
            self.kept = self.add_variable((), "zeros")
            super().__init__()

    with pytest.raises(ArgumentError, match=r"Forgetful: call super\(\)\.__init__\(\) in __init__\(\) before"):
        Forgetful()


def test_a_count_that_stands_still_says_so() -> None:
    """Whole numbers are float32 in the graph."""

    class Many(metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="many")
            self.seen = self.add_weight(name="seen", dtype="int32")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.seen.assign_add(2.0**22 + 0.5)

        def result(self) -> Any:
            return self.seen

    assert _model(Many()).evaluate(X, Y, batch_size=37, verbose=0)[1] == 2**22, "its fraction is cut off"
    with pytest.warns(UserWarning, match=r"metric 'many': seen has reached 2\^24"):
        _model(Many()).evaluate(X, Y, batch_size=10, verbose=0)


def test_names_of_functions() -> None:
    """Their own; results of any shape are averaged over the samples, one number counts once for its batch."""

    def distance(y_true: Any, y_pred: Any) -> Any:
        return ops.abs(y_true - y_pred)

    model = _model(distance, lambda y, p: ops.mean(ops.abs(y - p)), metrics.binary_accuracy)
    told = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
    error = np.abs(Y - model.predict(X, verbose=0))
    batches = [error[cut].mean() for cut in (slice(0, 16), slice(16, 32), slice(32, 37))]
    assert list(told) == ["loss", "distance", "lambda", "binary_accuracy"]
    assert told["distance"] == pytest.approx(error.mean(), rel=1e-5)
    assert told["lambda"] == pytest.approx(np.mean(batches), rel=1e-5)
    assert metrics.get(distance).name == "distance" and metrics.get(distance, model.stepper.plan.objectives[0].loss)


def test_functions_stand_in_records_by_name() -> None:
    """Which both libraries write alike; whoever reads them has the function."""

    def distance(y_true: Any, y_pred: Any, power: float = 1.0) -> Any:
        return abs(y_true - y_pred) ** power

    own = {"distance": distance}
    for library in (pellucid, keras):
        made = library.metrics.MeanMetricWrapper(distance, name="squares", power=2.0)
        record = library.metrics.serialize(made)
        for reader in (pellucid, keras):
            back = reader.metrics.deserialize(record, custom_objects=own)
            assert back.name == "squares" and back.get_config()["power"] == 2.0
            assert float(back(Y[:3], np.full((3, 1), 3.0, np.float32))) == pytest.approx(np.mean((Y[:3] - 3.0) ** 2))
    assert metrics.serialize(metrics.get(distance)) == keras.metrics.serialize(distance)
    assert metrics.deserialize(keras.metrics.serialize(distance), own).name == "distance"
    with pytest.raises(ArgumentError, match="metric 'distance' is a function of your own: pass custom_objects"):
        metrics.deserialize(metrics.serialize(distance))


def test_a_model_with_metrics_of_ones_own_is_saved_and_loaded(tmp_path: Any) -> None:
    """Given the classes and functions again."""

    def distance(y_true: Any, y_pred: Any) -> Any:
        return ops.abs(y_true - y_pred)

    own = type(_classes(pellucid)["error"]())
    model = _model(own(), distance, metrics.AUC(num_thresholds=20, name="auc"))
    model.save(tmp_path / "model.keras")
    again = pellucid.load_model(tmp_path / "model.keras", custom_objects={"distance": distance, own.__name__: own})
    assert again.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
