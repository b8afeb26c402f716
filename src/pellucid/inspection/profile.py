"""Where the time of a prediction or of a training step goes: kernel by kernel."""

from __future__ import annotations

import copy

from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.data.sources.source import Batch
from pellucid.engines import NativeEngine, get_engine, get_threads
from pellucid.engines.kernel_calls import KernelCall
from pellucid.engines.native import NativeProgram
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.inspection.given import model_of, number_of
from pellucid.inspection.record import Record
from pellucid.models import Model
from pellucid.network import forward_graph, shapes_of
from pellucid.training.door import Data, prepare_inputs
from pellucid.training.runtime import prepare
from pellucid.training.samples import prepare_samples
from pellucid.training.stepper import LocalStepper

__all__ = ["Profile", "profile"]


MOST_RUNS = 10_000  # a median needs no more


class Profile(Record, Frozen):
    """The kernel calls of one batch, measured.

    Args:
        model: name of the model.
        what: "training step" or "prediction".
        batch_size: samples in the batch.
        threads: of the engine.
        peak: the most floating point operations per second that the processor can do on so many threads, measured
            between the runs.
        calls: in the order in which they run; `seconds` of each is there.

    Example:
        >>> call = KernelCall("edges", "convolution", "direct 6x64", "", 30_000_000, 4000, seconds=0.003)
        >>> measured = Profile("tiny", "prediction", 2, 1, 20e9, [call])
        >>> measured.seconds, measured.peak_share(call)
        (0.003, 0.5)
    """

    model: str
    what: str
    batch_size: int
    threads: int
    peak: float
    calls: list[KernelCall]

    @property
    def seconds(self) -> float:
        """Of all calls together."""
        return sum(self.time(call) for call in self.calls)

    def time(self, call: KernelCall) -> float:
        """Seconds of a call."""
        assert call.seconds is not None
        return call.seconds

    def peak_share(self, call: KernelCall) -> float:
        """Operations of the plain definition per second, the processor's peak being 1; a method may do fewer."""
        return call.operations / self.time(call) / self.peak if call.seconds else 0.0


@explained
def profile(model: Model, x: Data, y: Data | None = None, *, runs: int = 20) -> Profile:
    """Measure each kernel call of a prediction, or of a training step, on one batch; the model stays as it is.

    Args:
        model: a built model (a `Sequential` builds itself for the data).
        x: one batch of samples; where the model has several inputs a list of such arrays, or arrays by name.
        y: its targets: then a training step of the compiled model is measured, otherwise a prediction.
        runs: times that the batch is computed; the median counts.

    Returns:
        the calls with their times.

    Raises:
        ArgumentError: `runs` is below 1 or above 10,000, or the model is compiled for another engine than native.
        DataError: the data does not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((16, 16, 1)), layers.Conv2D(4, 3, name="edges"), layers.Flatten()])
        >>> measured = profile(model, np.zeros((2, 16, 16, 1)), runs=1)
        >>> [(call.layer, call.kind, call.operations) for call in measured.calls]
        [('Conv2D "edges"', 'convolution', 29792)]
    """
    model_of(model, "profile")
    whole("profile", "runs", number_of("runs", runs, "profile"), 1, MOST_RUNS)
    network = model.built_network(x)
    if y is None:
        arrays = prepare_inputs(x, network, model.name)
        engine, size = get_engine("native"), len(arrays[0])
        graph = forward_graph(network, shapes_of(arrays))
        states = graph.states()
        inputs = dict(zip(network.graph_names, arrays, strict=True))
    else:
        if not isinstance(model.stepper, LocalStepper):
            raise ArgumentError(f"{model.name} must be compiled before a training step of it can be measured")
        batch = Batch(prepare_samples(network, model.stepper.plan.objectives, model.name, x, y))
        engine, size = model.engine, len(batch)
        stepper = copy.deepcopy(model.stepper)  # steps change weights
        graph, states = stepper.described(batch)
        inputs = stepper.inputs(batch)
    program = _native(prepare(engine, graph), model)
    calls, peak = program.profile(inputs, states, runs=int(runs), seed=model.seed, step=model.runtime.step)
    what = "prediction" if y is None else "training step"
    return Profile(model.name, what, size, get_threads(), peak, calls)


def _native(program: object, model: Model) -> NativeProgram:
    if not isinstance(program, NativeProgram):
        raise ArgumentError(
            f"{model.name} is compiled for {getattr(model.engine, 'name', model.engine)!r}; "
            f"kernels are measured with the engine {NativeEngine.name!r}"
        )
    return program
