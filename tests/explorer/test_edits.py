"""Edits over the wire: every kind, undone and done again to the bit; what is refused, and what the formulas take."""

from __future__ import annotations

import json
import random
from pathlib import Path

import httpx
import numpy as np
import pytest
from trainings import rest, wait_for

from pellucid import Sequential, filterbank, layers, set_random_seed
from pellucid.errors import ArgumentError
from pellucid.explorer import Samples, Study, serve
from pellucid.explorer.formulas import formula_of
from pellucid.explorer.history import History, Numbers
from pellucid.explorer.wire import unpacked
from pellucid.inspection import describe, kernel_gradient, top_patches, what_if
from pellucid.variables import Variable

CONV = {"layer": "conv", "number": 3}


def done(client: httpx.Client, **sent: object) -> str:
    """The words of an edit that is made."""
    answer = client.post("edits", json={**CONV, **sent})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["done"][0])


def test_every_edit_and_back(client: httpx.Client, study: Study) -> None:
    """What is set is what stands in the weights; undone it is to the bit what was, done again what it was made."""
    conv = study.model.get_layer("conv")
    begun = study.model.get_weights()
    before = float(conv.kernel.numpy()[1, 2, 0, 3])
    assert done(client, do="numbers", at=5, value=-1) == f"conv, filter 3, weight [1, 2, 0]: {before:.4g} -> -1"
    assert conv.kernel.numpy()[1, 2, 0, 3] == -1
    assert done(client, do="bias", value=0.25) == "conv, filter 3, bias: 0 -> 0.25"
    assert done(client, do="kernel", name="sobel_x") == "conv, filter 3: sobel_x"
    assert np.array_equal(conv.filter(3).kernel[..., 0], filterbank.sobel_x())
    gabor = {"size": 3, "wavelength": 3, "orientation": 45}
    done(client, do="kernel", name="gabor", settings=gabor)
    np.testing.assert_allclose(conv.filter(3).kernel[..., 0], filterbank.gabor(**gabor), rtol=1e-6)
    done(client, do="formula", formula="exp(-(x^2 + y^2) / 2)")
    rows, columns = np.mgrid[-1:2, -1:2]
    np.testing.assert_allclose(conv.filter(3).kernel[..., 0], np.exp(-(rows**2 + columns**2) / 2), rtol=1e-6)
    done(client, do="freeze", held=True)
    assert conv.filter(3).is_held
    assert not conv.filter(2).is_held
    done(client, do="freeze layer", held=True)
    assert not conv.trainable
    drawn = conv.kernel.numpy()
    done(client, do="draw")
    assert (np.abs(conv.kernel.numpy() - drawn).max(axis=(0, 1, 2)) > 0).tolist() == [False] * 3 + [True] + [False] * 2
    done(client, do="draw layer")
    made, count = study.model.get_weights(), len(study.history.done)
    assert client.post("edits/undo", json={"count": count}).json()["done"] == []
    assert all(map(np.array_equal, study.model.get_weights(), begun))
    assert conv.trainable
    assert not conv.filter(3).is_held
    assert conv.filter(3).provenance.how == "drawn"
    client.post("edits/redo", json={"count": count})
    assert all(map(np.array_equal, study.model.get_weights(), made))
    assert client.post("edits/reset").json()["done"][0].startswith("reset")
    assert all(map(np.array_equal, study.model.get_weights(), begun))


def test_one_movement_is_one_edit(client: httpx.Client, study: Study) -> None:
    """Dragging makes many values and one entry, from the first value to the last; setting what is there makes none."""
    kernel = study.model.get_layer("conv").kernel
    before = kernel.numpy()
    for value in (0.5, 0.75, 1.0):
        done(client, do="numbers", at=0, value=value, gesture="drag")
    assert [each.words for each in study.history.done] == [
        f"conv, filter 3, weight [0, 0, 0]: {before[0, 0, 0, 3]:.4g} -> 1"
    ]
    for at in (0, 1, 2):
        done(client, do="numbers", at=at, value=2, gesture="brush")
    done(client, do="numbers", at=2, value=2)
    assert [each.words for each in study.history.done[1:]] == ["conv, filter 3, weights: 3 painted with 2"]
    client.post("edits/undo", json={"count": 2})
    assert np.array_equal(kernel.numpy(), before)


