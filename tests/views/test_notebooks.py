"""What shows itself in a notebook: HTML by itself, escaped, bounded, with the numbers; a PNG; JSON of each record."""

from __future__ import annotations

import io
import json
import re
import warnings
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid import Sequential, callbacks, inspection, layers, views
from pellucid.inspection.record import Record
from pellucid.views import notebook

RNG = np.random.default_rng(0)
X = RNG.random((8, 6, 6, 3), dtype=np.float32)


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """Everything that shows itself."""
    pellucid.clear_session()
    model = Sequential(
        [
            layers.Input((6, 6, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.SeparableConv2D(2, 1, name="separable"),
            layers.Flatten(),
            layers.Dense(2, name="head"),
        ],
        name="net",
    )
    model.compile("sgd", "mse")
    history = model.fit(X, np.zeros((8, 2)), epochs=3, verbose=0, validation_split=0.25)
    return {
        "model": model,
        "unbuilt model": Sequential([layers.Conv2D(2, 3)]),
        "layer": model.layers[0],
        "layer without filters": model.layers[1],
        "layer with two banks": model.layers[2],
        "dense layer": model.layers[-1],
        "unbuilt layer": layers.Conv2D(2, 3),
        "filter": model.layers[0].filter(1),
        "unit": model.layers[-1].filter(1),
        "history": history,
        "empty history": callbacks.History(),
        "filters": inspection.FilterBank("<b>stem", X[0], moment="<script>alert(1)"),
        "all filters": inspection.all_filters(model),
        "maps": inspection.feature_maps(model, X[0], winners=True),
        "one map": inspection.feature_maps(model, X[0], "pool")[0],
        "partial maps": inspection.partial_maps(model, "conv", X[0], 1),
        "partial values": inspection.partial_maps(model, "head", X[0], 1),
        "arithmetic": inspection.arithmetic(model, "head", X[0], filter=1),
        "product": inspection.arithmetic(model, "head", X[0]).products[0],
        "curves": inspection.TrainingCurves({"loss": [1.0, float("nan"), 0.5]}),
        "profile": inspection.profile(model, X, runs=1),
        "lint": inspection.lint(model, X),
        "what if": inspection.what_if(model, X[0], {"conv": {0: 0.0}}),
        "equivariance": inspection.equivariance(model, X[0], 1),
    }


class Checker(HTMLParser):
    """Tags that open and close, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        if tag != "img":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


NAMES = ["model", "unbuilt model", "layer", "layer without filters", "layer with two banks", "dense layer",
         "unbuilt layer", "filter", "unit", "history", "empty history", "filters", "all filters", "maps", "one map",
         "arithmetic", "product", "curves", "profile", "lint", "what if", "equivariance",
         "partial maps", "partial values"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_html_is_whole_and_by_itself(shown: dict[str, Any], name: str) -> None:
    """Every tag is closed; no script, nothing from elsewhere; names of layers are text."""
    html = shown[name]._repr_html_()
    checker = Checker()
    checker.feed(html)
    assert not checker.open
    assert not {"script", "b", "iframe", "object", "link"} & set(checker.tags)
    assert all(link.startswith("data:image/png;base64,") for link in checker.links)
    assert len(html) < 300_000


@pytest.mark.parametrize("name", ["model", "layer", "filter", "history", "maps", "layer without filters"])
def test_png(shown: dict[str, Any], name: str) -> None:
    assert shown[name]._repr_png_()[:4] == b"\x89PNG"


def test_what_cannot_be_shown_is_said(shown: dict[str, Any]) -> None:
    """No notebook ends in a traceback because of what it would show."""
    assert "No epoch yet" in shown["empty history"]._repr_html_()
    assert shown["empty history"]._repr_png_()[:4] == b"\x89PNG"
    assert "unbuilt" in shown["unbuilt model"]._repr_html_()
    assert "not known" in shown["unbuilt layer"]._repr_html_()


def test_the_numbers_are_under_the_pointer(shown: dict[str, Any]) -> None:
    """Each weight of a filter, each value of a curve, each parameter count."""
    kernel = shown["model"].get_weights()[0]
    html = shown["filter"]._repr_html_()
    for channel in range(3):
        for (row, column), value in np.ndenumerate(kernel[..., channel, 1]):
            assert f"<title>[{row}, {column}] {value:.4g}</title>" in html
    history = shown["history"]
    html = history._repr_html_()
    for number, (loss, validation) in enumerate(zip(*map(history.history.get, ("loss", "val_loss")), strict=True)):
        assert f"epoch {number + 1}: training {loss:.6g}" in html
        assert f"epoch {number + 1}: validation {validation:.6g}" in html
    assert "112" in shown["model"]._repr_html_()
    assert "&lt;b&gt;stem" in shown["filters"]._repr_html_() and "&lt;script&gt;" in shown["filters"]._repr_html_()


def test_size_is_bounded() -> None:
    """A thousand filters over a thousand channels, and large maps of many layers: what is left out is said."""
    bank = inspection.FilterBank("wide", RNG.normal(size=(3, 3, 1024, 512)))
    html = bank._repr_html_()
    assert len(html) < 300_000 and "512 filters" in html and "the 16 strongest" in html
    large = [inspection.FeatureMaps(f"layer {i}", "Conv2D", RNG.normal(size=(224, 224, 64))) for i in range(4)]
    html = inspection.record.Records(large)._repr_html_()
    assert len(html) < 3_000_000 and html.count("further maps are not shown") == 4


@pytest.mark.parametrize("name", ["filters", "all filters", "maps", "one map", "arithmetic", "product", "curves",
                                  "profile"])  # fmt: skip
def test_json_is_plain_data(shown: dict[str, Any], name: str) -> None:
    """It loads back as it is, strictly."""
    text = shown[name].to_json()
    data = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    pairs = [(shown[name], data)] if isinstance(shown[name], Record) else list(zip(shown[name], data, strict=True))
    for record, found in pairs:
        assert found["record"] == type(record).__name__
    if name == "one map":
        np.testing.assert_array_equal(np.array(data["maps"], np.float32), shown[name].maps)
        assert data["axes"] == ["rows", "columns", "channel"]
    if name == "curves":
        assert np.isnan(float(data["curves"]["loss"][1]))


def test_to_html_refuses_what_does_not_show_itself() -> None:
    with pytest.raises(pellucid.errors.ArgumentTypeError, match="shows a model, a layer, a filter, a record"):
        views.to_html([1, 2])  # type: ignore[arg-type]


def test_looking_makes_no_warning(shown: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for each in shown.values():
            each._repr_html_()


CELLS = [
    "import numpy as np; from pellucid import Sequential, inspection, layers\n"
    "model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3, name='conv'),\n"
    "                    layers.Flatten(), layers.Dense(2)])\n"
    "model.compile('sgd', 'mse'); x = np.ones((4, 6, 6, 1))\n"
    "model",
    "model.layers[0]",
    "model.layers[0].filter(2)",
    "inspection.feature_maps(model, x[0])",
    "model.fit(x, np.zeros((4, 2)), epochs=2, verbose=0)",
]


def test_a_notebook_shows_model_layer_filter_record_and_history(tmp_path: Path) -> None:
    """Executed by Jupyter's own client; each last expression comes with HTML and a picture."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    words = [
        "Total params: 128",
        "conv: 3 filters of 3x3",
        "filter 2: 1 filter of 3x3",
        "What layers answer",
        "Training, 2",
    ]
    for cell, expected in zip(notebook.cells, words, strict=True):
        (result,) = [output for output in cell.outputs if output.output_type == "execute_result"]
        assert expected in result.data["text/html"]
        assert result.data["image/png"].startswith("iVBOR")


def png_size(png: bytes) -> tuple[int, int]:
    size: tuple[int, int] = Image.open(io.BytesIO(png)).size
    return size


def test_all_filters_of_a_model_are_in_the_picture() -> None:
    """One layer below the other, whatever the shapes of their kernels."""
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="a"), layers.Conv2D(6, 3, name="b")])
    banks = inspection.all_filters(model)
    widths, heights = zip(*(png_size(bank._repr_png_()) for bank in banks), strict=True)
    assert png_size(banks._repr_png_()) == (max(widths), sum(heights))
    text = views.filters_text(banks)
    assert "a: 4 filters" in text and "b: 6 filters" in text
    with pytest.raises(pellucid.errors.ArgumentError, match="got the layers a, b; draw one by one"):
        views.filters_figure(banks)


