"""The filters of a model, kept again and again while it trains: a film, at a cost that has a bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import several, whole
from pellucid.errors import ArgumentError, unknown_name
from pellucid.warned import warn

__all__ = ["FilterHistory"]

OWNER = "FilterHistory"
MOST_BYTES = 256 * 2**20
MOST = 2**31 - 1
Kept = TypeVar("Kept")


class Thinned(Generic[Kept]):
    """What is kept at equal distances of steps, never more than `limit` of it: where there would be more, every second
    one is let go, and from then on half as often something is kept. The first stays.

    Example:
        >>> kept = Thinned(4)
        >>> for step in range(10):
        ...     if kept.wants(step):
        ...         kept.add(step, f"s{step}")
        >>> kept.steps
        [0, 4, 8]
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.stride = limit, 1
        self.steps: list[int] = []
        self.kept: list[Kept] = []

    def wants(self, step: int) -> bool:
        """Whether it is time, so many steps after the first."""
        return not self.steps or (step - self.steps[0]) % self.stride == 0

    def add(self, step: int, item: Kept) -> None:
        """Keep something; of a step that is there already, the newer."""
        if self.steps and self.steps[-1] == step:
            self.kept[-1] = item
            return
        self.steps.append(step)
        self.kept.append(item)
        self._thin()

    def told(self) -> dict[str, Any]:
        """All of it but the limit, as plain data holds it."""
        return {"stride": self.stride, "steps": list(self.steps), "kept": list(self.kept)}

    def read(self, told: Mapping[str, Any], kept: list[Kept]) -> None:
        """Take over what another one told, with what it kept as this one keeps it."""
        self.stride, self.steps, self.kept = told["stride"], list(told["steps"]), kept
        self._thin()

    def _thin(self) -> None:
        while len(self.steps) > self.limit:
            self.stride *= 2
            pairs = [p for p in zip(self.steps, self.kept, strict=True) if (p[0] - self.steps[0]) % self.stride == 0]
            self.steps, self.kept = [step for step, _ in pairs], [each for _, each in pairs]