def test_as_in_the_file(tmp_path: Path) -> None:
    """Weights go back to those that the file has; a file that holds something else by now is told."""
    set_random_seed(1)
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv")], name="small")
    model.save(tmp_path / "small.keras")
    saved = model.get_weights()
    study = Study(model, Samples(np.ones((1, 6, 6, 1))), file=tmp_path / "small.keras")
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            assert client.post("edits", json={"layer": "conv", "do": "formula", "formula": "x"}).status_code == 200
            assert client.post("edits/reset", json={"to": "file"}).json()["done"][0] == "reset: 1 weight as in the file"
            assert all(map(np.array_equal, model.get_weights(), saved))
            assert "to is beginning or file" in client.post("edits/reset", json={"to": 3}).json()["error"]
            Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3)]).save(tmp_path / "small.keras")
            answer = client.post("edits/reset", json={"to": "file"}).json()
            assert answer["error"] == "small.keras holds another model by now, with other weights"
            (tmp_path / "small.keras").write_bytes(b"no model")
            said = client.post("edits/reset", json={"to": "file"}).json()["error"]
            assert "small.keras" in said
            assert str(tmp_path) not in said


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"do": "explode"}, "unknown edit"),
    ({"do": ["numbers"]}, "unknown edit"),
    ({"do": "numbers", "at": 9, "value": 1}, "at is a place among its 9 numbers"),
    ({"do": "numbers", "at": True, "value": 1}, "at is a place among its 9 numbers"),
    ({"do": "numbers", "at": [], "value": 1}, "at is a place among its 9 numbers"),
    ({"do": "numbers", "at": 0, "value": "1"}, "value"),
    ({"do": "numbers", "at": 0, "value": 10**400}, "value"),
    ({"do": "numbers", "at": 0, "value": 1e39}, "value"),
    ({"do": "bias"}, "value"),
    ({"do": "kernel", "name": "sobol_x"}, "did you mean 'sobel_x'"),
    ({"do": "kernel", "name": "gabor", "settings": {"size": 10**9}}, "size"),
    ({"do": "kernel", "name": "gabor", "settings": {"size": 9}}, "do not fit into 3x3"),
    ({"do": "kernel", "name": "gabor", "settings": {"self": 1}}, "self"),
    ({"do": "kernel", "name": 3}, "a kernel is told by"),
    ({"do": "formula", "formula": "().__class__"}, "a formula is arithmetic of rows (y)"),
    ({"do": "formula", "formula": "1 / 0"}, "what the formula gives: the number is inf; expected finite"),
    ({"do": "freeze", "held": 1}, "held is true or false"),
    ({"do": "draw", "number": 6}, "has filters 0 to 5, got 6"),
    ({"do": "draw", "number": 10**30}, "has filters 0 to 5"),
    ({"do": "draw", "layer": "pool"}, "pool has no weights, but conv, digit have"),
    ({"do": "draw", "layer": "none"}, "unknown layer"),
    ({"do": "draw", "layer": {}}, "are words"),
    ({"do": "draw", "bank": "gamma"}, "unknown weight of conv"),
]


def test_refused(client: httpx.Client, study: Study) -> None:
    """With a sentence, and nothing is changed or noted."""
    begun = study.model.get_weights()
    for sent, said in REFUSED:
        answer = client.post("edits", json={**CONV, **sent})
        assert answer.status_code == 400
        assert said in answer.json()["error"]
    assert study.history.done == []
    assert all(map(np.array_equal, study.model.get_weights(), begun))


def test_whatever_is_sent(client: httpx.Client) -> None:
    """Any mixture of odd values is answered or refused; nothing goes wrong, and no weight is ever no number."""
    odd: list[object] = [None, True, 0, -1, 10**30, 1e308, "", "x", "gabor", [], {}, [0, 0], {"size": None}, "a" * 400]
    odd += [{"size": [3]}, float("nan"), float("inf")]
    draw = random.Random(5)
    for _ in range(60):
        sent = {name: draw.choice(odd) for name in ("at", "value", "name", "settings", "formula", "held", "gesture")}
        sent |= {"do": draw.choice(["numbers", "bias", "kernel", "formula", "freeze", "draw"]), "layer": "conv"}
        assert client.post("edits", content=json.dumps(sent)).status_code in (200, 400)
        query = {name: draw.choice(["", "-1", "1,2", "9" * 20, "kernel"]) for name in ("bank", "number", "slices")}
        assert client.get(f"{draw.choice(['filter', 'filters', 'filter-words'])}/conv", params=query).status_code in (
            200,
            400,
        )
    assert client.get("filter/conv").status_code == 200


def test_nothing_to_undo(client: httpx.Client) -> None:
    """Nor to do again, nor so often."""
    for path, sent, said in (
        ("undo", {}, "there is nothing to undo"),
        ("redo", {}, "there is nothing to do again"),
        ("undo", {"count": 0}, "count says how many edits"),
    ):
        answer = client.post(f"edits/{path}", json=sent)
        assert (answer.status_code, answer.json()["error"].startswith(said)) == (400, True)


