"""The filters of a layer through a training, frame by frame: how far each moved, and when it moved most."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.callbacks.filter_history import FilterHistory, paths_within
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.computed_kernels import FollowedKernel, followed_kernel
from pellucid.inspection.given import words_of
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.records import FilterBank
from pellucid.inspection.replaying import recorded
from pellucid.layers import Layer
from pellucid.layers.single_filters import Filter
from pellucid.network.paths import layers_by_path

FUNCTION = "filter_film"
MOST_AXES = 4  # spatial axes and channels of a filter that can be drawn


class FilterFilm(Record, Frozen, eq=False):
    """Every filter of a layer at several moments of a training.

    Args:
        layer: name of the layer, or the path to it.
        kind: the layer's class.
        steps: how many training steps the model had made at each frame.
        frames: the filters (frames, spatial..., channels, filters).
        kernel_axes: what the axes of one filter are, such as ("rows", "columns", "channels").
        computed_from: the weights from which the layer computes its kernel; "" where that is a weight as it stands.

    Raises:
        ShapeError: there are not as many frames as steps, or less than two.

    Example:
        >>> frames = np.array([0.0, 3.0, 4.0]).reshape(3, 1, 1, 1, 1) * np.ones((3, 1, 1, 1, 2))
        >>> film = FilterFilm("c", "Conv2D", (0, 10, 20), frames, ("rows", "columns", "channels"))
        >>> film.distance[-1].tolist(), film.path.tolist(), film.moved_most(0)
        ([4.0, 4.0], [4.0, 4.0], (0, 10))
    """

    layer: str
    kind: str
    steps: tuple[int, ...]
    frames: np.ndarray
    kernel_axes: tuple[str, ...]
    computed_from: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", snapshot(self.frames, f"frames of {self.layer}"))
        if len(self.steps) != len(self.frames) or len(self.steps) < 2 or self.frames.ndim < 3:
            raise ShapeError(
                f"{self.layer}: expected two frames (spatial..., channels, filters) or more and a step for each, got "
                f"{len(self.steps)} steps and {self.frames.shape}"
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the frames stands for."""
        return ("frame", *self.kernel_axes, "filter")

    @property
    def filters(self) -> int:
        """How many there are."""
        return int(self.frames.shape[-1])

    @property
    def distance(self) -> np.ndarray:
        """How far each filter is from where it began (frames, filters): the root of the sum of squares."""
        return _lengths(self.frames.astype(np.float64) - self.frames[0])

    @property
    def moved(self) -> np.ndarray:
        """How far each filter went from each frame to the next (frames - 1, filters)."""
        return _lengths(np.diff(self.frames.astype(np.float64), axis=0))

    @property
    def path(self) -> np.ndarray:
        """How long the way of each filter was, from frame to frame (filters,)."""
        found: np.ndarray = self.moved.sum(axis=0)
        return found

    @property
    def speed(self) -> np.ndarray:
        """How far each filter went for each step (frames - 1, filters)."""
        return self.moved / np.diff(self.steps)[:, None]

    def moved_most(self, filter: int) -> tuple[int, int]:
        """Between which two steps a filter moved fastest.

        Raises:
            ArgumentError: there is no such filter.
        """
        if not 0 <= filter < self.filters:
            raise ArgumentError(f"{self.layer} has filters 0 to {self.filters - 1}, got {filter}")
        place = int(np.argmax(self.speed[:, filter]))
        return self.steps[place], self.steps[place + 1]

    def bank(self, frame: int) -> FilterBank:
        """The filters in one frame, as `inspection.filters` gives them.

        Raises:
            ArgumentError: there is no such frame.
        """
        if not -len(self.steps) <= frame < len(self.steps):
            raise ArgumentError(f"{self.layer}: this film has frames 0 to {len(self.steps) - 1}, got {frame}")
        return FilterBank(self.layer, self.frames[frame], moment=f"step {self.steps[frame]:,}")