class FilterHistory(Callback):
    """Keeps the filters of a model while it trains, and where the training began: so it can be asked who wrote them.

    `inspection.filter_film(history, layer)` makes a film of a layer; `inspection.influence` and `influential_images`
    make the recorded training again and tell what each class and each image did. The cost has a bound, however long the
    training is: at most `frames` copies of the filters are kept, at equal distances of steps, and a training that turns
    out to be longer than expected halves how often one is taken. Of a kernel that a layer of your own computes, the
    weights are kept from which it is computed. Each `fit` begins anew; one that goes on with a
    training that was interrupted (`BackupAndRestore`) has what was kept before, which the record of the training holds.

    In a loop of your own, call `set_model(model)`, then `take()` whenever a frame is wanted.

    Args:
        layers: names of the layers ("conv2d", "inner/conv2d"), or the layers themselves; one, or a list; by default all
            that slide filters. Dense layers are kept where they are named, or where no layer slides any. Of a layer
            that holds others ("block") all are kept; one of them is "block/conv2d", but the only one within a layer
            that slides filters goes by the name of that layer.
        frames: how many copies of the filters are kept at most, >= 2, besides the last one. Where they would take more
            than 256 MiB, fewer.
        states: how many records of the whole training (`stepper.capture()`) are kept at most, >= 1, besides that of
            its end; the first is that from which it went. Each is a copy of all weights and what the optimizer keeps.

    Attributes:
        steps: how many steps the model had made when each frame was taken.
        start: the training before its first recorded step, for `stepper.restore`; None before that.
        rates: the learning rate from each step on at which somebody changed it.
        first_batch: the epoch and the batch with which the recorded training began.

    Raises:
        ArgumentError: a number is out of range; from `fit`, a layer that was named is not there or has no filters.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten()])
        >>> model.compile("sgd", "mse")
        >>> history = FilterHistory(frames=4)
        >>> images = np.random.default_rng(0).normal(size=(18, 4, 4, 1))
        >>> _ = model.fit(images, images[:, :2].reshape(18, 8), batch_size=2, verbose=0, callbacks=history)
        >>> history.steps, history.frames("c").shape
        ((0, 4, 8, 9), (4, 3, 3, 1, 2))
    """

    comes_last: ClassVar[bool] = True

    def __init__(self, layers: Any = None, frames: int = 100, states: int = 1) -> None:
        super().__init__()
        alone = isinstance(layers, str) or hasattr(layers, "get_weights")
        named = [layers] if alone else layers
        self.layers = None if named is None else several(OWNER, "layers", named, "layers or their names")
        self.limit = whole(OWNER, "frames", frames, 2, MOST)
        self.most_states = whole(OWNER, "states", states, 1, MOST)
        self._forget()

    def _forget(self) -> None:
        self._weights: dict[tuple[str, str], Any] = {}
        self._frames: Thinned[list[np.ndarray]] = Thinned(self.limit)
        self._states: Thinned[Any] = Thinned(self.most_states)
        self._last: tuple[int, list[np.ndarray]] | None = None
        self._end: dict[int, Any] = {}
        self.first_batch: tuple[int, int] | None = None
        self.rates: list[tuple[int, Any]] = []
        self._epoch, self._is_recording = 0, False

    # What was kept.

    @property
    def steps(self) -> tuple[int, ...]:
        """How many steps the model had made when each frame was taken."""
        return tuple(step for step, _ in self._all())

    @property
    def start(self) -> Any:
        """The training before its first recorded step (`model.stepper.capture()`)."""
        return self._states.kept[0] if self._states.kept else None

    @property
    def states(self) -> list[tuple[int, Any]]:
        """The records of the whole training that are kept, each with its step; the last is that of its end."""
        found = dict(zip(self._states.steps, self._states.kept, strict=True))
        return sorted({**found, **self._end}.items(), key=lambda item: item[0])

    @property
    def banks(self) -> list[tuple[str, str]]:
        """Which filters are kept: the path of the layer and the name of the weight, for each."""
        return list(self._weights)

    def frames(self, layer: str, which: str | None = None) -> np.ndarray:
        """The values of a weight in each frame, (frames, *weight), oldest first.

        Args:
            layer: name of the layer, or the path to it.
            which: the name of the weight, where a layer has several with filters.

        Raises:
            ArgumentError: it was not recorded.
        """
        place = self._place(layer, which)
        return np.stack([arrays[place] for _, arrays in self._all()])

    def frame(self, number: int, layer: str, which: str | None = None) -> np.ndarray:
        """The values of a weight in one frame; see `frames`."""
        return self._all()[number][1][self._place(layer, which)]

    def _place(self, layer: str, which: str | None) -> int:
        found = [bank for bank in self._weights if bank[0] == layer and which in (None, bank[1])]
        if not found:
            known = [path for path, _ in self._weights]
            if layer in known:
                raise unknown_name(
                    f"weight of {layer}", str(which), [name for path, name in self.banks if path == layer]
                )
            raise unknown_name(f"layer that {OWNER} recorded", str(layer), known)
        return self.banks.index(found[0])

    def layer_of(self, layer: str) -> Any:
        """The layer of the model whose filters were recorded under a path."""
        return self.model.layers_with_filters[layer]

    def _all(self) -> list[tuple[int, list[np.ndarray]]]:
        frames = list(zip(self._frames.steps, self._frames.kept, strict=True))
        if self._last is None:
            return frames
        return [*(frame for frame in frames if frame[0] != self._last[0]), self._last]

    # What is told.

    def take(self) -> None:
        """Keep a frame now, whether it is time for one or not."""
        if not self._weights:
            self._weights = self._chosen()
        self._frames.add(self._step, self._read())

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew."""
        self._forget()
        self._weights = self._chosen()
        size = sum(4 * weight.size for weight in self._weights.values())
        self._frames.limit = max(2, min(self.limit, MOST_BYTES // max(size, 1)))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note which epoch it is."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Keep the first frame, and where the training begins; note a learning rate that was changed."""
        if not self._weights:
            return
        step = self._step
        if self.first_batch is None:
            self.first_batch = (self._epoch, batch)
            self._frames.add(step, self._read())
            self._record(step)
        rate = self.model.stepper.optimizer.captured_rate()
        if not self.rates or self.rates[-1][1] != rate:
            self.rates.append((step, rate))

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Keep a frame, where it is time."""
        if not self._weights:
            return
        step = self._step
        if self._frames.wants(step):
            self._frames.add(step, self._read())
        if self.most_states > 1 and self._states.wants(step):
            self._record(step)

    def on_train_end(self, logs: Logs = None) -> None:
        """Keep the last frame."""
        if self._weights:
            self._last = self._step, self._read()
            self._end = {self._step: self._captured()}

    # What a training that goes on must not forget.

    def capture(self) -> dict[str, Any]:
        """All that was kept so far; nothing within a record that is kept here, or each would hold all before it."""
        if self._is_recording or self.first_batch is None:
            return {}
        states = self._states.told()
        states["kept"] = [state if isinstance(state, Mapping) else state.plain() for state in states["kept"]]
        return {"frames": self._frames.told(), "states": states, "rates": list(self.rates), "first": self.first_batch}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on behind the frames that were kept.

        Raises:
            ArgumentError: they are of other filters.
        """
        mine = [tuple(weight.shape) for weight in self._weights.values()]
        for arrays in state["frames"]["kept"]:
            shapes = [array.shape for array in arrays]
            if shapes != mine:
                raise ArgumentError(
                    f"{OWNER}: the training that is resumed recorded filters of the shapes {shapes}, now there are "
                    f"{mine}: name the same layers, or remove the record to begin anew"
                )
        self._frames.read(state["frames"], list(state["frames"]["kept"]))
        self._states.read(state["states"], list(state["states"]["kept"]))
        self.rates = [(step, rate) for step, rate in state["rates"]]
        self.first_batch = tuple(state["first"])
        step = self._step  # where the record was written before this step was kept, it is kept now
        if self._frames.steps[-1] < step and self._frames.wants(step):
            self._frames.add(step, self._read())
        if self.most_states > 1 and self._states.steps[-1] < step and self._states.wants(step):
            self._record(step)

    def _record(self, step: int) -> None:
        self._states.add(step, self._captured())

    def _captured(self) -> Any:
        """The training as it is, without what is kept here."""
        self._is_recording = True
        try:
            return self.model.stepper.capture()
        finally:
            self._is_recording = False

    @property
    def _step(self) -> int:
        """How many steps the model has made."""
        step: int = self.model.stepper.iterations
        return step

    def _read(self) -> list[np.ndarray]:
        return [weight.numpy() for weight in self._weights.values()]

    def _chosen(self) -> dict[tuple[str, str], Any]:
        """The weights that are kept, by the path of their layer and their name."""
        if self.model is None:
            raise ArgumentError(f"{OWNER}: it has no model yet: pass it to fit, or call set_model(model)")
        known = self.model.layers_with_filters
        if self.layers is None:
            chosen = {path: layer for path, layer in known.items() if layer.slides_filters} or known
        else:
            chosen = {path: layer for given in self.layers for path, layer in self._named(given, known).items()}
        if not chosen:
            warn(f"{OWNER}: {self.model.name} has no layer with filters, so none are kept")
        return {
            (path, name): weight for path, layer in chosen.items() for name, weight in layer.filter_variables.items()
        }

    def _named(self, given: Any, known: Mapping[str, Any]) -> dict[str, Any]:
        """The layers with filters that a name or a layer means: itself, or all that it holds."""
        if isinstance(given, str):
            inside = paths_within(self.model, given)  # what another layer holds too may go by the path from that
            chosen = {p: each for p, each in known.items() if f"{p}/".startswith(f"{given}/") or p in inside}
        else:
            held = list(given.with_parts()) if hasattr(given, "with_parts") else []
            chosen = {path: layer for path, layer in known.items() if layer in held}
        if not chosen:
            name = getattr(given, "label", str(given))
            raise unknown_name(f"layer with filters of {self.model.name}", name, list(known))
        return chosen


def paths_within(model: Any, name: str) -> list[str]:
    """The paths to the layers with filters that a layer of a model holds, which may begin with another that holds them.

    Example:
        >>> from pellucid import Sequential, layers
        >>> steps = layers.TimeDistributed(layers.Dense(3, name="row"), name="steps")
        >>> again = layers.TimeDistributed(steps.layer, name="again")
        >>> model = Sequential([layers.Input((4, 3)), steps, again])
        >>> paths_within(model, "again")
        ['steps']
    """
    layer = next((each for each in model.layers if each.name == name), None)
    held = [] if layer is None else list(layer.layers_with_filters.values())
    return [path for path, each in model.layers_with_filters.items() if any(each is part for part in held)]
