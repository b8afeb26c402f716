"""Every public function of inspection and views, whatever it is handed: it works, or says what is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from cases import terms_arguments

from pellucid import Model, Sequential, inspection, layers, views
from pellucid.callbacks import FilterHistory, History
from pellucid.engines.kernel_calls import KernelCall
from pellucid.errors import PellucidError
from pellucid.inspection import Profile

SAMPLE = np.random.default_rng(0).normal(size=(6, 5, 1)).astype(np.float32)
FUNCTIONS = [
    (room.__name__.rpartition(".")[2], name)
    for room in (inspection, views)
    for name in room.__all__
    if inspect.isfunction(getattr(room, name))
]


def _model() -> Sequential:
    model = Sequential([layers.Input((6, 5, 1)), layers.Conv2D(3, 3, name="c1"), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


def _history() -> History:
    history = History()
    history.on_epoch_end(0, {"loss": 2.0, "val_loss": 3.0})
    return history


@cache
def _learned() -> dict[tuple[str, str], dict[str, Any]]:
    """Arguments of what looks at how a filter learns, of a training that is recorded once."""
    model = Sequential([layers.Input((3, 3, 1)), layers.Conv2D(1, 2, name="c1"), layers.Flatten()])
    model.compile("sgd", "mse")
    x, y, history = np.ones((2, 3, 3, 1)), np.zeros((2, 4)), FilterHistory()
    model.fit(x, y, batch_size=2, verbose=0, callbacks=history)
    data = {"model": model, "x": x, "y": y}
    one = {**data, "layer": "c1", "filter": 0}
    more = {"sample_weight": None, "which": "kernel", "engine": None}
    again = {
        "which": "kernel", "sample_weight": np.ones(2), "batch_size": 2, "shuffle": True, "class_weight": None,
        "validation_split": 0.0, "steps_per_epoch": None,
    }  # fmt: skip
    recorded: dict[str, Any] = {"recorded": history, "by": [0, 1], "steps": (0, 1), "class_names": None, **again}
    gradient, step = inspection.kernel_gradient(**one), inspection.update(**one)
    wrote = inspection.influence(**one, recorded=history, by="image")
    film, flow = inspection.filter_film(history, "c1"), inspection.gradient_flow(model, x, y)
    sample = {"image": x[0], "target": y[0], "recorded": history}
    found = inspection.influential_images(**data, **sample)
    return {
        ("inspection", "kernel_gradient"): {**one, **more},
        ("inspection", "update"): {**one, **more},
        ("inspection", "influence"): {**one, **recorded},
        ("inspection", "filter_film"): {"history": history, "layer": "c1", "which": None},
        ("inspection", "gradient_flow"): {
            "models": model, "x": x, "y": y, "epochs": 1, "batch_size": 2, "points": 1, "sample_weight": None,
        },
        ("inspection", "influential_images"): {**data, **sample, "limit": 1},
        ("views", "kernel_gradient_figure"): {"gradient": gradient, "limit": 1, "width": 400},
        ("views", "kernel_gradient_text"): {"gradient": gradient, "width": 80, "color": False, "limit": 1},
        ("views", "update_figure"): {"step": step, "width": 400},
        ("views", "update_text"): {"step": step, "width": 80},
        ("views", "influence_figure"): {"influence": wrote, "limit": 1, "width": 400},
        ("views", "influence_text"): {"influence": wrote, "width": 80, "limit": 1},
        ("views", "film_figure"): {"film": film, "frames": 2, "limit": 1, "width": 400},
        ("views", "film_text"): {"film": film, "width": 80, "limit": 1},
        ("views", "gradient_flow_figure"): {"flow": flow, "width": 400},
        ("views", "gradient_flow_text"): {"flow": flow, "width": 80},
        ("views", "influential_images_figure"): {"found": found, "limit": 1, "width": 400},
        ("views", "influential_images_text"): {"found": found, "width": 80, "limit": 1},
        ("views", "save_film"): {"film": film, "path": "film.gif", "seconds": 1.0},
    }  # fmt: skip


PHOTO = np.random.default_rng(3).random((8, 8, 3)).astype(np.float32)


def _judged() -> dict[tuple[str, str], dict[str, Any]]:
    """Those on how models of masks and of numbers do."""
    masks = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 1, activation="softmax")])
    numbers = Sequential([layers.Input((3,)), layers.Dense(2)])
    of_masks = {"model": masks, "x": np.ones((2, 4, 4, 1)), "y": np.zeros((2, 4, 4), int), "class_names": ["a", "b"]}
    of_numbers = {"model": numbers, "x": np.ones((2, 3)), "y": np.zeros((2, 2)), "names": ["a", "b"]}
    text: dict[str, Any] = {"width": 80, "color": False}
    segmented = inspection.segmentation(**of_masks)
    deviating = inspection.deviations(**of_numbers)
    return {
        ("inspection", "segmentation"): {
            **of_masks, "ignore_class": None, "batch_size": 1, "names": ["one", "two"], "most": 1, "engine": None,
        },
        ("inspection", "deviations"): {
            **of_numbers, "are_labels": False, "batch_size": 1, "files": ["one", "two"], "most": 1,
        },
        ("views", "segmentation_figure"): {"segmentation": segmented, "width": 400},
        ("views", "segmentation_text"): {"segmentation": segmented, **text},
        ("views", "deviations_figure"): {"deviations": deviating, "width": 400},
        ("views", "deviations_text"): {"deviations": deviating, **text},
    }  # fmt: skip


def _good(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Arguments with which each function works."""
    model = _model()
    value = inspection.arithmetic(model, "c1", SAMPLE, (1, 2), 1)
    bank, maps = inspection.filters(model.layers[0]), inspection.feature_maps(model, SAMPLE)
    partial = inspection.partial_maps(model, "c1", SAMPLE, 1)
    measured = Profile(
        "m", "prediction", 1, 1, 1e9, [KernelCall("c1", "convolution", "direct", "", 10, 10, seconds=1e-3)]
    )
    text: dict[str, Any] = {"width": 80, "color": False}
    numbers = {"position": (1, 2), "filter": 1, "call": 0, "engine": None}
    field = inspection.receptive_field(model, "c1", (1, 2), 1, SAMPLE)
    filtered = inspection.filtered_image(SAMPLE, "sobel_x")
    confused = inspection.confusion(model, SAMPLE[None], np.zeros(1, int))
    PIL.Image.new("RGB", (3, 2)).save(folder / "photo.png")
    return {
        **_learned(),
        ("inspection", "all_filters"): {"model": model, "moment": ""},
        ("inspection", "arithmetic"): {"model": model, "layer": "c1", "sample": SAMPLE, **numbers},
        ("inspection", "equivariance"): {
            "model": model, "x": SAMPLE, "shift": 1, "fill": "zero", "input": "input", "engine": None,
        },
        ("inspection", "describe"): {"filter": bank, "number": 1},
        ("inspection", "initial_draw"): {"layer": model.layers[0], "which": "kernel"},
        ("inspection", "filtered_image"): {"image": SAMPLE, "kernel": "sobel_x", "name": None},
        ("inspection", "filtered_image_by"): {
            "model": model,
            "layer": "c1",
            "image": SAMPLE,
            "filter": 1,
            "call": 0,
            "input": None,
            "engine": None,
        },
        ("inspection", "feature_maps"): {
            "model": model,
            "x": SAMPLE,
            "layers": "c1",
            "stage": "output",
            "winners": False,
            "training": True,
            "seed": 1,
            "engine": None,
        },
        ("inspection", "filters"): {"layer": model.layers[0], "moment": "now", "which": None},
        ("inspection", "lint"): {
            "model": model, "data": np.repeat(SAMPLE[None], 3, 0), "initial": model.get_weights(), "samples": 5,
            "batch_size": 2, "ignore": (), "engine": None,
        },
        ("inspection", "overview"): {
            "layer": model.layers[0],
            "filter": 1,
            "most_filters": 2,
            "most_slices": 1,
            "which": "kernel",
        },
        ("inspection", "partial_maps"): {
            "model": model,
            "layer": "c1",
            "x": SAMPLE,
            "filter": 1,
            "call": 0,
            "engine": None,
        },
        ("inspection", "profile"): {"model": model, "x": SAMPLE[None], "y": np.zeros((1, 2)), "runs": 1},
        ("inspection", "receptive_field"): {
            "model": model,
            "layer": "c1",
            "position": (1, 2),
            "unit": 1,
            "x": SAMPLE,
            "samples": 1,
            "seed": 0,
            "call": 0,
            "input": None,
            "engine": None,
        },
        ("inspection", "trace"): {
            "model": model,
            "layer": "c1",
            "sample": SAMPLE,
            "position": (1, 2),
            "filter": 1,
            "largest": 2,
            "values": 2,
            "call": 0,
        },
        ("views", "arithmetic_figure"): {"arithmetic": value, "limit": 3, "width": 400},
        ("views", "arithmetic_text"): {"arithmetic": value, **text, "limit": None},
        ("views", "curves_figure"): {"history": _history(), "width": 400},
        ("views", "curves_text"): {"history": _history(), "width": 80},
        ("views", "equivariance_figure"): {"shifted": inspection.equivariance(model, SAMPLE), "width": 400},
        ("views", "equivariance_text"): {"shifted": inspection.equivariance(model, SAMPLE), "width": 80},
        ("views", "field_figure"): {"field": field, "width": 400},
        ("views", "field_text"): {"field": field, **text},
        ("views", "filtered_figure"): {"filtered": filtered, "width": 400},
        ("views", "filtered_text"): {"filtered": filtered, **text},
        ("views", "description_figure"): {"description": inspection.describe(bank, 0), "width": 400},
        ("views", "description_text"): {"description": inspection.describe(bank, 0), **text},
        ("views", "initial_draw_figure"): {"draw": inspection.initial_draw(model.layers[0]), "width": 400},
        ("views", "initial_draw_text"): {"draw": inspection.initial_draw(model.layers[0]), "width": 80},
        ("views", "filters_figure"): {"banks": [bank, bank], "scale": "layer", "limit": None, "width": 400},
        ("views", "filters_text"): {"banks": bank, **text, "numbers": None, "limit": None, "scale": "layer"},
        ("inspection", "confusion"): {
            "model": model, "x": SAMPLE[None], "y": np.zeros(1, int), "class_names": ["a", "b"], "batch_size": 1,
            "names": ["one"], "most": 1,
        },
        **_judged(),
        ("views", "confusion_figure"): {"record": confused, "width": 400},
        ("views", "confusion_text"): {"record": confused, "width": 80},
        ("views", "mistakes_figure"): {"record": confused, "width": 400},
        ("inspection", "variations"): {"varying": [layers.RandomFlip()], "image": PHOTO, "count": 2, "seed": 1},
        ("views", "variations_figure"): {"record": inspection.variations([layers.RandomFlip()], PHOTO), "width": 400},
        ("inspection", "formula"): {"layer": model.layers[0], "filter": 1, "channel": 0},
        ("views", "formula_figure"): {"formula": inspection.formula(model.layers[0]), "width": 400},
        ("views", "formula_text"): {"formula": inspection.formula(model.layers[0]), **text},
        ("views", "lint_figure"): {"lint": inspection.lint(model), "width": 400},
        ("views", "lint_text"): {"lint": inspection.lint(model), "width": 80},
        ("views", "load_image"): {"path": folder / "photo.png"},
        ("views", "maps_figure"): {"maps": maps, "class_names": ["a", "b"], "scale": "map", "limit": 2, "width": 400},
        ("views", "maps_text"): {"maps": maps, **text, "limit": None, "class_names": ["a", "b"]},
        ("views", "paint"): {"values": SAMPLE, "limit": 1.0},
        ("views", "overview_figure"): {"overview": inspection.overview(bank), "scale": "filter", "width": 400},
        ("views", "overview_text"): {"overview": inspection.overview(bank), **text, "scale": "slice"},
        ("views", "partial_maps_figure"): {"partial": partial, "limit": 2, "width": 400},
        ("views", "partial_maps_text"): {"partial": partial, **text, "limit": None},
        ("views", "profile_figure"): {"profile": measured, "width": 400},
        ("views", "profile_text"): {"profile": measured, "width": 80},
        ("views", "save_figure"): {"figure": views.curves_figure(_history()), "path": folder / "picture.png"},
        ("views", "trace_figure"): {"chain": inspection.trace(model, "c1", SAMPLE, (1, 2), 1), "width": 400},
        ("views", "trace_text"): {"chain": inspection.trace(model, "c1", SAMPLE, (1, 2), 1), **text},
        ("views", "to_html"): {"shown": maps},
        ("views", "terminal_color"): {"stream": open(folder / "stream", "w"), "environment": {}},
        ("inspection", "what_if"): {
            "model": model, "x": SAMPLE, "changes": {"c1": {0: 0.0}}, "y": np.zeros(2), "layers": ("c1",),
            "engine": None,
        },
        ("views", "what_if_figure"): {
            "tried": inspection.what_if(model, SAMPLE, {"c1": 0.0}), "limit": 2, "width": 400,
        },
        ("views", "what_if_text"): {"tried": inspection.what_if(model, SAMPLE, {"c1": 0.0}), "width": 80},
        **terms_arguments.arguments(),
    }  # fmt: skip