def _lengths(differences: np.ndarray) -> np.ndarray:
    flat = differences.reshape(len(differences), -1, differences.shape[-1])
    found: np.ndarray = np.linalg.norm(flat, axis=1)
    return found


def _path_of(history: FilterHistory, layer: object) -> str:
    """The path under which a layer was recorded, or the only one that it holds, by its name or by itself."""
    recorded = list(dict.fromkeys(path for path, _ in history.banks))
    name = layer.label if isinstance(layer, Layer) else words_of("layer", layer)
    mine = [path for path in recorded if path == name] or [p for p in recorded if p.startswith(f"{name}/")]
    mine = mine or [path for path in recorded if path in paths_within(history.model, name)]
    if not mine:
        meant = layer if isinstance(layer, Layer) else layers_by_path(history.model.layers).get(name)
        held, known = [] if meant is None else list(meant.with_parts()), history.model.layers_with_filters
        mine = [p for p in recorded if known[p] is meant] or [p for p in recorded if known[p] in held]
    if len(mine) > 1:
        raise ArgumentError(f"{FUNCTION}: {name} holds several layers that have filters: say which, {', '.join(mine)}")
    return mine[0] if mine else name


def _computed_frames(history: FilterHistory, owner: str, kernel: FollowedKernel) -> np.ndarray:
    """What a layer made of its weights in each frame, (frames, spatial..., channels, filters)."""
    values = {name: history.frames(owner, name) for name in kernel.weights}
    frames = range(len(history.steps))
    one_by_one = ({name: each[frame] for name, each in values.items()} for frame in frames)
    return np.stack([kernel.found.function.value(each) for each in one_by_one]).astype(np.float32)


@explained
def filter_film(history: FilterHistory, layer: Any, which: str | None = None) -> FilterFilm:
    """Make a film of what a `callbacks.FilterHistory` kept of a layer while it trained.

    Args:
        history: that was passed to `fit`.
        layer: the layer, its name, or the path to it in a model inside.
        which: the name of the weight, where a layer has several banks of filters.

    Returns:
        the frames as a record; `views.film_figure` draws some of them, `views.save_film` writes them as a GIF or as a
        page with a slider.

    Raises:
        ArgumentError: nothing was recorded, or not this layer.

    Example:
        >>> from pellucid import Sequential, callbacks, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten()])
        >>> model.compile("adam", "mse")
        >>> history = callbacks.FilterHistory()
        >>> images = np.random.default_rng(0).normal(size=(16, 4, 4, 1))
        >>> _ = model.fit(images, images[:, :2].reshape(16, 8), batch_size=4, verbose=0, callbacks=history)
        >>> film = filter_film(history, "c")
        >>> film.steps, film.frames.shape, film.axes
        ((0, 1, 2, 3, 4), (5, 3, 3, 1, 2), ('frame', 'rows', 'columns', 'channels', 'filter'))
    """
    recorded(FUNCTION, history)
    which = None if which is None else words_of("which", which)
    owner = _path_of(history, layer)
    if owner not in {path for path, _ in history.banks}:
        history.frames(owner, which)  # raises: it was not recorded
    found = history.layer_of(owner)
    computed = followed_kernel(found, 0, which)
    if computed is not None:
        frames, axes = _computed_frames(history, owner, computed), computed.axes
        return FilterFilm(owner, type(found).__name__, history.steps, frames, axes, computed.which)
    values, first = history.frames(owner, which), Filter(found, 0, which)
    if len(first.axes) > MOST_AXES:
        raise ArgumentError(f"{FUNCTION}: a filter of {found.label} has the axes {', '.join(first.axes)}: too many")
    filters = [values[(slice(None), *Filter(found, number, which).place)] for number in range(first.count)]
    frames = np.stack(filters, axis=-1)
    axes = first.axes
    if "channels" not in axes and "inputs" not in axes:  # a depthwise filter reads one channel
        frames, axes = frames[..., None, :], (*axes, "channels")
    return FilterFilm(owner, type(found).__name__, history.steps, frames, axes)
