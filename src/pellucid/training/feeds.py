"""From what people hand in to a source of batches that are checked against a compiled network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.data.sources.batches import validation_start
from pellucid.data.sources.parts import OwnPart
from pellucid.data.sources.source import Source
from pellucid.errors import ArgumentError
from pellucid.training.given import Given, Method, Pass, batch_maker, opened, source_of_arrays
from pellucid.training.hints import hint_at_pixels, hint_at_rank, note_targets
from pellucid.training.loss_hints import hint_at_losses
from pellucid.training.mistakes import hint_at_class_weights
from pellucid.training.runtime import Runtime
from pellucid.training.samples import prepare_samples, with_class_weights
from pellucid.training.stepper import LocalStepper
from pellucid.training.weights import of_outputs

LOOKED_AT = 256  # samples, which tell whether numbers are pixels of 0..255


def source_of(stepper: LocalStepper, given: Given, how: Pass) -> Source:
    """The batches of what was handed in, each checked against a compiled network.

    Raises:
        ArgumentError: `class_weight` or `batch_size` cannot be.
        DataError: the arrays cannot be used. What is wrong with a batch is said when it comes.
    """
    network, runtime = stepper.runtime.built, stepper.runtime
    if given.has_batches:
        check_parts(given, runtime)
        of_outputs(runtime.name, how.class_weight, network.output_names)
        make = batch_maker(runtime, how.method, lambda batch: checked(stepper, batch, how.class_weight))
        return opened(given.x, make, how)
    samples = checked(stepper, given, how.class_weight)
    hint_at_data(stepper, how.method, given, samples)
    return source_of_arrays(samples, how)


def check_parts(given: Given, runtime: Runtime) -> None:
    """Raise `ArgumentError` where each process has a part of the data and computes without the others."""
    engine = runtime.engine
    if isinstance(given.x, OwnPart) and given.x.count > 1 and not getattr(engine, "spans_processes", False):
        raise ArgumentError(
            f"{runtime.name}: each of {given.x.count} processes has a part of the data (distributed.local), but the "
            f"engine {engine.name!r} of this model computes in one alone: compile(engine='xla') takes all devices"
        )


def checked(stepper: LocalStepper, given: Given, class_weight: Any = None) -> dict[str, np.ndarray]:
    """Arrays under the names by which a step takes them."""
    runtime, objectives = stepper.runtime, stepper.plan.objectives
    class_weights = of_outputs(runtime.name, class_weight, runtime.built.output_names)
    x, y, sample_weight = given.x, given.y, given.sample_weight
    samples = prepare_samples(runtime.built_for(x), objectives, runtime.name, x, y, sample_weight)
    hint_at_class_weights(runtime, objectives, class_weights)
    return weighed(stepper, samples, class_weight)


def weighed(stepper: LocalStepper, samples: dict[str, np.ndarray], class_weight: Any) -> dict[str, np.ndarray]:
    """Checked samples that count as their classes do, too."""
    if class_weight is None:
        return samples
    network = stepper.runtime.built
    class_weights = of_outputs(stepper.runtime.name, class_weight, network.output_names)
    return with_class_weights(network, stepper.plan.objectives, samples, class_weights)


def hint_at_data(stepper: LocalStepper, method: Method, given: Given, samples: Mapping[str, np.ndarray]) -> None:
    """Warn of what looks wrong about arrays that can be used."""
    runtime = stepper.runtime
    inputs = [samples[name] for name in runtime.built.graph_names]
    hint_at_pixels(runtime, method, [array[:LOOKED_AT] for array in inputs])
    hint_at_rank(runtime, given.x, inputs)
    if method == "fit":
        targets = [each.target for each in stepper.plan.objectives if each.target in samples]
        note_targets(runtime, given.y, [samples[name] for name in targets])
        hint_at_losses(runtime, stepper.plan.objectives, samples)


def split(samples: Mapping[str, np.ndarray], fraction: float) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The samples before the last part, and that part."""
    cut = validation_start(len(next(iter(samples.values()))), fraction)
    return {key: each[:cut] for key, each in samples.items()}, {key: each[cut:] for key, each in samples.items()}


def split_in_words(trained: Mapping[str, np.ndarray], kept: Mapping[str, np.ndarray]) -> str:
    """What `split` did, said before the first epoch: people expect another part.

    Example:
        >>> split_in_words({"x0": np.zeros((48, 4))}, {"x0": np.zeros((16, 4))})
        'trains on the first 48 samples, validates on the last 16'
    """
    counts = [len(next(iter(part.values()))) for part in (trained, kept)]
    return f"trains on the first {counts[0]} samples, validates on the last {counts[1]}"