def test_one_filter_bears_its_number() -> None:
    small, deep = layers.Conv2D(4, 3, groups=2, name="a"), layers.Conv2D(4, 3)
    dense = layers.Dense(3)
    Sequential([layers.Input((8, 8, 2)), small, deep, layers.Flatten(), dense])
    html = small.filter(3)._repr_html_()
    assert ">3</div>" in html and ">0</div>" not in html and "drawn by GlorotUniform" in html
    assert "\n3\n" in views.filters_text(notebook._bank(small.filter(3)))
    figure = views.filters_figure(notebook._bank(deep.filter(2)))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "2" in texts and "Small numbers count the filters (left) and the channels (above)." in " ".join(texts)
    unit = dense.filter(1)._repr_html_()
    assert "1 unit with 64 weights each" in unit and ">1</div>" in unit
    deep.filter(2).set(np.zeros((3, 3, 4)))
    assert "Filter 2 is zero everywhere." in views.filters_text(notebook._bank(deep.filter(2)))


def test_a_deep_filter_shows_its_strongest_slices_first() -> None:
    """In an overview on the scale of its layer; both forms say so."""
    layer = layers.Conv2D(4, 3, name="deep")
    Sequential([layers.Input((8, 8, 40)), layer])
    html = layer.filter(2)._repr_html_()
    strongest, *others = inspection.overview(layer, 2).channels[0]
    places = [re.search(rf"channel {each}\b", html) for each in (strongest, *others[:5])]
    starts = [each.start() for each in places if each is not None]
    assert "deep, filter 2" in html and len(starts) == 6 and starts == sorted(starts)
    assert png_size(layer.filter(2)._repr_png_()) == png_size(inspection.overview(layer, 2)._repr_png_())


