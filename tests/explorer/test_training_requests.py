"""What pages ask of the training, and what they send that cannot be done."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import numpy as np
import pytest
from trainings import NAMES, rest

from pellucid import Input, Model, Sequential, layers, set_random_seed
from pellucid.explorer import Learning, Samples, Served, Study, serve
from pellucid.explorer.curves import Curve, Recent
from pellucid.explorer.moments import Moments
from pellucid.explorer.wire import unpacked
from pellucid.inspection import all_filters, compare, confusion, kernel_gradient, update


def arrays_of(answer: httpx.Response) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Head and arrays."""
    assert answer.status_code == 200, answer.text
    return unpacked(answer.content)


def test_orders_and_how_it_stands(client: httpx.Client, study: Study) -> None:
    """Step, rate, speed, optimiser, moment: each is told back."""
    assert client.get("training").json()["moments"] == []
    client.post("training", json={"do": "step"})
    rest(study.training)
    told = client.post("training", json={"do": "rate", "value": 0.125}).json()
    assert (told["step"], told["rate"], told["batches"], told["running"]) == (1, 0.125, 8, False)
    assert client.post("training", json={"do": "speed", "steps": 5}).json()["speed"] == 5
    told = client.post("training", json={"do": "use", "optimizer": "rmsprop", "batch_size": 16}).json()
    assert (told["optimizer"], told["batch_size"], told["branch"]) == ("rmsprop", 16, 1)
    first = told["branches"][0]["last"]
    told = client.post("training", json={"do": "go", "moment": first}).json()
    assert (told["optimizer"], told["batch_size"], told["rate"]) == ("", 64, 0.125)


