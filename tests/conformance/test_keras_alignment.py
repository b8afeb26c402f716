"""The loss of alignments (CTC) against Keras and PyTorch: lengths, repetitions, long sequences, gradients, training."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import torch

import pellucid
from pellucid import losses, ops
from pellucid.errors import ArgumentError, DataError, ShapeError

RNG = np.random.default_rng(3)
BATCH, TIME, CLASSES = 5, 9, 6
LOGITS = RNG.normal(0, 2, (BATCH, TIME, CLASSES)).astype(np.float32)
LABELS = np.array([[1, 2, 3], [4, 4, 0], [5, 5, 5], [2, 0, 0], [0, 0, 0]])


def _by_torch(labels: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The loss of each sample in float64, and the gradient of their sum."""
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    lengths = torch.full((len(labels),), logits.shape[1]), torch.tensor((labels != 0).sum(1))
    logs = x.log_softmax(2).transpose(0, 1)
    found = torch.nn.functional.ctc_loss(logs, torch.tensor(labels), *lengths, reduction="none")
    found.sum().backward()
    return found.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("time", [7, 60])
def test_loss_and_gradient(time: int) -> None:
    """float32 loses with the length of the sums, of which there is one for each step in time."""
    logits = RNG.normal(0, 3, (BATCH, time, CLASSES)).astype(np.float32)
    expected, slope = _by_torch(LABELS, logits)
    np.testing.assert_allclose(losses.ctc(LABELS, logits), expected, rtol=1e-5)
    tape = pellucid.GradientTape()
    x = pellucid.Variable(logits)
    with tape:
        total = ops.sum(losses.ctc(LABELS, x))
    np.testing.assert_allclose(tape.gradient(total, x), slope, atol=1e-4)


@pytest.mark.parametrize("blank", [0, 3, CLASSES - 1])
def test_told_lengths(blank: int) -> None:
    """What lies behind a length does not count; the blank may be any class. There is room for all."""
    labels = np.where(blank == LABELS, (blank + 1) % CLASSES, LABELS)
    lengths = np.array([3, 2, 1, 3, 0]), np.array([9, 4, 2, 8, 5])
    expected = keras.ops.ctc_loss(labels, LOGITS, *lengths, mask_index=blank)
    np.testing.assert_allclose(ops.ctc_loss(labels, LOGITS, *lengths, mask_index=blank), expected, rtol=1e-5)


def test_no_room() -> None:
    """About 1e5, as in Keras: there is no such alignment."""
    np.testing.assert_allclose(losses.ctc([[1, 1, 1]], LOGITS[:1, :4]), 1e5, rtol=1e-3)


def _reader(library: object) -> object:
    """Reads a picture of 6 x 10 column by column."""
    layers = library.layers  # type: ignore[attr-defined]
    return library.Sequential(  # type: ignore[attr-defined]
        [
            *(library.Input((6, 10, 1)), layers.Conv2D(4, 3, padding="same", activation="tanh")),  # type: ignore[attr-defined]
            *(layers.Permute((2, 1, 3)), layers.Reshape((10, 24)), layers.Dense(CLASSES)),
        ]
    )


def test_training() -> None:
    """The same course as Keras's, with weights of samples; and what is known is read at the end."""
    ours, theirs = _reader(pellucid), _reader(keras)
    theirs.set_weights(ours.get_weights())
    x, weights = RNG.normal(size=(BATCH, 6, 10, 1)).astype(np.float32), RNG.uniform(0.5, 2, BATCH)
    told = []
    for library, model in ((pellucid, ours), (keras, theirs)):
        model.compile(library.optimizers.Adam(0.01), library.losses.CTC())
        settings = {"batch_size": 5, "epochs": 30, "shuffle": False, "verbose": 0}
        told.append(model.fit(x, LABELS, sample_weight=weights, **settings).history["loss"])
    np.testing.assert_allclose(told[0], told[1], rtol=1e-3)
    assert told[0][-1] < told[0][0] / 2
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-3)


def test_files(tmp_path: Path) -> None:
    """What Keras compiled with CTC is loaded compiled, and the other way round."""
    theirs = _reader(keras)
    theirs.compile("sgd", keras.losses.CTC(reduction="sum"))
    theirs.save(tmp_path / "theirs.keras")
    ours = pellucid.models.load_model(tmp_path / "theirs.keras")
    x = RNG.normal(size=(BATCH, 6, 10, 1)).astype(np.float32)
    expected = theirs.evaluate(x, LABELS, verbose=0)
    np.testing.assert_allclose(ours.evaluate(x, LABELS, verbose=0), expected, rtol=1e-5)
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(again.evaluate(x, LABELS, verbose=0), expected, rtol=1e-5)


REFUSED = {
    "a blank between": ([[1, 0, 2]], "index 0, .* have a 0 before another label; 0 is the blank"),
    "no room": ([[1, 1, 1, 2, 2, 2, 3]], "need 11 predictions .* but the last layer 'last' gives 10"),
    "no such class": ([[1, 6]], "label 6 at index \\(0, 1\\) is outside 0..5"),
    "no sequence": ([3], "takes class numbers \\(batch, labels\\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_targets_that_are_refused(case: str) -> None:
    y, message = REFUSED[case]
    model = pellucid.Sequential([pellucid.Input((10, 4)), pellucid.layers.Dense(CLASSES, name="last")])
    model.compile("sgd", "ctc")
    with pytest.raises(DataError, match=message):
        model.fit(np.ones((1, 10, 4)), np.array(y), verbose=0)


def test_arguments_that_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"class numbers \(batch, labels\) for logits \(batch, time, classes\)"):
        losses.ctc([[1, 2]], LOGITS[0])
    with pytest.raises(ShapeError, match="target_length is one number for each of the 5 samples"):
        ops.ctc_loss(LABELS, LOGITS, [1], [2])
    with pytest.raises(ArgumentError, match="mask_index"):
        ops.ctc_loss(LABELS, LOGITS, [1] * 5, [9] * 5, mask_index=6)
    model = pellucid.Sequential([pellucid.Input((10, 4)), pellucid.layers.Dense(CLASSES, activation="softmax")])
    model.compile("sgd", "ctc")
    with pytest.raises(ArgumentError, match="takes logits, but the last layer applies softmax"):
        model.fit(np.ones((1, 10, 4)), np.array([[1]]), verbose=0)
