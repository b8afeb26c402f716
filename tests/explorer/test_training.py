"""A training of the explorer: the same bits as `fit`, whatever is done between; its past, its branches, its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from trainings import NAMES, digits_network, fitted, rest, wait_for

from pellucid import Model, Sequential, datasets, layers, optimizers
from pellucid.errors import ArgumentError
from pellucid.explorer import Learning, Samples, Study, serve
from pellucid.explorer.moments import Branch, Moments
from pellucid.explorer.ready import Ready
from pellucid.explorer.training import Training


@pytest.fixture
def training(study: Study) -> Iterator[Training]:
    """That of the study, ended behind the test."""
    yield study.training
    study.training.close("")


def same_weights(one: Model, two: Model) -> bool:
    """To the bit."""
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def test_the_same_bits_as_fit(study: Study, training: Training) -> None:
    """One step, some more, the rest of the epoch, another one: weights and numbers of `fit`, looked at or not."""
    training.start(1)
    rest(training)
    first = training.loss
    study.choose_sample(5)
    study.maps("conv")
    training.start(3)
    rest(training)
    assert training.step == 4
    for epoch in (1, 2):
        training.start(to_epoch=True)
        rest(training)
        assert training.position == (epoch, 0, 8)
    model, history = fitted(2)
    assert same_weights(study.model, model)
    for place, told in enumerate(training.course.now.epochs):
        for name, values in history.items():
            assert told[name] == values[place]
    untrained = digits_network()
    untrained.compile("adam", "sparse_categorical_crossentropy")
    (x, y), _ = datasets.digits.load_data()
    from_batch = untrained.evaluate(*_first_batch(x[:512], y[:512], untrained), batch_size=64, verbose=0)
    assert first == pytest.approx(from_batch, rel=1e-5)


def _first_batch(x: np.ndarray, y: np.ndarray, model: Model) -> tuple[np.ndarray, np.ndarray]:
    ready = Ready(model, Learning({"x": x, "y": y, "batch_size": 64}))
    batch = next(iter(ready.source.batches(0, seed=model.runtime.seed)))
    return batch.arrays["x0"], batch.arrays["target0"]


def test_the_curve_is_the_mean_of_its_steps(training: Training) -> None:
    """The points of an epoch, each counted with its steps, have the mean that the epoch is told with."""
    training.start(to_epoch=True)
    rest(training)
    curve = training.course.now.curve.now
    assert curve.counts.sum() == 8
    assert np.average(curve.losses, weights=curve.counts) == pytest.approx(
        training.course.now.epochs[0]["loss"], rel=1e-6
    )


def test_a_long_training_takes_no_more_memory() -> None:
    """Epochs, points of the curve and moments stay few; the first and the last are there."""
    branch = Branch(0)
    for epoch in range(5000):
        branch.tell({"epoch": epoch + 1, "loss": 1.0})
    assert len(branch.epochs) <= 1000
    assert (branch.epochs[0]["epoch"], branch.epochs[-1]["epoch"]) == (1, 5000)
    model = digits_network()
    model.compile("sgd", "mse")
    state, moments = model.stepper.capture(), Moments(most=16)
    for step in range(0, 3000, 3):
        moments.add(0, step, None, state)
    steps = np.array([moment.step for moment in moments])
    assert (len(steps), steps[0], steps[-1]) == (16, 0, 2997)
    assert np.diff(steps).max() <= 4 * 2997 / 16
    few = Moments(most_bytes=3 * moments.find(999).bytes)
    for step in range(9):
        few.add(0, step, None, state)
    assert len(few) == 3


def test_back_and_forth(study: Study, training: Training) -> None:
    """A moment puts its weights into the model; the latest come back; a branch without a change comes to the same."""
    training.start(1)
    rest(training)
    early = study.model.get_weights()
    training.start(5)
    rest(training)
    late = study.model.get_weights()
    version = study.version
    moment = next(each for each in training.course.moments if each.step == 1)
    training.go(moment.number)
    assert training.course.at is moment
    assert study.version > version
    assert all(np.array_equal(a, b) for a, b in zip(study.model.get_weights(), early, strict=True))
    training.go(None)
    assert training.course.at is None
    assert all(np.array_equal(a, b) for a, b in zip(study.model.get_weights(), late, strict=True))
    training.go(moment.number)
    training.start(5)
    rest(training)
    assert [branch.name for branch in training.course.branches] == ["run 1", "run 2, from step 1 of run 1"]
    assert training.step == 6
    assert all(np.array_equal(a, b) for a, b in zip(study.model.get_weights(), late, strict=True))
    assert [each.step for each in training.course.moments.of(0)][-1] == 6  # the old branch is still there


def test_what_a_hand_has_changed_is_not_lost(study: Study, training: Training) -> None:
    """Weights that were edited at a moment of the past stay as a branch of their own."""
    training.start(3)
    rest(training)
    training.go(training.course.moments.of(0)[0].number)
    with study.editing():
        study.model.layers[0].kernel[...] = 0.5
        study.changed("weights")
    training.go(None)
    kept = training.course.moments.of(1)[-1]
    training.go(kept.number)
    assert (study.model.layers[0].kernel.numpy() == 0.5).all()


def test_an_edit_comes_between_two_steps(study: Study, training: Training) -> None:
    """Whoever edits gets its turn while the training runs, and no step is made meanwhile."""
    training.start()
    wait_for(lambda: training.step > 2)
    for _ in range(20):
        with study.editing():
            before = training.step
            study.model.layers[0].kernel[..., 0] = 0.0
            assert (study.model.layers[0].kernel.numpy()[..., 0] == 0).all()
            assert training.step == before
            study.changed("weights")
    training.pause()
    rest(training)
    assert training.note == ""


def test_another_optimizer_and_other_batches(study: Study, training: Training) -> None:
    """They begin a branch; going back brings the first one with what it remembers."""
    training.start(4)
    rest(training)
    training.use({"optimizer": "sgd", "batch_size": 32})
    training.rate(0.25)
    assert training.step == 4
    assert training.note == "Epoch 1 was left after batch 4 of 8; epoch 2 begins."
    assert (training.ready.optimizer, training.ready.rate) == ("SGD", 0.25)
    before = study.model.get_weights()
    training.start(1)
    rest(training)
    assert training.position == (1, 1, 16)
    twin = digits_network()
    twin.compile(optimizers.SGD(0.25), "sparse_categorical_crossentropy")
    twin.set_weights(before)
    source = training.ready.source
    batch = next(iter(source.batches(1, seed=study.model.runtime.seed)))
    twin.train_on_batch(batch.arrays["x0"], batch.arrays["target0"])
    assert same_weights(study.model, twin)
    last = training.course.moments.of(0)[-1]
    training.go(last.number)
    assert (training.ready.optimizer, training.ready.batch_size) == ("Adam", 64)
    training.start(4)
    rest(training)
    assert same_weights(study.model, fitted(1)[0])


def test_where_the_loss_stops_being_a_number() -> None:
    """It is said in the library's words, and the state before is kept: training goes on from there."""
    (x, y), held = datasets.digits.load_data()
    right = np.eye(10, dtype=np.float32)[y]
    learning = Learning({"x": x[:512], "y": right[:512], "batch_size": 64}, (), optimizers.SGD(1e8), "mse", ())
    study = Study(dense("linear"), Samples(*held, NAMES), learning)
    training = study.training
    with np.errstate(all="ignore"):
        training.start(200)
        rest(training)
    assert training.note.startswith("dense_net: the loss is ")
    assert training.note.endswith(f"The model is as it was before that, after step {training.step}.")
    assert 0 < training.step < 200
    assert all(np.isfinite(weight).all() for weight in study.model.get_weights())
    assert training.course.now.curve.now.steps.max() <= training.step
    training.close("")


