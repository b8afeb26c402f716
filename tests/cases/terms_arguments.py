"""Arguments with which the functions on units in terms of the input, on models side by side and on mistakes work."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pellucid import Sequential, inspection, layers


@lru_cache(maxsize=1)
def arguments() -> dict[tuple[str, str], dict[str, Any]]:
    """By room and name, every argument that a function takes; made once, since nothing of it changes."""
    x = np.random.default_rng(0).normal(size=(5, 6, 5, 1)).astype(np.float32)
    y = np.array([0, 1, 1, 0, 1])
    model = Sequential([layers.Input((6, 5, 1)), layers.Conv2D(3, 3, name="c1"), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    of_class: dict[str, Any] = {"model": model, "x": x, "y": y, "class_names": ["a", "b"]}
    unit: dict[str, Any] = {"layer": "c1", "unit": 1, "position": (1, 2)}
    others = {"noise": None, "seed": None, "baseline": None, "steps": None, "patch": None, "stride": None}
    climb = {"steps": 2, "step_size": 0.1, "jitter": 0, "low": 0.0, "high": 1.0, "shape": None, "seed": 0}
    functions: dict[tuple[str, str], dict[str, Any]] = {
        ("inspection", "saliency"): {
            "model": model, "x": x[0], "method": "gradient", **unit, "stage": "output", "samples": None, **others,
            "maps_of": None, "call": 0, "input": None, "engine": None,
        },
        ("inspection", "top_patches"): {
            "model": model, "data": x, "layer": "c1", "units": [1], "y": y, "count": 2, "samples": 4,
            "stage": "output", "batch_size": 2, "call": 0, "input": "input", "engine": None,
        },
        ("inspection", "activation_maximum"): {
            "model": model, **unit, "parameters": "pixels", **climb, "call": 0, "x": None, "input": None,
            "engine": None,
        },
        ("inspection", "composition"): {
            "model": model, **unit, "x": x[0], "stage": "output", "call": 0, "input": None, "engine": "reference",
        },
        ("inspection", "compare"): {
            "a": model, "b": model, "data": x, "layers": ["c1"], "samples": 4, "batch_size": 2, "engine": None,
        },
        ("inspection", "recurrence"): {
            "models": [model, model], "data": x, "threshold": 0.5, "layers": ["c1"], "samples": 4, "engine": None,
        },
        ("inspection", "confusion"): {
            **of_class, "batch_size": 2, "names": list("abcde"), "most": 2, "engine": None,
        },
        ("inspection", "mistakes"): {
            **of_class, "count": 2, "layers": "c1", "batch_size": 2, "engine": None,
        },
        ("inspection", "importance"): {
            "model": model, "data": x, "layer": "c1", "y": y, "samples": 4, "batch_size": 2, "engine": None,
        },
        ("inspection", "training_runs"): {"runs": {"a": {"loss": [1.0], "val_loss": [2.0]}}, "tolerance": 0.1},
        ("views", "report_html"): {
            "model": model, "data": None, "y": None, "title": "report", "records": [], "on_section": None,
        },
    }  # fmt: skip
    return functions | _views(functions)


def _views(functions: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Figure and text of each record."""
    makers = {
        "saliency": "saliency", "top_patches": "top_patches", "maximum": "activation_maximum",
        "composition": "composition", "comparison": "compare", "recurrence": "recurrence", "confusion": "confusion",
        "mistakes": "mistakes", "importance": "importance", "runs": "training_runs",
    }  # fmt: skip
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for view, maker in makers.items():
        record = getattr(inspection, maker)(**functions["inspection", maker])
        name = {"top_patches": "patches", "confusion": "record"}.get(view, view)
        drawn = "record" if view == "mistakes" else name
        found["views", f"{view}_figure"] = {drawn: record} | ({"limit": 2} if view == "top_patches" else {})
        found["views", f"{view}_figure"]["width"] = 400
        found["views", f"{view}_text"] = {name: record, "width": 80} | ({} if view == "confusion" else {"color": False})
    return found
