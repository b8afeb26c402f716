"""`pellucid filters`: what it shows of a model, of one layer and of one filter, and what it says where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from pellucid import Sequential, layers
from pellucid.cli.main import run


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    inner = Sequential([layers.Input((8, 8, 4)), layers.Conv2D(17, 3, name="deep")], name="inner")
    chain = [
        layers.Input((10, 10, 1)),
        layers.Conv2D(4, 3, name="stem"),
        inner,
        layers.SeparableConv2D(3, 3, name="sep"),
    ]
    model = Sequential([*chain, layers.Flatten(), layers.Dense(2, name="d")], name="m")
    model.layers[0].filter(1).set("sobel_x")
    path = tmp_path_factory.mktemp("models") / "m.keras"
    model.save(path)
    return str(path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            [],
            [
                "stem: 4 filters of 3x3",
                "Filter 1: handcrafted: sobel_x; loaded from m.keras (stem)",
                "sep/pointwise_kernel",
            ],
        ),
        (["--layer", "stem"], ["stem: 4 filters of 3x3", "Filters 0 and 2-3: drawn by GlorotUniform"]),
        (["--layer", "inner/deep"], ["inner/deep: 17 filters of 3x3 over 4 channels", "norm", "made of"]),
        (["--layer", "inner/deep", "--filter", "3"], ["inner/deep, filter 3: all its 4 slices"]),
        (["--layer", "stem", "--scale", "slice"], ["each slice on its own scale"]),
        (["--layer", "stem", "--describe"], ["   1    0 degrees  0.25 per tap", "sobel_x: cosine 1.000"]),
        (["--layer", "stem", "--describe", "--filter", "1"], ["handcrafted: sobel_x", "coherence 0.55"]),
        (["--layer", "stem", "--initial"], ["sqrt(6 / (9 + 36)) = 0.3651", "Kolmogorov"]),
        (["--layer", "d", "--initial"], ["fan-in 48, fan-out 2"]),
        (["--layer", "sep/pointwise_kernel", "--initial"], ["sep, pointwise_kernel"]),
        (["--layer", "inner/deep", "--initial"], ["fan-in 36, fan-out 153"]),
    ],
)
def test_what_is_asked_for_is_shown(file, options, told, capsys):
    assert run(["filters", file, *options]) == 0
    out = capsys.readouterr().out
    assert all(part in out for part in told), out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layer", "stm"], "did you mean 'stem'?"),
        (["--layer", "d"], 'Dense "d" has no filters: its weights are kernel (48, 2), bias (2,)'),
        (["--layer", "deep"], "did you mean 'inner/deep'?"),
        (["--layer", "dd", "--initial"], "unknown layer of m 'dd'"),
        (["--describe"], "say which: --layer stem or inner/deep or"),
        (["--layer", "stem", "--filter", "9"], '"stem" has filters 0 to 3, got 9'),
        (["--layer", "stem", "--describe", "--initial"], "give one of them"),
        (["--layer", "stem", "--scale", "pixel"], "unknown colour scale 'pixel'"),
        (["--layer", "stem", "--describe", "-o", "x.png"], "say which: --filter K"),
    ],
)
def test_what_cannot_be_is_said(file, options, said, capsys):
    assert run(["filters", file, *options]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--describe", "--filter", "1"], ["--initial"], ["--filter", "1"], []])
def test_figures_and_json(file, options, tmp_path, capsys):
    assert run(["filters", file, "--layer", "stem", *options, "-o", str(tmp_path / "seen.png")]) == 0
    assert Path(tmp_path / "seen.png").stat().st_size > 1000
    capsys.readouterr()
    assert run(["filters", file, "--layer", "stem", *options, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record.get("layer", record.get("label", "")).startswith("stem")


def test_formulas_and_layers_with_two_banks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a layer computes, of a dense one too, once; a separable layer shows both banks under its own name."""
    stack = [layers.SeparableConv2D(4, 3, name="sep"), layers.Flatten(), layers.Dense(2, name="head")]
    Sequential([layers.Input((6, 6, 2)), *stack]).save(tmp_path / "m.keras")
    model = str(tmp_path / "m.keras")
    for name in ("head", "sep"):
        assert run(["filters", model, "-l", name, "--formula"]) == 0
        out = capsys.readouterr().out
        assert out.count("In LaTeX") == 1 and "kernel" in out
    assert run(["filters", model, "-l", "head", "--initial"]) == 0
    assert capsys.readouterr().out.count("how it was drawn") == 1
    assert run(["filters", model, "-l", "sep"]) == 0
    out = capsys.readouterr().out
    assert "sep/depthwise_kernel" in out and "sep/pointwise_kernel" in out
    assert run(["filters", model, "-l", "sep", "-o", str(tmp_path / "f.png")]) == 1
    assert "say which: --layer sep/depthwise_kernel or sep/pointwise_kernel" in capsys.readouterr().err
    assert run(["filters", model, "-l", "sep", "--formula", "--initial"]) == 1
    assert "give one" in capsys.readouterr().err


def test_a_first_layer_over_colours_is_shown_in_colour(tmp_path, capsys):
    model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(32, 3, name="first")])
    model.save(tmp_path / "m.keras")
    assert run(["filters", str(tmp_path / "m.keras")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("first: 32 filters of 3x3 over 3 channels") and "strongest" not in out
    assert all(name in out for name in ("red", "green", "blue")) and "filter 31" in out
    assert run(["filters", str(tmp_path / "m.keras"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["record"] == "FilterBank" and len(found["kernel"][0][0]) == 3 and len(found["kernel"][0][0][0]) == 32
    assert run(["filters", str(tmp_path / "m.keras"), "-o", str(tmp_path / "f.png"), "--width", "380"]) == 0
    with Image.open(tmp_path / "f.png") as picture:
        assert picture.width == 2 * 380