def _hostile() -> dict[str, Any]:
    other = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 3, name="elsewhere")], name="other")
    return {
        "None": None, "3": 3, "-1": -1, "1000": 1000, "1.5": 1.5, "True": True, "nan": float("nan"), "name": "c1",
        "no name": "no such thing", "no text": "", "line\nbreak": "a\nb", "bytes": b"c1", "NUL": "a\0.png",
        "long": "a" * 300 + ".png", "folder": str(Path(__file__).parent), "no folder": "no/such/folder/a.png",
        "list": [], "lists": [[1], [1, 2]], "(1, 'a')": (1, "a"), "[None]": [None], "dict": {},
        "{'a': []}": {"a": []}, "{'a': 'b'}": {"a": ["b"]}, "object": object(), "class": layers.Conv2D,
        "function": len, "texts": np.array(["a"]), "vector": np.zeros(3), "NaN": np.full((6, 5, 1), np.nan),
        "nothing": np.zeros((0, 6, 5, 1)), "complex": 1j,
        "unbuilt layer": layers.Conv2D(2, 3), "unbuilt model": Sequential([layers.Dense(2)]),
        "no layers": Sequential(),
        "layer elsewhere": other.layers[0], "other model": other, "dense": _model().layers[-1], "history": History(),
        "maps": inspection.FeatureMaps("a", "", np.zeros((2, 2))), "curves": inspection.TrainingCurves({"a": [1.0]}),
    }  # fmt: skip


