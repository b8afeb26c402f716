"""What notebooks draw: held to the numbers of the record, and readable in a narrow window."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, set_random_seed
from pellucid.inspection import FeatureMaps
from pellucid.views import to_html

RNG = np.random.default_rng(5)
X = RNG.random((8, 12, 12, 1), dtype=np.float32)


@pytest.fixture
def model() -> Sequential:
    set_random_seed(5)
    net = Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(),
            layers.Dense(12, activation="softmax", name="answer"),
        ],
        name="net",
    )
    net.compile("sgd", "sparse_categorical_crossentropy")
    return net


def _frames(html: str) -> int:
    """How many numbers have a frame: each is drawn as one closed square."""
    return sum(path.count("z") for path in re.findall(r'<path d="([^"]*)"', html))


@pytest.mark.parametrize("size", [4, 20, 60])
def test_each_winner_of_a_pooling_has_a_frame(size: int) -> None:
    """As cells where they are few, as an image where they are many."""
    given, wins = RNG.random((size, size, 3)), RNG.integers(0, 3, (size, size, 3))
    pooled = FeatureMaps("pool", "MaxPooling2D", np.ones((2, 2, 3)), given=given, wins=wins)
    html = to_html(pooled)
    assert _frames(html) == np.count_nonzero(wins)
    assert "the winners are framed" in html


def test_the_winners_of_a_model_are_those_of_its_windows(model: Sequential) -> None:
    """NumPy finds the largest of each window of 2 by 2; where it is unique it is framed."""
    (record,) = inspection.feature_maps(model, X[0], "pool", winners=True)
    windows = record.given.reshape(5, 2, 5, 2, 4).transpose(0, 2, 4, 1, 3).reshape(5, 5, 4, 4)
    assert (windows.max(axis=-1) == record.maps).all()
    assert _frames(to_html(record)) == np.count_nonzero(record.wins)


@pytest.mark.parametrize("shape", [(3, 3, 4), (9,)])
def test_the_mask_of_a_dropout_stands_below_its_maps(shape: tuple[int, ...]) -> None:
    """One dark cell for each number that was kept; a dense layer's too."""
    kept = RNG.random(shape) < 0.5
    html = to_html(FeatureMaps("drop", "Dropout", np.where(kept, 0.5, 0.0), kept=kept))
    mask = html[html.index("what is dark was kept") :]
    assert mask.count("] 1</title>") == kept.sum() and mask.count("] 0</title>") == (~kept).sum()


def test_what_would_be_stands_beside_what_is(model: Sequential) -> None:
    """Outputs and loss before and after, each changed map three times, and what stays is said to stay."""
    tried = inspection.what_if(model, X[0], {"conv": {2: 0.0}}, y=np.array(3))
    html = to_html(tried)
    before, after = (float(model.predict(X[:1])[0, 3]), float(tried.outputs_after[0][3]))
    row = re.search(r"<tr><td[^>]*>3</td><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", html)
    assert row is not None
    np.testing.assert_allclose([float(row[1]), float(row[2])], [before, after], rtol=1e-3)
    np.testing.assert_allclose(tried.loss_before, -np.log(before), rtol=1e-5)
    loss = re.search(r"Loss ([0-9.]+), would be ([0-9.]+)\.", html)
    assert loss is not None
    np.testing.assert_allclose([float(loss[1]), float(loss[2])], -np.log([before, after]), rtol=1e-3)
    for when in ("before", "after", "difference"):
        assert f">2 {when}</div>" in html
    assert ">0 before</div>" not in html.split("pool (MaxPooling2D)")[0].split("conv (Conv2D)")[1]
    assert "input: 1 channel of 12x12: does not change" in html


def test_findings_are_texts_below_each_other(model: Sequential) -> None:
    """No columns, which would be a word wide where there is little room."""
    model.get_layer("conv").filter(1).set(np.zeros((3, 3, 1)))
    found = inspection.lint(model, X)
    html = to_html(found)
    assert found.findings and "<table" not in html
    for finding in found.findings[:1]:
        assert finding.kind in html and finding.cure.replace("'", "&#x27;") in html


def _records(model: Sequential) -> dict[str, object]:
    history = callbacks.History()
    model.fit(X, np.arange(8), epochs=2, verbose=0, callbacks=[history])
    return {
        "history": history,
        "draw": inspection.initial_draw(model.get_layer("conv")),
        "formula": inspection.formula(model.get_layer("conv")),
        "maps": inspection.feature_maps(model, X[0]),
        "field": inspection.receptive_field(model, "pool", (1, 1), 0, X[0]),
        "runs": inspection.training_runs({"a": history}),
        "arithmetic": inspection.arithmetic(model, "answer", X[0], filter=1),
    }


def test_nothing_is_cut_in_a_narrow_window(model: Sequential) -> None:
    """Pictures shrink with the window; what cannot, a table or a formula, is moved sideways by itself."""
    for name, record in _records(model).items():
        html = to_html(record)
        for tag in re.findall(r"<(?:svg|img)[^>]*>", html):
            width = int(re.search(r'width="(\d+)"', tag)[1])
            is_alone = f'overflow-x:auto">{tag}' in html
            assert width <= 260 or "max-width:100%" in tag or is_alone, (name, tag[:80])
        assert html.count("<table") == html.count('overflow-x:auto"><table'), name


def test_the_draw_is_drawn_with_its_density(model: Sequential) -> None:
    """The outline of the bars, and the law of Glorot's uniform draw: 1 / (2 limit) inside."""
    draw = inspection.initial_draw(model.get_layer("conv"))
    html = to_html(draw)
    assert f"{draw.values.size} values" in html and "theory: uniform" in html
    density = float(np.interp(0.0, np.linspace(-1, 1, 3), draw.law.density(np.linspace(-1e-3, 1e-3, 3))))
    np.testing.assert_allclose(density, 1 / (2 * np.sqrt(6 / (9 + 36))), rtol=1e-6)
    heights = [float(number) for number in re.findall(r"values: ([0-9.e-]+) at", html)]
    assert heights and max(heights) <= draw.densities.max() * 1.001