def test_what_cannot_be_done(client: httpx.Client, study: Study) -> None:
    """In the words of the library, with 400, whatever is sent."""
    for sent in (
        {}, {"do": None}, {"do": "fly"}, {"do": ["start"]}, {"do": "rate"}, {"do": "rate", "value": -1},
        {"do": "rate", "value": True}, {"do": "rate", "value": 10**400}, {"do": "rate", "value": [0.1]},
        {"do": "speed", "steps": 1.5}, {"do": "speed", "steps": 10**9}, {"do": "go", "moment": 10**30},
        {"do": "go", "moment": "0"}, {"do": "go", "moment": False}, {"do": "use", "optimizer": "adamm"},
        {"do": "use", "optimizer": {}, "batch_size": 8}, {"do": "use", "optimizer": "sgd", "batch_size": 0},
        {"do": "use", "optimizer": "sgd", "batch_size": 10**9}, {"do": "use", "optimizer": "sgd", "batch_size": 8.5},
    ):  # fmt: skip
        answer = client.post("training", json=sent)
        assert answer.status_code == 400, sent
        assert answer.json()["error"]
    for content in (b'{"do": "rate", "value": NaN}', b'{"do": "rate", "value": 1e999}', b"[" * 50_000, b"\xff"):
        assert client.post("training", content=content).status_code == 400
    for path in (
        "training/step/none", "training/step/pool", "training/step/conv?filter=6", "training/step/conv?which=bias",
        "compare?a=now&b=against", "compare?a=%C2%B2&b=now", "compare?a=99&b=now", "compare/filters/pool?a=now&b=now",
        "compare/filters/conv?a=now&b=now&channel=1", "compare/maps/none?a=now&b=now",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 400, path
        assert answer.json()["error"]
    assert study.training.step == 0


def test_the_next_step(client: httpx.Client, study: Study) -> None:
    """The records of `inspection`, and the change is the one that the step then makes."""
    study.training.start(2)
    rest(study.training)
    before = study.model.layers[0].kernel.numpy()
    head, arrays = arrays_of(client.get("training/step/conv?filter=2"))
    ready = study.training.ready
    epoch, start = ready.stepper.position
    batch = next(iter(ready.source.batches(epoch, seed=ready.stepper.seed, start=start))).arrays
    made = update(study.model, batch["x0"], batch["target0"], "conv", 2)
    gradient = kernel_gradient(study.model, batch["x0"], batch["target0"], "conv", 2)
    assert tuple(head["names"]) == made.names
    assert np.array_equal(arrays["gradient"], gradient.total.astype(np.float32))
    assert head["loss"] == gradient.loss
    study.training.start(1)
    rest(study.training)
    change = study.model.layers[0].kernel.numpy()[..., 2].astype(np.float64) - before[..., 2]
    assert np.allclose(arrays["change"], change, atol=1e-7)
    assert np.allclose(sum(arrays[f"part {place}"] for place in range(len(made.names))), change, atol=1e-7)


def test_filters_as_they_change(client: httpx.Client, study: Study) -> None:
    """The weights of the layer, after each step."""
    for _ in range(2):
        study.training.start(1)
        rest(study.training)
        head, arrays = arrays_of(client.get("training/filters/conv"))
        assert np.array_equal(arrays["kernels"], study.model.layers[0].kernel.numpy()[:, :, 0, :])
        assert head["limit"] == float(np.abs(arrays["kernels"]).max())
    for path in ("pool", "digit", "none", "conv?channel=1"):
        assert client.get(f"training/filters/{path}").status_code == 400


def test_curves_and_mistakes(client: httpx.Client, study: Study) -> None:
    """What was told per epoch, and the counts of `inspection.confusion`."""
    study.training.start(to_epoch=True)
    rest(study.training)
    head, arrays = arrays_of(client.get("training/curves"))
    assert head["metric"] == "accuracy"
    assert arrays["val_loss 0"][0] == np.float32(study.training.course.now.epochs[0]["val_loss"])
    assert arrays["steps 0"][-1] == head["step"] == head["last"] == 8
    found = confusion(study.model, study.samples.x, study.samples.y)
    head, arrays = arrays_of(client.get("training/confusion"))
    assert np.array_equal(arrays["counts"], found.counts)
    assert head["accuracy"] == found.accuracy


def test_two_moments_side_by_side(client: httpx.Client, study: Study) -> None:
    """The numbers of `inspection.compare` on models with these weights; each side keeps its own."""
    early = study.model.get_weights()
    study.training.start(6)
    rest(study.training)
    choices = client.get("compare/choices").json()["choices"]
    assert choices[0]["id"] == "now"
    assert choices[1] == {"id": "0", "name": "step 0 of run 1"}
    told = client.get("compare?a=now&b=0").json()
    twin = Sequential.from_config(study.model.get_config())
    twin.set_weights(early)
    found = compare(study.model, twin, study.samples.x[:256])
    for mine, theirs in zip(told["layers"], found.layers, strict=True):
        assert mine["match"] == theirs.match.tolist()
        assert np.allclose(mine["likeness"], theirs.likeness, atol=1e-12)
    assert told["same_answer"] == found.same_answer
    said = np.asarray(twin.predict(study.samples.x, verbose=0)).argmax(axis=1)
    assert told["b"]["accuracy"] == float((said == study.samples.y).mean())
    head, arrays = arrays_of(client.get("compare/filters/conv?a=now&b=0"))
    (one, two), sign = head["pairs"][0], np.sign(head["likeness"][0])
    assert np.array_equal(arrays["a"][..., 0], study.model.layers[0].kernel.numpy()[..., 0, one])
    assert np.array_equal(arrays["b"][..., 0], early[0][..., 0, two] * np.float32(sign))
    head, arrays = arrays_of(client.get("compare/maps/pool?a=now&b=0"))
    shown = [here for here, _ in head["pairs"]]  # matched by what they answer, the least alike first
    assert sorted(shown) == list(range(6)) and head["likeness"] == sorted(head["likeness"], key=abs)
    assert np.array_equal(arrays["a"], study.maps("pool").maps[..., shown])


def test_beside_another_model(served: Served, study: Study) -> None:
    """Of another architecture: what cannot be matched is said, maps of layers of one name are shown."""
    other = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(9, 3, name="conv"), layers.Flatten(), layers.Dense(10)])
    both = Study(study.model, study.samples, study.learning, against=other)
    with serve(both) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            assert client.get("compare/choices").json()["choices"][1]["id"] == "against"
            assert client.get("compare?a=now&b=against").status_code in (200, 400)
            _, arrays = arrays_of(client.get("compare/maps/conv?a=now&b=against"))
            assert arrays["a"].shape == arrays["b"].shape == (6, 6, 6)