def test_a_maximum_is_no_sum() -> None:
    """Over negative values nothing is multiplied to zero and nothing is added."""
    model = Sequential([layers.Input((4, 4, 1)), layers.MaxPooling2D(2, name="pool")])
    x = -np.arange(1.0, 17.0, dtype=np.float32).reshape(4, 4, 1)
    seen = inspection.arithmetic(model, "pool", x, (0, 0), 0)
    html = seen._repr_html_()
    assert "sum" not in html and "bias" not in html and "product" not in html
    assert html.count("largest") == 3  # of the cell, of the end, of the order
    texts = [text.get_text() for text in views.arithmetic_figure(seen).axes[0].texts]
    assert texts.count("-1.0") + texts.count("-1") >= 3 and "kept" in texts and "products" not in texts


def test_many_products_end_in_the_sum_of_the_others() -> None:
    """A row for each of the largest, one for all others, and together they are the sum."""
    model = Sequential([layers.Input((600,)), layers.Dense(2, name="d")])
    x = RNG.normal(size=600).astype(np.float32)
    seen = inspection.arithmetic(model, "d", x, (), 1)
    page = seen._repr_html_()
    rows = [[cell.split("<")[0] for cell in row.split("<td")[1:]] for row in page.split("<tr>")]
    cells = [[cell.rpartition(">")[2] for cell in row] for row in rows if len(row) == 4]
    assert len(cells) == 200 and cells[-1][0] == "401 others together" and "further rows" not in page
    assert "[]" not in page
    total = sum(float(row[3]) for row in cells)
    assert total == pytest.approx(float(seen.sum), abs=1e-4)


def test_a_small_kernel_over_a_colour_image_is_shown_whole() -> None:
    model = Sequential([layers.Input((9, 9, 3)), layers.Conv2D(1, 7, name="c")])
    text = views.arithmetic_text(inspection.arithmetic(model, "c", RNG.random((9, 9, 3)).astype(np.float32), (0, 0), 0))
    assert "together" not in text and "channel 2" in text


def test_a_filtered_image_shows_photo_kernel_and_map() -> None:
    """In this order; each number of the kernel is a cell."""
    seen = inspection.filtered_image(np.eye(6, dtype=np.float32), "sobel_x")
    page = seen._repr_html_()
    assert page.count("<img") == 2 and page.index("<img") < page.index("<svg") < page.rindex("<img")
    assert page.count("<rect") >= 9 and "Left the image, then the kernel, then the map." in page
    assert "zero everywhere" in inspection.filtered_image(np.ones((6, 6), np.float32), "sobel_x")._repr_html_()
