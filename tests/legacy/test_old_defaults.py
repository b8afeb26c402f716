"""What calls left unsaid, as Keras 1 and 2 had it: held to their formulas, written down again in NumPy's float64."""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, initializers, layers, legacy, load_model, optimizers, utils
from pellucid.legacy import LegacyWarning, OldDefault, collected, written_for
from pellucid.legacy.recognition import recognise

Step = Callable[[np.ndarray, int], np.ndarray]


def rmsprop(epsilon: float) -> Step:
    sums = np.zeros(3)

    def step(g: np.ndarray, t: int) -> np.ndarray:
        sums[...] = 0.9 * sums + 0.1 * g**2
        return 0.001 * g / (np.sqrt(sums) + epsilon)

    return step


def adagrad(epsilon: float) -> Step:
    sums = np.zeros(3)

    def step(g: np.ndarray, t: int) -> np.ndarray:
        sums[...] += g**2
        return 0.01 * g / (np.sqrt(sums) + epsilon)

    return step


def adadelta(epsilon: float) -> Step:
    sums, moved = np.zeros(3), np.zeros(3)

    def step(g: np.ndarray, t: int) -> np.ndarray:
        sums[...] = 0.95 * sums + 0.05 * g**2
        update = g * np.sqrt(moved + epsilon) / np.sqrt(sums + epsilon)
        moved[...] = 0.95 * moved + 0.05 * update**2
        return update

    return step


def adamax(epsilon: float) -> Step:
    mean, largest = np.zeros(3), np.zeros(3)

    def step(g: np.ndarray, t: int) -> np.ndarray:
        mean[...] = 0.9 * mean + 0.1 * g
        largest[...] = np.maximum(0.999 * largest, abs(g))
        return 0.002 / (1 - 0.9**t) * mean / (largest + epsilon)

    return step


def nadam(epsilon: float) -> Step:
    mean, square, product = np.zeros(3), np.zeros(3), [1.0]

    def step(g: np.ndarray, t: int) -> np.ndarray:
        now, then = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * n)) for n in (t, t + 1))
        product[0] *= now
        mean[...] = 0.9 * mean + 0.1 * g
        square[...] = 0.999 * square + 0.001 * g**2
        ahead = (1 - now) * g / (1 - product[0]) + then * mean / (1 - product[0] * then)
        return 0.002 * ahead / (np.sqrt(square / (1 - 0.999**t)) + epsilon)

    return step


FORMULAS = {"rmsprop": rmsprop, "adagrad": adagrad, "adadelta": adadelta, "adamax": adamax, "nadam": nadam}


@pytest.mark.parametrize("keras", [1, 2])
@pytest.mark.parametrize("name", FORMULAS)
def test_an_optimiser_by_its_name_makes_that_kerass_steps(name: str, keras: int) -> None:
    """keras/optimizers.py of 1.2.2 and 2.2.4, along gradients beside which epsilon's place makes no difference."""
    with written_for(keras), collected():
        model = Sequential([layers.Dense(1, bias=False, input_shape=(3,), init="zero")])
        model.compile(name, "mse")
    factors, expected = np.array([1.0, -2.0, 0.1]), np.zeros(3)
    step = FORMULAS[name](1e-8 if keras == 1 else 1e-7)
    for t in range(1, 11):
        target = float(t)
        gradient = 2 * (factors @ expected - target) * factors
        model.train_on_batch(factors[np.newaxis], np.array([[target]]))
        expected -= step(gradient, t)
    np.testing.assert_allclose(model.get_weights()[0][:, 0], expected, rtol=2e-5)


def test_accuracy_is_binary_beside_binary_crossentropy() -> None:
    """keras/engine/training.py of 2.2.4; today it asks for the largest of several outputs."""
    y = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    x = np.array([[3.0, -2.0, -1.0], [2.0, -3.0, 1.0]])  # 4 of 6 on the right side, no largest where the target's is

    def accuracy(keras: int) -> tuple[float, list[str]]:
        with written_for(keras), collected() as found:
            model = Sequential([layers.Activation("sigmoid", input_shape=(3,))])
            model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
            told = [each.then for each in found if isinstance(each, OldDefault)]
        return model.evaluate(x, y, verbose=0)[1], told

    assert accuracy(2) == (pytest.approx(4 / 6), ["binary_accuracy"])
    assert accuracy(3) == (pytest.approx(0.5), [])


