"""The peers of `make bench`: they compute what Pellucid does, and one that is not installed is said and left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from as_markdown import table
from compare import version
from frameworks.keras_like import model_of
from frameworks.torch_layers import build
from measure import Contest, ContestantFailed, Task
from peers import fastest, leanest
from workloads import ROWS, Workload, data

import pellucid

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ODD = {9: (33, 33, 3), 12: (33, 33, 3)}
"""Sizes for the rows that stride: PyTorch, which pads on both sides, takes the windows there that Keras takes."""


def predicted(workload: Workload) -> np.ndarray:
    """What Pellucid's model of a workload says of one sample; weights are drawn by the names that layers get first."""
    pellucid.clear_session()
    return np.asarray(model_of(pellucid, workload).predict(data(workload, 1)[0], verbose=0))


@pytest.mark.parametrize("row", ODD)
def test_pytorch_computes_the_same(row: int) -> None:
    """To the rounding of some fifty layers; and of ten classes no two are equal, so that this says something."""
    workload = replace(ROWS[row], input_shape=ODD[row])
    first = torch.from_numpy(np.moveaxis(data(workload, 1)[0], -1, 1).copy())
    with torch.inference_mode():
        theirs = build(workload, logits=False).eval()(first).numpy()
    ours = predicted(workload)
    assert np.ptp(ours) > 1e-4
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


CONVERTED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from frameworks.contestants import CONTESTANTS
from workloads import ROWS, data
workload = replace(ROWS[12], input_shape=(33, 33, 3))
outputs = CONTESTANTS[sys.argv[2]].make_predictor(workload, 1, 1)(data(workload, 1)[0])
print(json.dumps([outputs.tolist(), [name for name in ("torch", "tensorflow", "keras") if name in sys.modules]]))
"""


@pytest.mark.parametrize(
    ("name", "package"), [("onnxruntime", "onnxruntime"), ("mnn", "MNN"), ("litert", "ai_edge_litert")]
)
def test_a_runtime_computes_the_same_and_holds_no_framework(name: str, package: str) -> None:
    """What converts the model runs elsewhere, so that the memory of a runtime is its own."""
    pytest.importorskip(package)
    command = [sys.executable, "-c", CONVERTED, str(BENCHMARKS), name]
    environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    outputs, held = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(outputs, predicted(replace(ROWS[12], input_shape=ODD[12])), atol=1e-5)
    assert held == []


def test_a_peer_that_is_not_installed_is_said_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A package of its name stands before it, that is not there any more."""
    (tmp_path / "MNN.py").write_text("raise ModuleNotFoundError(\"No module named 'MNN'\")\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    cores = (min(os.sched_getaffinity(0)),)
    with Contest(["mnn", "pellucid"], Task(6, "predict", 1, cores), say=lambda text: None) as contest:
        alone, memory = contest.heats(), contest.memory()
        result = contest.rounds(["pellucid"], pairs=1)
        with pytest.raises(ContestantFailed, match="MNN"):
            contest.rounds(["pellucid", "mnn"], pairs=1)
    assert contest.left_out == {"mnn": "mnn: ModuleNotFoundError: No module named 'MNN'"}
    assert list(alone) == list(memory) == list(result["contestants"]) == ["pellucid"]
    assert result["contestants"]["pellucid"]["times_ours"] == 1
    assert "left out: mnn: ModuleNotFoundError" in capsys.readouterr().err


def test_the_version_of_a_package_that_is_not_there() -> None:
    """No reason to stop."""
    assert version("numpy") == np.__version__
    assert version("a package that nobody has made") is None


def result(times: dict[str, float], **more: Any) -> dict[str, Any]:
    """A task's result, with so many times our time for each contestant."""
    numbers = {
        name: {"ms": ratio, "times_ours": ratio, "interval": (ratio, ratio), "memory_mb": 100 * ratio}
        for name, ratio in {"pellucid": 1.0, "pellucid exact": 0.9, **times}.items()
    }
    return {"task": "a task", "contestants": numbers, **more}


def test_who_is_fastest_and_who_leanest() -> None:
    """Of the peers, not of ours; memory counts of all that ran alone."""
    some = result({"torch": 3.0, "litert": 2.0})
    assert (fastest(some), leanest(some)) == ("litert", ("litert", 200.0))
    more = result({"torch": 3.0, "litert": 2.0}, alone_mb={"torch": 310.0, "mnn": 45.0})
    assert (fastest(more), leanest(more)) == ("litert", ("mnn", 45.0))
    assert "| 2 ms, litert | **2.00** (2.00 to 2.00) | 100 to 200 | 45, mnn |" in table({"results": [more]})


def test_a_task_without_any_peer() -> None:
    """The table says so."""
    nobody = result({}, alone_mb={})
    assert (fastest(nobody), leanest(nobody)) == (None, None)
    assert "no peer could be measured" in table({"results": [nobody]})