def test_opened(client: httpx.Client, study: Study) -> None:
    """Slices have the filter's numbers in their places; turned by half a turn they are those of the convolution."""
    kernel = study.model.get_layer("conv").filter(2).kernel
    head, arrays = unpacked(client.get("filter/conv?number=2").content)
    assert np.array_equal(arrays["values0"], kernel[..., 0])
    assert arrays["cells0"].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    _, arrays = unpacked(client.get("filter/conv?number=2&turned=1").content)
    assert np.array_equal(arrays["values0"], kernel[::-1, ::-1, 0])
    assert head["axes"] == ["rows", "columns", "channels"]
    unit = study.model.get_layer("digit").kernel.numpy()[:, 4].reshape(3, 3, 6)
    _, arrays = unpacked(client.get("filter/digit?number=4&slices=5").content)
    assert np.array_equal(arrays["values0"], unit[..., 5])
    words = dict(client.get("filter-words/conv?number=2").json()["facts"])
    assert str(describe(study.model.get_layer("conv").filter(2)).main.nearest) in words["resembles"]


def test_effects(client: httpx.Client, study: Study) -> None:
    """What changed, what excites and the gradient are the numbers of `inspection`."""
    model, x, y = study.model, study.samples.x, study.samples.y
    assert y is not None
    weights = model.get_layer("conv").kernel.numpy()
    done(client, do="kernel", name="sobel_x")
    head, _ = unpacked(client.get("edits/changes?since=last&layer=conv").content)
    seen = what_if(model, x[0], {"conv": {"kernel": weights}}, int(y[0]))
    assert head["loss"] == pytest.approx([seen.loss_after, seen.loss_before], rel=1e-6)
    assert head["distances"] == [[layer, pytest.approx(size, rel=1e-6)] for layer, size in seen.distances]
    for _ in range(50):
        head, arrays = unpacked(client.get("filter-patches/conv?number=3").content)
        if head["seen"] == head["samples"]:
            break
    top = top_patches(model, x, "conv", 3)
    assert [each["value"] for each in head["found"]] == pytest.approx(top.values[0].tolist(), rel=1e-6)
    assert np.array_equal(arrays["patch0"], top.patches[0, 0])
    _, arrays = unpacked(client.get("filter-gradient/conv?number=3&of=batch").content)
    gradient = kernel_gradient(model, x[:32], y[:32], "conv", 3)
    assert np.array_equal(arrays["values0"], gradient.total[..., 0])


def test_film(client: httpx.Client, study: Study) -> None:
    """A filter at each moment that its training has kept is what its weights were then."""
    assert unpacked(client.get("filter-film/conv?number=1").content)[0]["steps"] == []
    study.training.start(2)
    rest(study.training)
    head, arrays = unpacked(client.get("filter-film/conv?number=1").content)
    course = study.training.course
    moments = course.moments.of(course.branch)
    assert head["steps"] == [moment.step for moment in moments]
    for at, moment in enumerate(moments):
        path = next(path for path in moment.state.weights if path.endswith("conv/kernel"))
        assert np.array_equal(arrays[f"shot{at}"], moment.state.weights[path][..., 0, 1])


def test_edits_while_it_trains(client: httpx.Client, study: Study) -> None:
    """They are made between two steps: a filter that is frozen and set keeps its numbers, the others go on learning."""
    study.training.start()
    done(client, do="freeze", held=True)
    done(client, do="kernel", name="sobel_y")
    made, step = study.model.get_layer("conv").kernel.numpy(), study.training.step
    wait_for(lambda: study.training.step > step + 3)
    study.training.pause()
    rest(study.training)
    kernel = study.model.get_layer("conv").kernel.numpy()
    assert np.array_equal(kernel[..., 0, 3], filterbank.sobel_y())
    assert not np.array_equal(kernel[..., 0, 2], made[..., 0, 2])


