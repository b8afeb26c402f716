"""The next step of a training, looked at before it is made: the gradient of a filter, what each cause adds to it, and
how large the gradient is that reaches each layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.responses import Response

from pellucid.data.sources.source import Batch
from pellucid.data.sources.streams import IteratorSource
from pellucid.errors import ArgumentError
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import Bank, banks_of, makes_the_maps
from pellucid.explorer.live import limit_of
from pellucid.explorer.pictured import pictured
from pellucid.explorer.ready import Ready
from pellucid.explorer.samples import parts_of
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection import kernel_gradient, update
from pellucid.inspection.gradient_flow import Flow, Norms
from pellucid.inspection.seen import input_paths
from pellucid.inspection.training_step import layer_at
from pellucid.training.objectives import TARGET, WEIGHTS

__all__ = ["flow", "step"]


def step(study: Study, asked: Asked) -> Response:
    """The gradient and the next step of a filter: `?filter=0&which=kernel`."""
    path, number = asked.path["layer"], asked.whole("filter", 0)
    ready = study.training.ready
    with study.editing():
        banks = _banks(study, path)
        if not banks:
            raise ArgumentError(f"{path} has no filters, so no step of one")
        which = asked.query.get("which") or next(iter(banks))
        if which not in banks:
            raise ArgumentError(f"{path} has {', '.join(banks)}, and no {which[:40]}")
        x, y, weights = _given(ready, _next_batch(ready))
        settings = {"sample_weight": weights, "which": banks[which].weight.name}
        made = update(study.model, x, y, banks[which].holder, number, **settings)
        found = kernel_gradient(study.model, x, y, banks[which].holder, number, **settings)
    arrays = {"before": made.before, "gradient": found.total, "change": made.change}
    arrays |= {f"part {place}": part for place, part in enumerate(made.parts)}
    head = {
        "layer": path,
        "kind": made.kind,
        "filter": number,
        "which": which,
        "banks": list(banks),
        "loss": found.loss,
        "optimizer": made.optimizer,
        "step": made.step,
        "samples": len(parts_of(x)[0]),
        "names": made.names,
        "shares": made.shares,
        "limits": {name: limit_of(array) for name, array in arrays.items()},
        "steps_limit": max(limit_of(made.change), *(limit_of(part) for part in made.parts)),
        "shape": made.before.shape,
    }
    pictures = {name: pictured(array) for name, array in arrays.items()}
    return Response(packed(head, pictures), media_type="application/octet-stream")


def flow(study: Study, asked: Asked) -> Response:
    """How large the gradient of each layer is on the next batch."""
    ready = study.training.ready
    with study.editing():
        measure = Norms(study.model, ready.stepper)
        norms = measure(_next_batch(ready))
    found = Flow(study.model.name, tuple(measure.layers), np.array([norms]), tuple(measure.layers.values()))
    layers = []
    for place, path in enumerate(found.layers):
        layers.append(
            {
                "layer": path,
                "norm": norms[place],
                "typical": float(found.typical[0, place]),
                "banks": list(_banks(study, path)),
            }
        )
    head = {"layers": layers, "most": float(found.typical.max())}
    return Response(packed(head, {}), media_type="application/octet-stream")


def _banks(study: Study, path: str) -> dict[str, Bank]:
    """The banks of a layer whose filters are known one by one, those within it too; what makes its maps comes first."""
    found = [bank for bank in banks_of(path, layer_at(study.opened, path)) if bank.owner is not None]
    found.sort(key=lambda bank: not makes_the_maps(bank))
    return {bank.name: bank for bank in found}


def _next_batch(ready: Ready) -> Batch:
    """The batch of the next step.

    Raises:
        ArgumentError: it cannot be looked at without being used up.
    """
    if isinstance(ready.source, IteratorSource):
        raise ArgumentError("the batches of these data come but once: the next one cannot be looked at beforehand")
    (epoch, start), seed = ready.stepper.position, ready.stepper.seed
    found = next(iter(ready.source.batches(epoch, seed=seed, start=start)), None)
    found = found or next(iter(ready.source.batches(epoch + 1, seed=seed)), None)
    if found is None:
        raise ArgumentError("the data have no batches: nothing came out of them")
    return found


def _given(ready: Ready, batch: Batch) -> tuple[Any, Any, Any]:
    """A batch as `train_on_batch` takes it: the samples, their targets, and how much each counts."""
    arrays = batch.arrays
    built = ready.stepper.runtime.built
    x = dict(zip(input_paths(built), (arrays[name] for name in built.graph_names), strict=True))
    targets, weights = ([arrays[key] for key in arrays if key.startswith(kind)] for kind in (TARGET, WEIGHTS))
    y, sample_weight = (each[0] if len(each) == 1 else (each or None) for each in (targets, weights))
    return x if len(x) > 1 else next(iter(x.values())), y, sample_weight
