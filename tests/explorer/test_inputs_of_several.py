"""Models with several inputs and outputs: each input is chosen alone or with the others, and leads to every value."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from trainings import rest

from pellucid import Input, Model, layers, set_random_seed
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.explorer import Samples, Study, serve, study_of
from pellucid.explorer.explaining import given_from_input, given_to
from pellucid.explorer.wire import unpacked

COUNT = 40


def two(outputs: int = 1) -> Model:
    """A picture and a row of numbers, which meet."""
    set_random_seed(3)
    left, right = Input((9, 8, 1), name="left"), Input((4,), name="right")
    maps = layers.Conv2D(3, 3, activation="relu", name="conv")(left)
    units = layers.Dense(3, activation="tanh", name="hidden")(right)
    both = layers.Concatenate(name="join")([layers.GlobalAveragePooling2D(name="mean")(maps), units])
    answer = layers.Dense(3, activation="softmax", name="class")(both)
    score = layers.Dense(1, name="score")(both)
    return Model([left, right], answer if outputs == 1 else [answer, score], name="two")


def data() -> tuple[list[np.ndarray], np.ndarray]:
    """Samples for both inputs, with classes."""
    rng = np.random.default_rng(0)
    x = [rng.random((COUNT, 9, 8, 1)).astype(np.float32), rng.normal(size=(COUNT, 4)).astype(np.float32)]
    return x, rng.integers(0, 3, COUNT)


@pytest.fixture
def study() -> Study:
    """Of both, with the inputs told by name."""
    (left, right), y = data()
    return study_of(two(), {"right": right, "left": left}, y, class_names=("a", "b", "c"))


@pytest.fixture
def client(study: Study) -> Iterator[httpx.Client]:
    """Somebody who asks the server of the study."""
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            yield client


def answered(study: Study) -> np.ndarray:
    """What the model itself says of the input of the moment."""
    return np.asarray(study.model.predict([x[None] for x in study.chosen.x], verbose=0)[0])


def test_each_is_chosen(study: Study, client: httpx.Client) -> None:
    """All at once by a sample, one alone by another sample, a number, a file; a class is told of whole samples only."""
    (left, right), y = data()
    assert client.post("input", json={"sample": 4}).json()["number"] == 4
    assert study.chosen.label == "abc"[y[4]]
    assert client.post("input", json={"sample": 7, "of": "left"}).json()["number"] is None
    assert (study.chosen.label, study.chosen.source) == ("", "several")
    assert np.array_equal(study.chosen.x[0], left[7]) and np.array_equal(study.chosen.x[1], right[4])
    assert client.post("input", json={"sample": 7, "of": "right"}).json()["number"] == 7
    assert study.chosen.label == "abc"[y[7]]
    client.post("input", json={"of": "right", "at": [2], "value": -1.5})
    assert study.chosen.x[1].tolist() == [*right[7][:2].tolist(), -1.5, float(right[7][3])]
    file = io.BytesIO()
    Image.new("L", (8, 9), 128).save(file, "PNG")
    client.post("input/file?of=left", content=file.getvalue())
    assert np.allclose(study.chosen.x[0], 128 / 255)
    head, arrays = unpacked(client.get("input?of=right").content)
    assert (head["source"], head["is_picture"]) == ("typed", False)
    assert np.array_equal(arrays["x"], study.chosen.x[1])
    scores = {each["class"]: each["value"] for each in client.get("answer").json()["scores"]}
    assert [scores[number] for number in range(3)] == pytest.approx(answered(study).tolist(), rel=1e-5)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"sample": 1, "of": "middle"}, "two has no input 'middle'; there is left, right"),
        ({"sample": 1, "of": 3}, "name of one of the inputs"),
        ({"of": "right", "at": [4], "value": 1}, "right: its numbers are of shape (4,), there is none at [4]"),
        ({"of": "right", "at": "2", "value": 1}, "there is none at '2'"),
        ({"of": "right", "at": [True], "value": 1}, "there is none at [True]"),
        ({"of": "right", "at": [1], "value": "x"}, "a number up to 1e+09 is wanted, got 'x'"),
        ({"of": "right", "at": [1], "value": 1e30}, "a number up to 1e+09 is wanted, got 1e+30"),
    ],
)
def test_refused(client: httpx.Client, sent: dict[str, Any], said: str) -> None:
    """An input or a number that there is not."""
    answer = client.post("input", json=sent)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert client.post("input/pixels?rows=2&columns=2&source=drawing&of=right", content=bytes(16)).status_code == 400


def test_values_lead_to_both(study: Study, client: httpx.Client) -> None:
    """What a value is made of, what it sees of each input, and the way back to whichever weighs more."""
    head, _ = unpacked(client.get("value/class?at=1").content)
    assert head["value"] == pytest.approx(float(answered(study)[1]), rel=1e-5)
    assert {term["to"]["layer"] for term in head["terms"]["listed"]} == {"join"} if head["terms"] else True
    boxes = client.get("field/class?at=1").json()["boxes"]
    assert boxes["left"] == [[0, 8], [0, 7]]
    assert boxes["right"] == []
    assert client.get("field/conv?at=2,3,1").json()["boxes"] == {"conv": [[2, 2], [3, 3]], "left": [[2, 4], [3, 5]]}
    ends = {client.get(f"way/join?at={unit}").json()["steps"][-1]["layer"] for unit in range(6)}
    assert ends == {"left", "right"}
    for name in ("join", "hidden", "class"):  # computed anew, where maps of others do not tell what a layer is given
        node = study.node(name)
        pairs = zip(given_to(study, node), given_from_input(study, node), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)
    head, _ = unpacked(client.get("value/right?at=3").content)
    assert "nothing is computed here" in head["said"]
    assert client.get("keep/picture?of=sum&layer=class&value=1&format=svg").status_code == 200


def test_it_trains(study: Study, client: httpx.Client) -> None:
    """As `fit` does on a list; the confusion matrix counts what `predict` says."""
    training = study.training
    training.start(to_epoch=True)
    rest(training)
    assert training.course.now.epochs[-1]["epoch"] == 1
    _, arrays = unpacked(client.get("training/confusion").content)
    x, y = data()
    said = np.asarray(study.model.predict(x, verbose=0)).argmax(axis=1)
    expected = [[int(((y == true) & (said == other)).sum()) for other in range(3)] for true in range(3)]
    assert arrays["counts"].tolist() == expected
    assert client.get("training/step/conv?filter=1").status_code == 200
    first, last = (each["id"] for each in client.get("compare/choices").json()["choices"][1:3])
    _, arrays = unpacked(client.get(f"compare/maps/hidden?a={first}&b=now").content)
    shown = study.maps("hidden").maps
    assert np.allclose(np.sort(arrays["b"].ravel()), np.sort(shown), atol=1e-6)
    told = client.get(f"compare?a={first}&b={last}").json()
    assert [each["a"] for each in told["layers"]] == ["conv", "hidden", "class"] and 0 < told["same_answer"] <= 1
    report = client.get("keep/report").text
    assert "What layers answer to one sample" in report and "What is taken for what" in report
    wrong = client.post("input", json={"mistake": True}).json()["number"]
    assert said[wrong] != y[wrong]


def test_several_outputs() -> None:
    """Each has a loss of its own, and the header tells the largest of each."""
    x, y = data()
    score = np.linspace(0, 1, COUNT)[:, None]
    assert study_of(two(2), x, {"class": y, "scores": score}).learning is None  # which says not whose is which
    study = study_of(two(2), x, {"score": score, "class": y})
    assert study.drawing.ends == ("class", "score")
    study.training.start(1)
    rest(study.training)
    study.training.start(to_epoch=True)
    rest(study.training)
    assert {"class_loss", "score_loss", "class_accuracy"} <= set(study.training.course.now.epochs[-1])
    study.training.close("")


def test_samples_that_do_not_fit() -> None:
    """Said before a page is opened."""
    (left, right), y = data()
    for x, error in (([left], DataError), ([left, right[:3]], DataError), ([right, left], DataError)):
        with pytest.raises(error):
            study_of(two(), x, y)
    with pytest.raises(ShapeError, match="one number for each of 40 samples"):
        study_of(two(), [left, right], y[:5])
    with pytest.raises(ArgumentError, match="as many samples"):
        study_of(two(2), [left, right], [y, y[:5]])
    with pytest.raises(ShapeError, match="2 inputs; the samples have 1"):
        Study(two(), Samples(left))
    with pytest.raises(ShapeError, match="as many for each input"):
        Samples([left, right[:3]])
    assert len(study_of(two()).samples.parts) == 2  # noise


def test_on_the_page(browser: Any, study: Study) -> None:
    """Two boxes to begin with; each input has its own picture, sample and numbers; what is typed changes the answer."""
    with serve(study) as served:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(served.address)
        page.wait_for_selector("html[data-ready]")
        panel = page.locator("#panel")
        left, right = (panel.get_by_role("region", name=name, exact=True) for name in ("left", "right"))
        expect(left).to_contain_text("Sample 0 of samples")
        right.get_by_label("Number of the sample for this input alone").fill("5")
        right.get_by_label("Number of the sample for this input alone").press("Enter")
        expect(right).to_contain_text("Sample 5 of samples")
        expect(left).to_contain_text("Sample 0 of samples")
        expect(panel.get_by_label("Number of the sample", exact=True)).to_have_value("")
        field = right.get_by_label("Number 1 of right")
        field.fill("2.5")
        field.press("Enter")
        expect(right).to_contain_text("Numbers that were typed")
        assert study.chosen.x[1][1] == 2.5
        best = answered(study)
        expect(page.locator("#answer")).to_contain_text(f"{'abc'[best.argmax()]}: {float(best.max()):.4g} ")
        field.fill("many")
        field.press("Enter")
        expect(page.locator("#problem")).to_contain_text("a number up to 1e+09 is wanted, got 'many'")
        page.locator("#network [data-id=right]").click()
        expect(panel.get_by_role("heading", name="right")).to_be_visible()
        page.get_by_role("tab", name="Keep").click()
        expect(panel.get_by_role("heading").first).to_be_visible()
        page.evaluate("location.hash = 'panel=keep&layer=class&value=1'")
        for picture in ("traced to the input", "What the value sees of left", "What the value sees of right"):
            expect(panel.get_by_text(picture)).to_have_count(1)
        page.close()


def test_pictures_of_the_way_back(client: httpx.Client) -> None:
    """A value is traced to all inputs; what it sees is drawn on each of them, if it sees it at all."""
    asked = "keep/picture?layer=class&value=1"
    shown = [client.get(f"{asked}&of={of}") for of in ("trace", "field&input=left", "field&input=right", "field")]
    assert [answer.status_code for answer in shown] == [200] * 4
    assert len({answer.content for answer in shown}) == 3  # by default on the first that leads to it
    for layer, name, said in (
        ("class", "nobody", "has no input 'nobody'"),
        ("hidden", "left", "depends on nothing of the input"),
    ):
        answer = client.get(f"keep/picture?of=field&layer={layer}&value=1&input={name}")
        assert answer.status_code == 400
        assert said in answer.text