def test_a_loss_that_explodes(training: Training) -> None:
    """It goes on, and is warned of."""
    training.use({"optimizer": "sgd", "batch_size": 64})
    training.rate(1e4)
    training.start(40)
    rest(training)
    assert training.note.startswith("The loss has grown from ")
    assert training.note.endswith("lower the learning rate.")


def test_a_training_that_is_kept_goes_on(tmp_path: Path) -> None:
    """Another process with the same folder goes on to the same bits, with its branches and curves."""
    with _kept(tmp_path) as study:
        study.training.start(5)
        rest(study.training)
    with _kept(tmp_path) as study:
        training = study.training
        assert training.note == "Going on from step 5: epoch 1, batch 6."
        assert training.course.now.curve.now.counts.sum() == 5
        training.start(to_epoch=True)
        rest(training)
        model, history = fitted(1)
        assert same_weights(study.model, model)
        assert training.course.now.epochs[0]["loss"] == history["loss"][0]
    wrong = Study(dense(), study.samples, study.learning, keep=str(tmp_path / "run"))
    with pytest.raises(ArgumentError, match=r"cannot go on from .*remove that folder to begin anew"):
        wrong.training.resume()


@contextmanager
def _kept(folder: Path) -> Iterator[Study]:
    (x, y), held = datasets.digits.load_data()
    learning = Learning({"x": x[:512], "y": y[:512], "batch_size": 64}, held)
    study = Study(digits_network(), Samples(*held, NAMES), learning, keep=str(folder / "run"))
    study.training.resume()
    yield study
    study.training.close("")