def test_every_function_is_here(tmp_path: Path) -> None:
    """A new public function gets its row."""
    assert set(_good(tmp_path)) == set(FUNCTIONS)


@pytest.mark.parametrize(("room", "name"), FUNCTIONS, ids=lambda part: part)
def test_hostile_arguments(room: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each argument in turn is replaced by what cannot be meant; no raw error comes out, nor one without words."""
    monkeypatch.chdir(tmp_path)
    function: Callable[..., Any] = getattr({"inspection": inspection, "views": views}[room], name)
    good = _good(tmp_path)[room, name]
    assert list(good) == list(inspect.signature(function).parameters), "a new argument gets its value"
    function(**good)
    for argument in good:
        for what, value in _hostile().items():
            try:
                function(**{**good, argument: value})
            except PellucidError as error:
                assert len(str(error)) > 20, f"{name}({argument}={what}): {error}"
                assert "\n" not in str(error), f"{name}({argument}={what}): {error}"
            except Exception as error:
                raise AssertionError(f"{name}({argument}={what}) ends in {type(error).__name__}: {error}") from error


def _inner() -> Model:
    x = layers.Input((6, 5, 1))
    return Model(x, layers.Conv2D(2, 3, name="conv")(x), name="inner")


TEACHING: dict[str, tuple[Callable[[Sequential], object], str]] = {
    "the name of a layer": (lambda m: inspection.filters("c1"), r"got its name: say model\.get_layer\('c1'\)$"),  # type: ignore[arg-type]
    "the filters of a model": (lambda m: inspection.filters(m), r"got the model .*; all_filters\(model\) shows those"),
    "a layer where a model is meant": (
        lambda m: inspection.feature_maps(m.layers[0], SAMPLE),  # type: ignore[arg-type]
        r'got the layer Conv2D "c1"; pass the model that it stands in$',
    ),
    "a layer of another model": (
        lambda m: inspection.arithmetic(m, layers.Conv2D(1, 3, name="far"), SAMPLE, (0, 0)),
        r'^Conv2D "far" is no layer of .*, whose layers are: c1, ',
    ),
    "one number for two axes": (
        lambda m: inspection.arithmetic(m, "c1", SAMPLE, 3), r'^Conv2D "c1" gives feature maps of \(4, 3\), there is no'
    ),
    "a position that is text": (
        lambda m: inspection.arithmetic(m, "c1", SAMPLE, "ab"),  # type: ignore[arg-type]
        r"position is one whole number for each axis of the feature maps, such as \(2, 3\), got 'ab' \(str\)$",
    ),
    "curves of a model": (lambda m: views.curves_figure(m), r"^expected what model\.fit\(\.\.\.\) returned"),  # type: ignore[arg-type]
    "a layer where its filters are meant": (
        lambda m: views.filters_figure(m.layers[0]),  # type: ignore[arg-type]
        r"^expected what inspection\.filters\(layer\) or inspection\.all_filters\(model\) gives, got",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TEACHING)
def test_what_to_say_instead(case: str) -> None:
    """The likeliest mistakes are told what to write."""
    look, message = TEACHING[case]
    with pytest.raises(PellucidError, match=message):
        look(_model())


def test_the_layer_itself_may_stand_for_its_name() -> None:
    """In the model, and in a model inside."""
    model = _model()
    assert inspection.arithmetic(model, model.layers[0], SAMPLE, (1, 2), 1) == inspection.arithmetic(
        model, "c1", SAMPLE, (1, 2), 1
    )
    inner = _inner()
    outer = Sequential([layers.Input((6, 5, 1)), inner])
    assert inspection.arithmetic(outer, inner.layers[-1], SAMPLE, (0, 0)).layer == "inner/conv"
    line = Sequential([layers.Input((6, 1)), layers.Conv1D(1, 3, name="line")])
    assert inspection.arithmetic(line, "line", SAMPLE[:, 0], 2).output_index == (2,)


def test_what_fit_returns_is_drawn() -> None:
    """Epochs count from 1, as `fit` shows them."""
    model = _model()
    history = model.fit(SAMPLE[None], np.zeros((1, 2)), epochs=2, verbose=0)
    assert views.curves_text(history).split("\n")[-1].split()[0] == "2"
    assert len(views.curves_figure(history).axes) == 1