def test_the_hard_sigmoid_was_steeper_at_its_ends() -> None:
    with written_for(2), collected():
        old = [layers.Activation("hard_sigmoid"), layers.Dense(1, activation="hard_sigmoid", init="one")]
    values = [float(np.asarray(layer(np.array([[1.0]]))).item()) for layer in old]
    assert values == pytest.approx([0.7, 0.7])
    assert float(np.asarray(layers.Activation("hard_sigmoid")(np.array([[1.0]]))).item()) == pytest.approx(2 / 3)


@pytest.mark.parametrize("keras", [1, 2, 3])
def test_penalties_of_outputs_were_those_of_the_whole_batch(keras: int) -> None:
    with written_for(keras), collected():
        model = Sequential([layers.Dense(2, activity_regularizer="l2", init="one", input_shape=(1,))])
        model.compile("sgd", "mse")
    x = np.array([[1.0], [2.0], [3.0]])
    outputs = x.repeat(2, axis=1)
    penalty = 0.01 * (outputs**2).sum() / (3 if keras == 3 else 1)
    assert model.evaluate(x, outputs, verbose=0) == pytest.approx(penalty, rel=1e-5)


@pytest.mark.parametrize("keras", [1, 2, 3])
def test_keras_2_took_the_variance_of_the_population(keras: int) -> None:
    """keras/layers/normalization.py of 2.2.4: times n / (n - 1 - epsilon), where n counts all but the channels."""
    x = np.random.default_rng(1).normal(size=(4, 3, 3, 2))
    with written_for(keras), collected():
        model = Sequential([layers.BatchNormalization(input_shape=(3, 3, 2), momentum=0.5)])
        model.compile("sgd", "mse")
    model.train_on_batch(x, x)
    count = 4 * 3 * 3
    factor = count / (count - 1.001) if keras == 2 else 1.0
    expected = 0.5 + 0.5 * x.var(axis=(0, 1, 2)) * factor
    np.testing.assert_allclose(model.get_weights()[3], expected, rtol=1e-5)


@pytest.mark.parametrize(("name", "deviation"), [("he_normal", (2 / 500) ** 0.5), ("glorot_normal", (2 / 1000) ** 0.5)])
def test_normal_draws_of_keras_1_were_not_cut_off(name: str, deviation: float) -> None:
    with written_for(1), collected():
        kernel = Sequential([layers.Dense(500, init=name, input_shape=(500,))]).get_weights()[0]
    assert kernel.std() == pytest.approx(deviation, rel=0.01)  # of 250,000 numbers: 7 standard errors
    assert abs(kernel).max() > 3.5 * deviation


def test_orthogonal_of_keras_1_was_larger() -> None:
    with written_for(1), collected():
        kernel = Sequential([layers.Dense(5, init="orthogonal", input_shape=(5,))]).get_weights()[0]
    np.testing.assert_allclose(kernel.T @ kernel, 1.21 * np.eye(5), atol=1e-5)
    assert isinstance(initializers.get("orthogonal"), initializers.Orthogonal)


def test_patience_of_keras_1() -> None:
    """keras/callbacks.py of 1.2.2: with patience 2 training ends at the third epoch that is no better."""
    x = np.ones((4, 1))

    def epochs(keras: int) -> int:
        with written_for(keras), collected():
            model = Sequential([layers.Dense(1, input_shape=(1,))])
            model.compile(optimizers.SGD(0.0), "mse")
            stop = callbacks.EarlyStopping(monitor="loss", patience=2)
            return len(model.fit(x, x, epochs=20, verbose=0, callbacks=[stop]).epoch)

    assert (epochs(1), epochs(2)) == (4, 3)