def dense(activation: str = "softmax") -> Model:
    """Another network for digits."""
    members = [layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(10, activation=activation, name="other")]
    return Sequential(members, name="dense_net")


def test_the_server_is_stopped_in_a_run(study: Study) -> None:
    """Pages are told, the thread ends, the weights are whole."""
    with serve(study) as served:
        page = study.events.subscribe()
        study.training.start()
        wait_for(lambda: study.training.step > 3)
        served.stop()
    assert 'event: stopped\ndata: {"sentence": "The explorer has been stopped."}\n\n' in page.waiting()
    step = study.training.step
    assert not study.training.is_running
    study.training.start()
    assert study.training.step == step


def test_pages_that_do_not_read(study: Study) -> None:
    """Twenty pages that are gone, or slow, hold no more than their share, and the training goes on."""
    pages = [study.events.subscribe() for _ in range(20)]
    for number in range(400):
        study.events.tell("training", {"step": number})
    study.training.start(20)
    rest(study.training)
    assert study.training.step == 20
    assert all(len(page.waiting()) <= 257 for page in pages)
    study.training.close("")


def test_a_page_that_breaks_off(study: Study) -> None:
    """A reader of events that goes away is forgotten while the run goes on; two pages see the same run."""
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            with client.stream("GET", "events") as events:
                assert client.post("training", json={"do": "start"}).json()["running"]
                read = (line for line in events.iter_lines() if line == "event: training")
                assert next(read) == "event: training"
            wait_for(lambda: not study.events.are_heard)
            step = study.training.step
            wait_for(lambda: study.training.step > step)
            assert client.post("training", json={"do": "pause"}).status_code == 200
            rest(study.training)
            assert client.get("training").json()["step"] == study.training.step


def test_nothing_to_train_on(study: Study) -> None:
    """It is said what is missing, and how to give it."""
    looked = Study(study.model, study.samples)
    assert "--data FILE.npz" in looked.training.why_not
    with pytest.raises(ArgumentError, match=r"There is nothing to train on\. Give samples"):
        looked.training.start()


def test_edits_go_with_their_moment(study: Study, training: Training, client: httpx.Client) -> None:
    """What was edited in one branch is no edit of another: not listed there, nor undone; and it comes back with it."""
    kernel = study.model.get_layer("conv").kernel

    def edit(value: float) -> None:
        sent = {"layer": "conv", "do": "numbers", "at": 0, "value": value}
        assert client.post("edits", json=sent).status_code == 200

    training.start(1)
    rest(training)
    start = kernel.numpy()
    edit(9.0)
    assert client.post("edits", json={"layer": "conv", "do": "freeze", "number": 1, "held": True}).status_code == 200
    training.start(1)
    rest(training)
    (first, *_), last = training.course.moments.of(0), training.course.moments.last(0)
    training.go(first.number)
    assert kernel.numpy()[0, 0, 0, 0] != 9
    assert [each for each in client.get("edits").json()["done"] if "-> 9" in each] == []
    shown = kernel.numpy()
    client.post("edits/undo", json={"count": 5})  # but for what is held, there is nothing
    assert np.array_equal(kernel.numpy(), shown)
    training.start(1)
    rest(training)
    edit(5.0)
    assert training.course.branch == 1 and last is not None
    training.go(last.number)
    done = client.get("edits").json()["done"]
    assert any("-> 9" in each for each in done) and not any("-> 5" in each for each in done)
    assert client.post("edits/undo", json={}).status_code == 200
    assert kernel.numpy()[0, 0, 0, 0] == start[0, 0, 0, 0]
    training.go(None)
