"""What scripts for Keras 1 and 2 lean on: what `fit` told callbacks, lists of weights, names of files, wrappers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from pellucid import (
    Input,
    Model,
    Sequential,
    activations,
    callbacks,
    layers,
    legacy,
    metrics,
    optimizers,
    set_random_seed,
    utils,
)
from pellucid import backend as K
from pellucid.errors import ArgumentError
from pellucid.models import load_model
from pellucid.wrappers import KerasClassifier, KerasRegressor, SKLearnClassifier, SKLearnRegressor

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)


def dense(units: int = 1) -> Sequential:
    model = Sequential([layers.Input((4,)), layers.Dense(units, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


class Looking(callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append((self.validation_data, dict(self.params)))


def test_callbacks_find_the_validation_data_of_keras_2() -> None:
    """Samples, targets, weights; those of validation_split are the last ones. Today there are none, which is said."""
    with legacy.written_for(2):
        looking = Looking()
        dense().fit(X, Y, validation_data=(X[:8], Y[:8]), verbose=0, callbacks=[looking])
        ((x, y, weights), params) = looking.seen[0]
        assert x is X[:8].base or np.array_equal(x, X[:8])
        assert np.array_equal(y, Y[:8]) and weights.tolist() == [1.0] * 8
        assert {"loss", "val_loss"} <= set(params["metrics"]) and params["samples"] == 40 and params["do_validation"]
        dense().fit(X, Y, validation_split=0.25, verbose=0, callbacks=[looking])
        np.testing.assert_array_equal(looking.seen[1][0][0], X[30:])
    with pytest.raises(AttributeError, match="give it to yours when it is made"):
        dense().fit(X, Y, verbose=0, callbacks=[Looking()])
    own = Looking()
    own.validation_data = "mine"  # type: ignore[assignment]
    with legacy.written_for(2):
        dense().fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[own])
    assert own.seen[0][0] == "mine"


def test_layers_may_list_their_weights() -> None:
    class Scale(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.gamma, self.beta = K.variable(np.ones(4)), K.variable(np.zeros(4))
            self.trainable_weights, self.non_trainable_weights = [self.gamma], [self.beta]

        def call(self, x: Any) -> Any:
            return x * self.gamma + self.beta

    model = Sequential([layers.Input((4,)), Scale(), layers.Dense(1)])
    model.compile(optimizers.SGD(0.1), "mse")
    model.fit(X, Y, epochs=1, verbose=0)
    gamma, beta = model.layers[0].get_weights()
    assert (gamma != 1).all() and (beta == 0).all() and len(model.layers[0].trainable_weights) == 1


def test_the_name_of_a_weight_may_stand_first() -> None:
    class Gain(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight("gain", (4,), initializer="ones", trainable=True)

        def call(self, x: Any) -> Any:
            return x * self.gain

    with legacy.collected() as found:
        layer = Gain()
        layer(X)
    assert (layer.weights[0].name, layer.weights[0].shape) == ("gain", (4,))
    assert "name='gain'" in found[0].today and found[0].old.startswith("add_weight('gain'")


def test_metrics_begin_again_under_the_older_name() -> None:
    mean = metrics.Mean()
    mean.update_state([1.0, 3.0])
    with legacy.collected() as found:
        mean.reset_states()
    assert float(mean.result()) == 0.0 and found[0].today == "reset_state()"


def test_decay_is_a_number_beside_the_learning_rate() -> None:
    with legacy.written_for(2), legacy.collected():
        optimizer = optimizers.SGD(lr=0.5, decay=0.1)
        assert (float(optimizer.lr), optimizer.decay, optimizers.SGD(0.1).decay) == (0.5, 0.1, 0.0)
    assert not hasattr(optimizers.SGD(0.1), "decay")


@pytest.mark.parametrize(("keras", "name"), [(2, "best_weights"), (3, "cp.ckpt"), (3, "deep/folder/cp-0003.ckpt")])
def test_weights_under_names_without_an_ending(keras: int, name: str, tmp_path: Path) -> None:
    model, other = dense(), dense()
    with legacy.written_for(keras), legacy.collected() as found:
        model.save_weights(tmp_path / name)
        other.load_weights(tmp_path / name)
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])
    assert found[0].today.endswith(".weights.h5')")
    with pytest.raises(ArgumentError, match="end in"):
        model.save_weights(tmp_path / "again")


@pytest.mark.parametrize("keras", [2, 3])
def test_models_under_names_without_an_ending(keras: int, tmp_path: Path) -> None:
    model = dense()
    with legacy.written_for(keras), legacy.collected():
        model.save(tmp_path / "my_model")
        found = load_model(tmp_path / "my_model")
    np.testing.assert_array_equal(model.predict(X, verbose=0), found.predict(X, verbose=0))
    with legacy.collected():
        checkpoint = callbacks.ModelCheckpoint(str(tmp_path / "cp-{epoch:04d}.ckpt"), save_weights_only=True)
        model.fit(X, Y, verbose=0, callbacks=[checkpoint])
    assert (tmp_path / "cp-0001.ckpt").exists()


def test_an_activation_that_is_the_one_of_its_name_can_be_saved() -> None:
    def swish(x: Any) -> Any:
        return x * K.sigmoid(x)

    def relu(x: Any) -> Any:
        return x * 2.0

    assert activations.serialize(swish) == "swish"
    with pytest.raises(ArgumentError, match="no name of its own"):
        activations.serialize(relu)


def test_merging_by_a_function() -> None:
    a, b = Input((4,)), Input((4,))
    with legacy.collected() as found:
        difference = layers.merge([a, b], mode=lambda row: row[0] - row[1], output_shape=(4,))
    np.testing.assert_allclose(Model([a, b], difference).predict([X, X * 3], verbose=0), -2 * X, rtol=1e-6)
    assert found[0].today == "Lambda(function)(inputs)"
    with pytest.raises(ArgumentError, match="output_shape"):
        layers.merge([a, b], mode="sum", output_shape=(4,))


def build(units: int = 4, rate: float = 0.05) -> Sequential:
    model = Sequential(
        [layers.Input((4,)), layers.Dense(units, activation="relu"), layers.Dense(2, activation="softmax")]
    )
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_classifiers_for_scikit_learn() -> None:
    """Cloned, searched through, scored as scikit-learn scores; classes keep their names."""
    set_random_seed(0)
    names = np.where(Y > 0, "warm", "cold")
    classifier = KerasClassifier(build_fn=build, epochs=1, batch_size=8, verbose=0)
    assert clone(classifier).get_params()["batch_size"] == 8
    search = GridSearchCV(classifier, {"epochs": [1, 25]}, cv=2).fit(X, names)
    assert search.best_params_ == {"epochs": 25} and search.best_score_ > 0.6
    assert set(search.predict(X)) == {"cold", "warm"} and search.predict_proba(X).shape == (40, 2)
    best = search.best_estimator_
    assert best.score(X, names) == np.mean(best.predict(X) == names)
    with pytest.raises(ArgumentError, match="layers is an argument of neither"):
        KerasClassifier(build, layers=3)
    with pytest.raises(ArgumentError, match="needs build_fn"):
        KerasClassifier()
    with pytest.raises(ValueError, match="fit comes before"):
        classifier.predict(X)


def test_regressors_and_todays_wrappers() -> None:
    def line(x: Any = None, y: Any = None) -> Sequential:
        model = Sequential([layers.Input((4,)), layers.Dense(1)])
        model.compile(optimizers.Adam(0.1), "mse")
        return model

    regressor = KerasRegressor(line, epochs=30, verbose=0)
    regressor.fit(X, X[:, 1])
    assert regressor.score(X, X[:, 1]) == pytest.approx(-np.mean((regressor.predict(X) - X[:, 1]) ** 2), rel=1e-4)
    today = SKLearnRegressor(line(), fit_kwargs={"epochs": 30}).fit(X, X[:, 1])
    error = np.mean((today.predict(X) - X[:, 1]) ** 2)
    assert today.score(X, X[:, 1]) == pytest.approx(1 - error / X[:, 1].var(), rel=1e-4)

    def one_hot(x: Any, y: Any, units: int = 4) -> Sequential:
        model = build(units)
        model.compile(optimizers.Adam(0.05), "categorical_crossentropy")
        assert y.shape == (len(x), 2)
        return model

    set_random_seed(0)
    search = GridSearchCV(SKLearnClassifier(one_hot), {"fit_kwargs__epochs": [1, 25]}, cv=2).fit(
        X, np.where(Y > 0, "b", "a")
    )
    assert search.best_params_ == {"fit_kwargs__epochs": 25}
    with pytest.raises(ArgumentError, match="compile the model"):
        SKLearnRegressor(Sequential([layers.Dense(1)])).fit(X, Y)


def test_a_line_of_progress_shows_means(capsys: pytest.CaptureFixture[str]) -> None:
    """Weighed by the steps since the last call, but for what is told as it stands."""
    bar = utils.Progbar(4, stateful_metrics=["last"])
    bar.update(1, [("loss", 4.0), ("last", 1.0)])
    bar.add(3, [("loss", 0.0), ("last", 7.0)])
    out = capsys.readouterr().out
    assert out.startswith("4/4 - ") and out.endswith("last: 7.0000 - loss: 1.0000\n")
    with pytest.raises(ArgumentError, match="pairs"):
        bar.update(4, [3.0])  # type: ignore[list-item]


def test_windows_of_a_series() -> None:
    series = np.arange(12.0)
    windows = list(utils.timeseries_dataset_from_array(series, series[4:], 3, 2, 2, batch_size=2, start_index=1))
    assert [x.tolist() for x, _ in windows] == [[[1, 3, 5], [3, 5, 7]], [[5, 7, 9], [7, 9, 11]]]
    assert [y.tolist() for _, y in windows] == [[5, 7], [9, 11]]
    assert [x.tolist() for x in utils.timeseries_dataset_from_array(series[:4], None, 3, batch_size=None)] == [
        [0, 1, 2],
        [1, 2, 3],
    ]
    with pytest.raises(ArgumentError, match="no window"):
        utils.timeseries_dataset_from_array(series, None, 13)