@pytest.mark.filterwarnings("ignore:.*all of its weights are frozen")
def test_reducing_on_a_plateau_in_keras_1() -> None:
    """The same there: one more is borne behind an improvement, and none behind a reduction."""
    x = np.ones((4, 1))

    def rates(keras: int) -> list[float]:
        with written_for(keras), collected():
            model = Sequential([layers.Lambda(lambda x: x * 0.0, input_shape=(1,)), layers.Dense(1, trainable=False)])
            model.compile(optimizers.SGD(1.0), "mse")
            slower = callbacks.ReduceLROnPlateau(monitor="loss", patience=2, factor=0.5)
            return model.fit(x, x, epochs=7, verbose=0, callbacks=[slower]).history["learning_rate"]

    assert rates(2) == [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    assert rates(1) == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25]


def test_fit_of_keras_1_made_ten_epochs() -> None:
    with written_for(1), collected():
        model = Sequential([layers.Dense(1, input_shape=(1,))])
        model.compile("sgd", "mse")
        assert len(model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0).epoch) == 10


TEXTS = {
    "from keras.layers import Dense\nDense(output_dim=3)": 1,
    "from keras.layers import Convolution2D\nConvolution2D(8, 3, 3)": 1,
    "from keras.layers import merge\nmodel.fit(x, y, nb_epoch=3)": 1,
    "import keras\nmodel.fit(x, y, nb_epoch=3)\nmodel.fit(x, y, epochs=3)": 2,
    "from __future__ import print_function\nimport keras\nkeras.optimizers.Adadelta()": 2,
    "from keras.optimizers import SGD\nSGD(lr=0.1)": 2,
    "from keras.layers.core import Dense": 2,
    "from tensorflow.keras.optimizers import SGD\nSGD(lr=0.1)": 3,
    "from keras import layers, ops\nlayers.Conv2D(8, 3, 2)": 3,
    "from __future__ import print_function\nimport keras\nkeras.layers.RandomFlip()": 3,
    "import keras\nkeras.random.normal((2,))": 3,
    "import numpy as np\nimport keras\nnp.random.normal((2,))": None,
    "from __future__ import print_function\nimport numpy": None,
    "import keras\nkeras.layers.Dense(3, input_dim=2)": None,
}


@pytest.mark.parametrize(("text", "keras"), TEXTS.items())
def test_for_which_keras_a_text_was_written(text: str, keras: int | None) -> None:
    assert recognise(ast.parse(text)).keras == keras


def test_a_default_that_changed_is_warned_of_beside_old_words() -> None:
    """Without `pellucid run` nothing is guessed; a file without old words hears nothing."""

    def heard(text: str) -> list[str]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            exec(compile(text, "tutorial.py", "exec"), {"__name__": "tutorial"})
        return [str(each.message) for each in found if each.category is LegacyWarning]

    model = "from pellucid import Sequential, layers\nmodel = Sequential([layers.Dense({}, input_shape=(1,))])\n"
    compiled = "model.compile('adadelta', 'mse')"
    assert heard(model.format("1") + compiled) == []
    told = heard(model.format("output_dim=1") + compiled)
    assert len(told) == 2 and "write learning_rate=1.0 for what it was then" in told[1]
    assert legacy.generation() is None


def test_a_rate_that_decays_can_be_set() -> None:
    """Up to Keras 2 `decay` stood beside the rate: lr / (1 + decay * steps), whatever the rate was set to."""
    x = np.ones((1, 1))
    with written_for(2), collected():
        model = Sequential([layers.Dense(1, init="zero", bias=False, input_shape=(1,))])
        model.compile(optimizers.SGD(lr=0.1, decay=0.5), "mse")
        model.train_on_batch(x, x)
        weight = 2 * 0.1
        assert float(model.optimizer.lr) == pytest.approx(0.1)
        model.optimizer.lr = 0.2
        model.train_on_batch(x, x)
        weight += 2 * (1 - weight) * 0.2 / 1.5
        rates = callbacks.LearningRateScheduler(lambda epoch: 0.3)
        model.fit(x, x, epochs=1, verbose=0, callbacks=[rates])
        weight += 2 * (1 - weight) * 0.3 / 2
    assert model.get_weights()[0].item() == pytest.approx(weight, rel=1e-5)


