"""`pellucid compare` and `pellucid report`: the records as text, figure, JSON; a page that is whole by itself."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, callbacks, inspection, layers
from pellucid.cli import main
from pellucid.views import report_html
from pellucid.views.notebook import html_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trained models of tiny images and samples with classes."""
    place = tmp_path_factory.mktemp("models")
    draws = np.random.default_rng(0)
    x = draws.random((60, 8, 8, 1)).astype(np.float32)
    y = (x[:, :, :4].mean(axis=(1, 2, 3)) > x[:, :, 4:].mean(axis=(1, 2, 3))).astype(np.int64)
    for seed in (1, 2):
        pellucid.clear_session()
        pellucid.set_random_seed(seed)
        model = Sequential([
            layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu", name="conv"), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(2, activation="softmax", name="side"),
        ], name="halves")  # fmt: skip
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, epochs=2, verbose=0)
        model.save(place / f"seed{seed}.keras")
    np.savez(place / "data.npz", x=x, y=y)
    np.save(place / "x.npy", x)
    np.savez(place / "other.npz", a=x, b=y)
    return place


def test_compare(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, data = (str(folder / name) for name in ("seed1.keras", "seed2.keras", "data.npz"))
    assert main.run(["compare", a, b, "--data", data]) == 0
    out = capsys.readouterr().out
    assert out.startswith("seed1 beside seed2") and "conv: which filter is which" in out
    assert main.run(["compare", a, b, "--data", data, "--json", "-l", "conv"]) == 0
    record = json.loads(capsys.readouterr().out)
    x = np.load(folder / "x.npy")
    expected = inspection.compare(pellucid.load_model(a), pellucid.load_model(b), x, layers=["conv"])
    assert record["layers"][0]["match"] == expected.layers[0].match.tolist() and len(record["layers"]) == 1
    np.testing.assert_allclose(record["layers"][0]["likeness"], expected.layers[0].likeness, atol=1e-5)
    assert main.run(["compare", a, b, "-o", str(folder / "pairs.png"), "-l", "conv=conv"]) == 0
    assert (folder / "pairs.png").read_bytes()[:4] == b"\x89PNG"


class Page(HTMLParser):
    """Tags, anchors, and all that refers elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        self.anchors |= {f"#{value}" for name, value in attrs if name == "id"}
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every section is there; nothing comes from elsewhere, every link leads somewhere."""
    path = folder / "out.html"
    data = str(folder / "data.npz")
    assert main.run(["report", str(folder / "seed1.keras"), "--data", data, "-o", str(path)]) == 0
    assert capsys.readouterr().out.startswith("written: ")
    text = path.read_text("utf-8")
    page = Page()
    page.feed(text)
    assert not page.open and "script" not in page.tags and len(text) < 1_000_000
    assert all(
        link in page.anchors or link.startswith(("data:image/png;base64,", "data:image/gif;base64,"))
        for link in page.links
    )
    for words in ("halves: seed1.keras", "What is wrong with it", "What filters look for", "The worst mistakes",
                  "Which filters matter", "What the signs mean", "60 answers"):  # fmt: skip
        assert words in text, words
    assert "Not told of this model" not in text


def test_report_without_classes_and_without_data(folder: Path) -> None:
    for told, words in (([], "pass data"), (["--data", str(folder / "x.npy")], "pass y too")):
        assert main.run(["report", str(folder / "seed1.keras"), *told, "-o", str(folder / "b.html")]) == 0
        assert words in (folder / "b.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "A", "B", "--data", "nothing.npz"], "there is no file nothing.npz"),
        (["compare", "A", "B", "--data", "OTHER"], "none of them is called x"),
        (["compare", "A", "B", "--data", "A"], "holds"),
        (["compare", "A", "B", "--data", "DATA", "-l", "cnov"], "did you mean 'conv'"),
        (["compare", "A", "B", "-o", "a.txt"], "picture format"),
        (["report", "A", "-o", "report.pdf"], "name a file that ends in .html"),
        (["report", "DATA"], "data.npz is a NumPy archive"),
    ],
)
def test_what_cannot_be(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 and one sentence."""
    monkeypatch.chdir(folder)
    names = {"A": "seed1.keras", "B": "seed2.keras", "DATA": "data.npz", "OTHER": "other.npz"}
    assert main.run([names.get(each, each) for each in arguments]) == 1
    err = capsys.readouterr().err
    assert words in err and err.startswith("pellucid: ") and err.count("\n") == 1


def test_every_kind_of_model_has_a_report() -> None:
    """Signals, volumes, rows of numbers, maps of classes, several inputs: what cannot be told is said in its place."""
    draws = np.random.default_rng(1)
    models = {
        (12, 2): [layers.Conv1D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(3, activation="softmax")],
        (4, 5, 4, 1): [layers.Conv3D(2, 2), layers.GlobalAveragePooling3D(), layers.Dense(3)],
        (5,): [layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")],
        (6, 6, 1): [layers.Conv2D(2, 3, padding="same", activation="softmax")],
    }
    for shape, parts in models.items():
        model = Sequential([layers.Input(shape), *parts])
        x = draws.random((12, *shape))
        y = draws.integers(0, 2, (12, *model.output_shape[1:-1]))
        page = Page()
        page.feed(report_html(model, x, y))
        assert not page.open
    a, b = layers.Input((3,)), layers.Input((4,))
    two = pellucid.Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    assert "Not told of this model" in report_html(two)
    made = report_html(two, [draws.random((5, 3)), draws.random((5, 4))])
    assert "What layers answer to one sample" in made and "the others are held at the sample" in made
    left, right = layers.Input((6, 6, 1)), layers.Input((4,))
    maps = layers.Flatten()(layers.Conv2D(2, 3, name="conv")(left))
    seen = pellucid.Model([left, right], layers.Dense(2, activation="softmax")(layers.Concatenate()([maps, right])))
    seen.compile("sgd", "sparse_categorical_crossentropy")
    for model, x in ((two, [draws.random((5, 3)), draws.random((5, 4))]),
                     (seen, [draws.random((5, 6, 6, 1)), draws.random((5, 4))])):  # fmt: skip
        page = Page()
        told = report_html(model, x, draws.integers(0, 2, 5))
        page.feed(told)
        assert not page.open and "What is taken for what" in told and "parts have different shapes" not in told
    assert "conv" in told and "Who writes a filter" in told


def test_a_report_tells_how_filters_learn_and_changes_nothing() -> None:
    """Its parts are those that `influence` gives of the same steps; weights, optimizer and the next draw stay."""
    pellucid.set_random_seed(3)
    body = [layers.Input((6, 6, 1)), layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten()]
    model = Sequential([*body, layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    draws = np.random.default_rng(2)
    x, y = draws.random((96, 6, 6, 1)).astype(np.float32), draws.integers(0, 3, 96)
    model.fit(x, y, epochs=1, verbose=0)
    before, steps = model.get_weights(), int(model.optimizer.iterations)
    page = report_html(model, x, y, records=[inspection.filters(model.layers[0], "shown at the end")])
    assert "Who writes a filter" in page and "shown at the end" in page and "data:image/gif" in page
    assert all(map(np.array_equal, before, model.get_weights())) and int(model.optimizer.iterations) == steps
    history = callbacks.FilterHistory(layers=["conv"])
    model.fit(x, y, epochs=1, verbose=0, callbacks=history)  # the steps that the report made on a copy
    told = [inspection.influence(model, x, y, "conv", number, recorded=history).shares[0] for number in range(3)]
    assert any(f">{100 * share:.1f}%<" in page for share in told), told
    with pytest.raises(pellucid.errors.ArgumentTypeError, match="records is a list"):
        report_html(model, records=["text"])  # type: ignore[list-item]


def test_a_report_of_a_model_that_mistakes_nothing() -> None:
    """All right is 100%, there is no list of no mistakes, and no table where nothing is wrong."""
    pellucid.set_random_seed(0)
    parts = [layers.Conv2D(3, 3, activation="sigmoid", name="c"), layers.GlobalAveragePooling2D()]
    model = Sequential([layers.Input((6, 6, 1)), *parts, layers.Dense(3, activation="softmax")])
    x = np.random.default_rng(0).random((9, 6, 6, 1)).astype(np.float32)
    right = model.predict(x, verbose=0).argmax(axis=1)
    page = report_html(model, x, right)
    assert "9 answers, 0 wrong: 100% of them are right." in page and "None of these samples is taken for" in page
    shown = html_of(inspection.Lint("m", (), 0, 0, ("dead",)))
    assert "nothing found" in shown and "cure" not in shown
    chances = inspection.feature_maps(model, x[0])[-1].maps
    assert all(f">{number}: {chance:.3g}<" in page for number, chance in enumerate(chances.tolist()))