class Gate(layers.Layer):
    """A layer of somebody's own, with a matrix and a number."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.mixing = self.add_weight(shape=(input_shape[-1], 3), initializer="ones", name="mixing")
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")

    def call(self, inputs: object) -> object:
        return inputs * self.gain  # type: ignore[operator]


def test_any_layer() -> None:
    """Every weight of every kind of layer can be opened and edited, and what changed is told."""
    set_random_seed(0)
    inner = Sequential([layers.Input((10, 4)), layers.Conv1D(4, 3, padding="causal", name="conv")], name="inner")
    parts: list[layers.Layer] = [
        layers.Input((10, 2)),
        layers.Conv1D(4, 3, dilation_rate=2, padding="same", name="dilated"),
        inner,
        layers.BatchNormalization(name="norm"),
        layers.DepthwiseConv1D(3, depth_multiplier=2, padding="same", name="depth"),
        layers.SeparableConv1D(6, 3, padding="same", name="separable"),
        layers.Conv1DTranspose(4, 3, name="transposed"),
        layers.Conv1D(4, 1, groups=2, name="grouped"),
        layers.LocallyConnected1D(2, 3, name="local"),
        layers.PReLU(name="slopes"),
        Gate(name="gate"),
        layers.Dense(3, name="dense"),
    ]
    model = Sequential(parts, name="zoo")
    study = Study(model, Samples(np.random.default_rng(0).random((4, 10, 2), np.float32)))
    opened = []
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            for node in study.scene.nodes:
                if not node.count:
                    continue
                head, _ = unpacked(client.get(f"filters/{node.path}").content)
                for bank in head["banks"]:
                    where = {
                        "layer": node.path,
                        "bank": bank,
                        "number": head["count"] - 1 if bank == head["bank"] else 0,
                    }
                    asked = client.get(f"filter/{node.path}", params={"bank": bank, "number": where["number"]})
                    one, arrays = unpacked(asked.content)
                    assert asked.status_code == 200
                    assert sum((arrays[f"cells{at}"] >= 0).sum() for at in range(len(one["slices"]))) == np.prod(
                        one["shape"]
                    )
                    assert client.post("edits", json={**where, "do": "formula", "formula": "0.5"}).status_code == 200
                    assert client.post("edits", json={**where, "do": "numbers", "at": 0, "value": 3}).status_code == 200
                    for path in ("filter-words", "filter-draw", "filter-patches", "filter-gradient"):
                        answer = client.get(f"{path}/{node.path}", params={"bank": bank})
                        assert answer.status_code in (200, 400)
                    opened.append(f"{node.path}/{bank}")
            assert client.get("edits/changes?since=beginning").status_code == 200
            client.post("edits/reset")
    assert {"inner/conv/kernel", "separable/pointwise_kernel", "local/bias", "gate/gain", "norm/gamma"} <= set(opened)
    assert all(np.array_equal(weight.numpy(), study.beginning[weight]) for weight in model.weights)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x.real", "__import__('os')", "x[0]", "lambda: 1", "[x]", "'a'", "x if x else y", "(x := 2)",
        "x" * 400,
        "True", "1j", "sin()", "sin(x, y)", "sin(x=1)", "os", "f(x)", "x and y", "1 < x < 2", "~1", "x @ y", "9e99",
        "(" * 200 + ")" * 90, "-" * 299 + "x(", "x; y", "x\ny", "\x00", "print(x)", "{1: 2}", "*x", "x = 1",
    ],
)  # fmt: skip
def test_no_formula(text: str) -> None:
    """Nothing but arithmetic of the coordinates is taken."""
    with pytest.raises(ArgumentError, match="a formula is"):
        formula_of(text, ("rows", "columns"))


def test_formulas() -> None:
    """Numbers are floats, whatever is written: no number grows without end."""
    rows, columns = np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], indexing="ij")
    for text, expected in (
        ("9 ** 9 ** 9", np.inf),
        ("where(r <= 1, max(x, y), -pi)", np.where(np.hypot(rows, columns) <= 1, np.maximum(rows, columns), -np.pi)),
        ("(x > 0) - (x < 0)", np.sign(columns)),
        ("-2^2 + x % 2", -4 + columns % 2),
    ):
        assert np.array_equal(
            np.broadcast_to(formula_of(text, ("rows", "columns"))(rows, columns), (3, 3)),
            np.broadcast_to(expected, (3, 3)),
        )
    assert formula_of("1 / r", ())() == np.inf  # of a number alone: without a warning
    with pytest.raises(ArgumentError, match="arithmetic of r, pi, e with abs"):
        formula_of("x", ())


def test_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest edits are forgotten when there are too many numbers to keep."""
    monkeypatch.setattr("pellucid.explorer.history.MOST_BYTES", 100)
    weight, history = Variable(np.zeros(10), name="w"), History()
    for number in range(5):
        history.note(f"edit {number}", [Numbers(weight, (...,))])
    assert [each.words for each in history.done] == ["edit 3", "edit 4"]
    assert history.forgotten == 3


def test_kernels_that_are_offered_fit(study: Study, client: httpx.Client) -> None:
    """Each of the list can be set as it is offered: none is larger than the filters, or has no middle in them."""
    offered = client.get("kernels/conv").json()["kernels"]
    names = {each["name"] for each in offered}
    assert {"sobel_x", "gabor", "identity"} <= names and not {"roberts_x", "curve"} & names  # 2x2 and 7x7 in 3x3
    for each in offered:
        usual = {setting["name"]: setting["usual"] for setting in each["settings"] if setting["usual"] is not None}
        sent = {"layer": "conv", "number": 0, "do": "kernel", "name": each["name"], "settings": usual}
        assert client.post("edits", json=sent).status_code == 200, each["name"]