def _skips() -> Model:
    image = Input((6, 6, 3))
    inner = Sequential([Input((6, 6, 4)), layers.Conv2D(4, 3, padding="same", name="conv")], name="inner")
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    stem = layers.SeparableConv2D(4, 1, name="stem")(image)
    x = layers.Add()([stem, shared(shared(inner(stem)))])
    x = layers.BatchNormalization()(x)
    return Model(image, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)), name="skips")


def _rows() -> Model:
    members = [layers.Conv1D(4, 3, strides=2, name="conv"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    return Sequential([Input((9, 2)), *members])


def _volumes() -> Model:
    members = [layers.Conv3D(3, 2, name="conv"), layers.MaxPooling3D(2), layers.Flatten()]
    return Sequential([Input((4, 4, 4, 1)), *members, layers.Dense(3, activation="softmax")])


def _first() -> Model:
    members = [layers.Conv2D(4, 3, data_format="channels_first", name="conv"), layers.Flatten()]
    return Sequential([Input((3, 6, 6)), *members, layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("make", [_skips, _rows, _volumes, _first], ids=lambda make: make.__name__)
def test_any_graph(make: Any) -> None:
    """Volumes, rows, models inside, layers that are used twice: everything answers for every layer."""
    set_random_seed(0)
    model, draw = make(), np.random.default_rng(0)
    x, y = draw.normal(size=(24, *model.inputs[0].shape[1:])).astype(np.float32), draw.integers(0, 3, 24)
    study = Study(model, Samples(x, y, NAMES[:3]), Learning({"x": x, "y": y, "batch_size": 8}))
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            study.training.start(2)
            rest(study.training)
            assert study.training.note == ""
            arrays_of(client.get("training/curves"))
            assert arrays_of(client.get("training/confusion"))[0]["samples"] == 24
            assert client.get("compare?a=now&b=0").status_code == 200
            for each in arrays_of(client.get("training/flow"))[0]["layers"]:
                if each["banks"]:
                    arrays_of(client.get(f"training/step/{each['layer']}?filter=1"))
            for node in study.scene.nodes:
                if node.banks:
                    arrays_of(client.get(f"training/filters/{node.path}"))
            for path in study.scene.paths:
                arrays_of(client.get(f"compare/maps/{path}?a=now&b=0"))
            assert {bank.layer.split("/")[0] for bank in all_filters(model)} <= {
                node.path.split("/")[0] for node in study.scene.nodes
            }


def test_the_smooth_line() -> None:
    """The mean of the steps around each point, counted as often as they are."""
    curve, draw = Curve(), np.random.default_rng(0)
    losses, counts = draw.random(200), draw.integers(1, 9, 200)
    for step, count, loss in zip(np.cumsum(counts).tolist(), counts.tolist(), losses.tolist(), strict=True):
        curve.add(step, count, loss)
    window = np.ones(9)
    expected = np.convolve(losses * counts, window, "same") / np.convolve(counts, window, "same")
    assert np.allclose(curve.now.smooth, expected, rtol=1e-12)
    for step in range(int(counts.sum()) + 1, 6000):
        curve.add(step, 1, 2.0)
    assert len(curve) <= 1024
    assert curve.now.counts.sum() == 5999


@pytest.mark.usefixtures("impatient_threads")
def test_what_is_read_while_the_training_goes_on_belongs_together() -> None:
    """Pages read in threads of their own: the points of one moment, a mean of the steps that it counts, whole rows."""
    curve, recent, moments = Curve(16), Recent(), Moments(most=5)
    state: Any = type("State", (), {"weights": {}, "slots": {}, "epoch": 0})()
    stop = threading.Event()

    def trains() -> None:
        for step in range(1, 20_000):
            curve.add(step, 1 + step % 3, 1.0)
            recent.add(1.0, 1 + step % 30)
            moments.add(0, step, 1.0, state)
            if stop.is_set():
                return

    thread = threading.Thread(target=trains)
    thread.start()
    for _ in range(1500):
        now = curve.now
        assert len(now.steps) == len(now.counts) == len(now.losses) == len(now.smooth)
        assert recent.mean in (None, 1.0)
        steps = [each.step for each in moments.of(0)]
        assert steps == sorted(steps) and (len(steps) < 5 or steps[0] == 1)
    stop.set()
    thread.join()
