"""Trains two networks on a GPU in Pellucid, PyTorch and Keras on JAX: images a second, in less than four minutes.

On a fresh machine with an NVIDIA GPU (and a C++20 compiler):

    pip install "jax[cuda12]==0.10.2" keras==3.15.1 torch . && python benchmarks/gpu.py --json gpu.json
    python benchmarks/gpu.py --smoke          the same in seconds on whatever there is, to see that it runs

From the user's `fit()` to the user's `fit()`: bytes in main memory, batches in an order of each epoch; PyTorch has its
data on the card from the beginning, which is its best form. Contestants run one after the other, each in a process of
its own, the most important first; what the time does not suffice for is said to be missing. An epoch to compile, then
epochs for `SECONDS`; the fastest counts. "by steps" is Pellucid without the loop on the device.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from workloads import ROWS, Workload

SECONDS, IMAGES = 2.0, 49_152
CONTESTANTS = (
    "pellucid", "torch compile channels_last bf16", "torch compile channels_last", "pellucid bf16", "keras jax",
    "torch", "torch channels_last", "pellucid tf32", "keras jax bf16", "pellucid by steps",
)  # fmt: skip
ROWS_OF, BATCHES = (1, 4), (128, 1024, 8192)


def data(workload: Workload, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of random bytes, and classes."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, *workload.input_shape), np.uint8), rng.integers(0, 10, count)


def keras_like(name: str, workload: Workload, count: int) -> Callable[[], None]:
    """An epoch of `fit` of Pellucid or Keras."""
    from frameworks.keras_like import _compiled

    is_ours, x_y = name.startswith("pellucid"), data(workload, count)
    if is_ours:
        import pellucid as framework
        from pellucid.engines import XLAEngine
        from pellucid.engines.xla.placement import Placement

        arguments: dict[str, Any] = {"engine": XLAEngine(precision="tensorfloat32" if "tf32" in name else "float32")}
        if "by steps" in name:
            Placement.loops = False  # type: ignore[method-assign, assignment]
    else:
        os.environ["KERAS_BACKEND"] = "jax"
        import keras as framework  # type: ignore[no-redef]

        arguments = {"steps_per_execution": 32}
    if "bf16" in name:
        framework.config.set_dtype_policy("mixed_bfloat16")
    model = _compiled(framework, workload, **arguments)
    return lambda: model.fit(*x_y, batch_size=workload.batch, verbose=0)


def torch_like(name: str, workload: Workload, count: int) -> Callable[[], None]:
    """An epoch of the usual loop, with all data on the card."""
    import torch
    from frameworks.torch_layers import build
    from frameworks.torch_like import CRITERIA, _optimizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    order = torch.channels_last if "channels_last" in name else torch.contiguous_format
    x, y = data(workload, count)
    images = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1))).to(device)
    classes, network = torch.from_numpy(y).to(device), build(workload, logits=True).to(device, memory_format=order)
    optimizer, criterion = _optimizer(workload, network), CRITERIA[workload.target]()

    def step(rows: Any) -> Any:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled="bf16" in name):
            loss = criterion(run(images[rows].float().contiguous(memory_format=order)), classes[rows])
        loss.backward()
        optimizer.step()
        return loss.detach()

    run = torch.compile(network, mode="reduce-overhead" if device == "cuda" else None) if "compile" in name else network

    def epoch() -> None:
        rows = torch.randperm(count, device=device)
        total = sum(step(part) for part in rows.split(workload.batch))
        float(total)

    return epoch


def speed(epoch: Callable[[], Any], images: int, seconds: float) -> dict[str, float]:
    """Images a second of the fastest epoch, and how long the first one took, with which all is compiled."""
    begin = time.perf_counter()
    epoch()
    first, times = time.perf_counter() - begin, []
    while not times or sum(times) < seconds:
        begin = time.perf_counter()
        epoch()
        times.append(time.perf_counter() - begin)
    return {"images a second": images / min(times), "first epoch": first, "epochs": len(times)}


def one(given: argparse.Namespace) -> None:
    """Measure one contestant: a line of JSON for each network and batch."""
    for row in given.rows:
        for batch in given.batches:
            workload = replace(ROWS[row], batch=batch)
            count = given.images // batch * batch or batch
            make = torch_like if given.one.startswith("torch") else keras_like
            told: dict[str, Any] = {"network": workload.title, "batch": batch, "contestant": given.one}
            try:
                told |= speed(make(given.one, workload, count), count, given.seconds)
            except Exception as error:  # whatever a card or its compiler says
                told["failed"] = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:300]}"
            print(json.dumps(told), flush=True)


def machine() -> dict[str, Any]:
    """What is measured on."""
    asked = "import jax; d = jax.devices()[0]; print(jax.__version__, d.platform, d.device_kind)"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    return {"jax": found.stdout.strip() or found.stderr.strip()[-300:], "python": sys.version.split()[0]}


def main() -> None:
    """All contestants within the time, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--limit", type=float, default=225.0, help="seconds in all")
    parser.add_argument("--smoke", action="store_true", help="few small batches: does it run?")
    parser.add_argument("--contestants", type=lambda text: text.split(","), default=CONTESTANTS)
    parser.add_argument("--rows", type=lambda text: [int(each) for each in text.split(",")], default=ROWS_OF)
    parser.add_argument("--batches", type=lambda text: [int(each) for each in text.split(",")], default=BATCHES)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--one", choices=CONTESTANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given)
        return
    if given.smoke:
        given.rows, given.batches, given.images, given.seconds = (1,), (16,), 32, 0.0
        given.contestants = ["pellucid", "torch", "keras jax"]
    until, told = time.monotonic() + given.limit, {**machine(), "results": []}
    for name in given.contestants:
        measure(name, given, until, told)
        if given.json:
            given.json.write_text(json.dumps(told, indent=1))


def measure(name: str, given: argparse.Namespace, until: float, told: dict[str, Any]) -> None:
    """What one contestant tells until the time is over."""
    needs = name.partition(" ")[0]
    left = until - time.monotonic()
    if importlib.util.find_spec(needs) is None or left < 10:
        why = "no time left" if left < 10 else f"{needs} is not installed"
        print(f"{name}: {why}")
        told["results"].append({"contestant": name, "failed": why})
        return
    arguments = ["--rows", ",".join(map(str, given.rows)), "--batches", ",".join(map(str, given.batches))]
    arguments += ["--images", str(given.images), "--seconds", str(given.seconds)]
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen(
        [sys.executable, __file__, "--one", name, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        out, _ = process.communicate(timeout=left)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        told["results"].append({"contestant": name, "failed": "no time left for the rest of it"})
    for line in out.splitlines():
        if line.startswith('{"network"'):
            found = json.loads(line)
            told["results"].append(found)
            what = found.get("failed") or f"{found['images a second']:12,.0f} images/s"
            print(f"{found['network'][:24]:24} {found['batch']:5}  {name:34} {what}", flush=True)


if __name__ == "__main__":
    main()
