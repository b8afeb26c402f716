"""Models as layers of models, built alike in Pellucid and Keras: files in all directions, and training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close
from networks import outputs

import pellucid

Library = Any
LIBRARIES = {"pellucid": pellucid, "keras": keras}
ROWS = np.random.default_rng(0).normal(size=(10, 5)).astype(np.float32)
TARGETS = np.random.default_rng(1).normal(size=(10, 3)).astype(np.float32)


def chain_in_network_in_chain(library: Library) -> Any:
    """The end of the inner network is an own output too."""
    k = library.layers
    inner = library.Sequential([library.Input((5,)), k.Dense(4, activation="relu"), k.Dense(3)], name="inner")
    x = library.Input((5,), name="x")
    middle = library.Model(x, k.Dense(2, name="narrow")(inner(x)), name="middle")
    return library.Sequential([library.Input((5,)), k.Dense(5), middle, k.Dense(1)])


def chain_first(library: Library) -> Any:
    """A chain begins with a model, which says the input shape."""
    k = library.layers
    inner = library.Sequential([library.Input((5,)), k.Dense(4, activation="tanh"), k.Dense(3)], name="inner")
    return library.Sequential([inner, k.Dense(1)])


def several_ends(library: Library) -> Any:
    """An inner network of two inputs and outputs, called twice; one of its results is an output of the outer one."""
    k = library.layers
    a, b = library.Input((5,), name="a"), library.Input((5,), name="b")
    inner = library.Model([a, b], [k.Dense(3)(k.Subtract()([a, b])), k.Dense(2)(a)], name="inner")
    x, z = library.Input((5,), name="x"), library.Input((5,), name="z")
    p, q = inner([x, z])
    r, s = inner([z, k.Dense(5)(x)])
    return library.Model([x, z], [k.Concatenate()([p, s]), k.Add()([q, s]), r])


def called_twice(library: Library) -> Any:
    """The outputs are different results of different calls of one network."""
    k, a, x = library.layers, library.Input((5,), name="a"), library.Input((5,), name="x")
    inner = library.Model(a, [k.Dense(3)(a), k.Dense(2)(a)], name="inner")
    _, first = inner(x)
    second, _ = inner(k.Dense(5)(x))
    return library.Model(x, [second, first, x])


def equal_names(library: Library) -> Any:
    """Layers of one name in different models."""
    k = library.layers
    first = library.Sequential([library.Input((5,)), k.Dense(4, name="dense")], name="first")
    second = library.Sequential([library.Input((4,)), k.Dense(4, name="dense")], name="second")
    return library.Sequential([library.Input((5,)), first, second, k.Dense(2, name="dense")])


def deep(library: Library) -> Any:
    """Twelve models, each inside the next."""
    k = library.layers
    model = library.Sequential([library.Input((5,)), k.Dense(5)], name="level0")
    for level in range(1, 12):
        model = library.Sequential([library.Input((5,)), model, k.Dense(5, activation="tanh")], name=f"level{level}")
    return model


def built_by_the_outer(library: Library) -> Any:
    """The inner chains learn their shapes from what they are called on."""
    k, x = library.layers, library.Input((5,), name="x")
    inner = library.Sequential([k.Dense(4), library.Sequential([k.Dense(3), k.Activation("tanh")])], name="inner")
    return library.Model(x, inner(x))


def all_layers_as_outputs(library: Library) -> Any:
    """A second model on the layers of a first one, as feature maps are drawn."""
    k = library.layers
    base = library.Sequential([library.Input((5,)), k.Dense(4), k.Dense(3, activation="relu"), k.Dense(2)])
    return library.Model(base.inputs, [layer.output for layer in base.layers])


def twice_the_same_output(library: Library) -> Any:
    """And the input itself."""
    x = library.Input((5,), name="x")
    y = library.layers.Dense(3)(x)
    return library.Model(x, [y, y, x])


def nothing_between(library: Library) -> Any:
    """The input is the output."""
    x = library.Input((5,), name="x")
    return library.Model(x, x)


NETWORKS = [
    chain_in_network_in_chain, chain_first, several_ends, called_twice, equal_names, deep, built_by_the_outer,
    all_layers_as_outputs, twice_the_same_output, nothing_between,
]  # fmt: skip


@pytest.mark.parametrize("loader", LIBRARIES)
@pytest.mark.parametrize("writer", LIBRARIES)
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_files(network: Any, writer: str, loader: str, tmp_path: Path) -> None:
    """Whoever writes, whoever reads: the same predictions, names, and weights in the same order."""
    model = network(LIBRARIES[writer])
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=np.shape(array)).astype(np.float32) * 0.5 for array in model.get_weights()])
    model.save(tmp_path / "nested.keras")
    load = pellucid.load_model if loader == "pellucid" else keras.models.load_model
    again = load(tmp_path / "nested.keras")
    x = [ROWS * (number + 1) for number in range(len(model.inputs))]
    x = x[0] if len(x) == 1 else x
    for mine, reference in zip(outputs(again, x), outputs(model, x), strict=True):
        check_close("nested models: files", mine, reference, 1e-5)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    for mine, reference in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)


class _Drawn:
    """A network by chance: layers, chains and networks in it, used once or several times; all tensors (batch, 4)."""

    def __init__(self, library: Library, seed: int) -> None:
        self.library, self.rng, self.count = library, np.random.default_rng(seed), 0

    def name(self, kind: str) -> str:
        """A name that comes once."""
        self.count += 1
        return f"{kind}{self.count}"

    def network(self, depth: int, inputs: int) -> Any:
        """A network with so many inputs and one or two outputs, in which models are nested to this depth."""
        k = self.library.layers
        begin = [self.library.Input((4,), name=self.name("in")) for _ in range(inputs)]
        tensors, parts = list(begin), []  # each part with the number of its inputs
        for _ in range(self.rng.integers(2, 7)):
            kind = self.rng.integers(0, 6)
            if kind == 0:
                parts.append((k.Dense(4, activation="tanh", name=self.name("dense")), 1))
            elif kind in (1, 2) and depth > 0:
                count = int(self.rng.integers(1, 3))
                parts.append((self.network(depth - 1, count), count))
            elif kind == 3 and depth > 0:
                chain = [k.Dense(4, name=self.name("unit")) for _ in range(self.rng.integers(1, 3))]
                given = [self.library.Input((4,))] if self.rng.integers(2) else []
                parts.append((self.library.Sequential([*given, *chain], name=self.name("chain")), 1))
            else:
                tensors.append(k.Subtract(name=self.name("minus"))([self.one_of(tensors), self.one_of(tensors)]))
                continue
            for part, count in (parts[-1], self.one_of(parts)):
                given = [self.one_of(tensors) for _ in range(count)]
                y = part(given if count > 1 else given[0])
                tensors += y if isinstance(y, list | tuple) else [y]
        ends = [tensors[-1], *([self.one_of(tensors)] if self.rng.integers(2) else [])]
        ends[0] = k.Add(name=self.name("all"))([ends[0], *begin])  # no input is left out
        return self.library.Model(
            begin if inputs > 1 else begin[0], ends if len(ends) > 1 else ends[0], name=self.name("net")
        )

    def one_of(self, items: list[Any]) -> Any:
        """Any of them."""
        return items[self.rng.integers(len(items))]


@pytest.mark.parametrize("seed", range(12))
def test_networks_by_chance(seed: int, tmp_path: Path) -> None:
    """Order of layers and weights, predictions, and files from either library to the other."""
    ours, theirs = (_Drawn(library, seed).network(2, 1 + seed % 2) for library in (pellucid, keras))
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=np.shape(array)) * 0.4 for array in ours.get_weights()]
    for model in (ours, theirs):
        model.set_weights(weights)
    x = [rng.normal(size=(3, 4)).astype(np.float32) for _ in ours.inputs]
    x = x[0] if len(x) == 1 else x
    expected = outputs(theirs, x)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    loaded = [pellucid.load_model(tmp_path / "theirs.keras"), keras.models.load_model(tmp_path / "ours.keras")]
    for model in (ours, *loaded):
        for mine, reference in zip(outputs(model, x), expected, strict=True):
            check_close("nested models: by chance", mine, reference, 1e-5)


def _normalised_twice(library: Library) -> Any:
    """One BatchNormalization, used twice in a step: its averages move twice."""
    k, x = library.layers, library.Input((5,), name="x")
    shared = k.BatchNormalization(momentum=0.5)
    return library.Model(x, k.Dense(3)(k.Add()([shared(x), shared(k.Dense(5)(x))])))


def _shared_part(library: Library) -> Any:
    """A chain with a penalty and a normalisation, used three times."""
    k, x = library.layers, library.Input((5,), name="x")
    layers = [k.Dense(5, kernel_regularizer="l2"), k.BatchNormalization(momentum=0.5)]
    part = library.Sequential([library.Input((5,)), *layers], name="part")
    return library.Model(x, k.Dense(3)(k.Add()([part(x), part(part(x))])))


def _frozen_part(library: Library) -> Any:
    """Neither its weights nor its averages move, and its penalty does not count."""
    k = library.layers
    layers = [k.Dense(5, kernel_regularizer="l2"), k.BatchNormalization(momentum=0.5)]
    part = library.Sequential([library.Input((5,)), *layers], name="part")
    part.trainable = False
    return library.Sequential([library.Input((5,)), part, k.Dense(3)])


def _frozen_layer(library: Library) -> Any:
    """One of two layers that share an input is frozen; the gradient passes through it."""
    k, x = library.layers, library.Input((5,), name="x")
    shared, frozen = k.Dense(5, name="shared"), k.Dense(5, name="frozen")
    frozen.trainable = False
    return library.Model(x, k.Dense(3)(k.Add()([shared(x), frozen(shared(x))])))


@pytest.mark.parametrize("network", [_normalised_twice, _shared_part, _frozen_part, _frozen_layer])
def test_training(network: Any) -> None:
    """Six steps of gradient descent: losses, weights, and an evaluation in uneven batches."""
    ours, theirs = network(pellucid), network(keras)
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    for _ in range(6):
        theirs.reset_metrics()
        mine, reference = ours.train_on_batch(ROWS, TARGETS), float(theirs.train_on_batch(ROWS, TARGETS))
        check_close("nested models: loss of a step", np.float64(mine) / reference, np.float64(1.0), 1e-4)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close("nested models: weights after training", mine, reference, 1e-4)
    mine, reference = (model.evaluate(ROWS, TARGETS, batch_size=4, verbose=0) for model in (ours, theirs))
    check_close("nested models: evaluation", np.float64(mine) / reference, np.float64(1.0), 1e-4)


def test_two_models_train_one_part_in_turns() -> None:
    """Each has an optimiser of its own; what one learns the other finds."""
    pairs = []
    for library in LIBRARIES.values():
        k = library.layers
        part = library.Sequential([library.Input((5,)), k.Dense(4, activation="tanh")], name="part")
        x, z = library.Input((5,)), library.Input((5,))
        pairs.append((library.Model(x, k.Dense(3)(part(x))), library.Model(z, k.Dense(2)(part(z)))))
    ours, theirs = pairs
    for mine, reference in zip(ours, theirs, strict=True):
        reference.set_weights(mine.get_weights())
    for pair in pairs:
        pair[0].compile("adam", "mse")
        pair[1].compile("sgd", "mse")
    for _ in range(6):
        for mine, reference, y in zip(ours, theirs, (TARGETS, TARGETS[:, :2]), strict=True):
            reference.reset_metrics()
            ratio = np.float64(mine.train_on_batch(ROWS, y)) / float(reference.train_on_batch(ROWS, y))
            check_close("nested models: in turns", ratio, np.float64(1.0), 1e-4)
    for mine, reference in zip(ours, theirs, strict=True):
        check_close("nested models: in turns", mine.predict(ROWS), reference.predict(ROWS, verbose=0), 1e-4)


def test_results_of_several_outputs() -> None:
    """Order and numbers of what `evaluate` and `train_on_batch` return, penalties included."""
    models = []
    for library in LIBRARIES.values():
        k, x = library.layers, library.Input((5,), name="x")
        hidden = k.Dense(4, activity_regularizer="l2", kernel_regularizer="l1")(x)
        ends = [k.Dense(3, name="a")(hidden), k.Dense(1, activation="sigmoid", name="b")(hidden)]
        models.append(library.Model(x, ends))
        models[-1].compile(
            "sgd", ["mse", "binary_crossentropy"], loss_weights=[0.3, 2.0], metrics=[["mse"], ["accuracy"]]
        )
    ours, theirs = models
    theirs.set_weights(ours.get_weights())
    y = [TARGETS, (TARGETS[:, :1] > 0).astype(np.float32)]
    for _ in range(3):
        theirs.reset_metrics()
        found, expected = (np.array(model.train_on_batch(ROWS, y), np.float64) for model in models)
        check_close("nested models: several outputs", found, expected, 1e-5)
    found, expected = (np.array(model.evaluate(ROWS, y, batch_size=4, verbose=0)) for model in models)
    check_close("nested models: several outputs", found, expected, 1e-5)