def test_what_is_frozen_after_compile_trains_on_in_that_model() -> None:
    """The discriminator of a GAN, as Keras 1 and 2 had it; in Keras 3 the next step heeds it."""

    def moved(keras: int) -> tuple[bool, bool, bool]:
        with written_for(keras), collected():
            critic = Sequential([layers.Dense(1, input_shape=(2,)), layers.BatchNormalization()])
            critic.compile("sgd", "mse")
            maker = Sequential([layers.Dense(2, input_shape=(1,))])
            critic.trainable = False
            both = Sequential([maker, critic])
            both.compile("sgd", "mse")
            x = np.array([[1.0, 2.0], [3.0, -1.0]])
            seen = [critic.get_weights()[0]]
            both.train_on_batch(np.ones((2, 1)), np.zeros((2, 1)))
            seen.append(critic.get_weights()[0])
            critic.train_on_batch(x, np.ones((2, 1)))
            seen.append(critic.get_weights()[0])
            critic.fit(x, np.ones((2, 1)), epochs=1, verbose=0)
            seen.append(critic.get_weights()[0])
        assert not critic.trainable
        by_both, by_itself, by_fit = (bool((a != b).any()) for a, b in itertools.pairwise(seen))
        return by_both, by_itself, by_fit

    assert moved(2) == (False, True, True)


@pytest.mark.parametrize("name", ["RMSprop", "Adagrad", "Adam", "Nadam", "Adadelta"])
def test_a_record_keeps_its_numbers(name: str, tmp_path: Path) -> None:
    """Saved and read in a script of Keras 2, epsilon is what it was: it was squared with every reading."""
    with written_for(2), collected():
        model = Sequential([Input((3,)), layers.Dense(2)])
        model.compile(getattr(optimizers, name)(), "mse")
        model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
        for kind in ("keras", "h5"):
            model.save(tmp_path / f"m.{kind}")
            again = load_model(tmp_path / f"m.{kind}")
            assert again.optimizer.get_config() == model.optimizer.get_config()
        copied = type(model.optimizer).from_config(model.optimizer.get_config())
        assert copied.get_config() == model.optimizer.get_config()


def test_epochs_of_generators_have_all_their_steps() -> None:
    """Batches by number went on from the beginning in Keras 1 and 2; Keras 3 gives every second epoch one batch."""
    from pellucid.data.sources.datasets import DatasetSource

    class Three:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> int:
            return number

    def make(raw: Any, number: int) -> Any:
        return raw

    for shuffle in (False, True):
        source = DatasetSource(Three(), make, shuffle=shuffle, steps=2, endless=True)
        epochs = [list(source.batches(epoch, seed=1)) for epoch in range(3)]
        assert [len(each) for each in epochs] == [2, 2, 2] and sorted(itertools.chain(*epochs)) == [0, 0, 1, 1, 2, 2]
        assert [source.turn(epoch) for epoch in range(4)] == [0, 0, 1, 2]
        assert list(source.batches(1, seed=1, start=1)) == epochs[1][1:]
    longer = DatasetSource(Three(), make, shuffle=False, steps=7, endless=True)
    assert list(longer.batches(0, seed=1)) == [0, 1, 2, 0, 1, 2, 0] and len(longer) == 7
    seen: list[int] = []

    class Batches(utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> Any:
            seen.append(number)
            return np.ones((2, 2), np.float32), np.ones((2, 1), np.float32)

    made = {}
    for keras in (2, 3):
        with legacy.written_for(keras), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = Sequential([layers.Dense(1, input_shape=(2,))])
            model.compile("sgd", "mse")
            model.fit(Batches(), steps_per_epoch=2, epochs=4, verbose=0)
            made[keras] = int(model.optimizer.iterations)
    assert made == {2: 8, 3: 6}
