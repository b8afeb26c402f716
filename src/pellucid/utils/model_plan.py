"""`plot_model`: the layers of a model as boxes, and what goes from one to the next as arrows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pellucid import legacy
from pellucid.calls import explained
from pellucid.checks import flag, whole, word
from pellucid.dispatch.symbolic import Call, kind_of
from pellucid.errors import ArgumentError, shown
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.warned import warn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["model_to_figure", "plot_model"]

DIRECTIONS = ("TB", "LR")
LINE, LETTER, GAP = 0.22, 0.085, 0.35  # inches: height of a line, width of a letter, between boxes
INK, PAPER, EDGE = "#1b1f24", "#f3f6fa", "#7b8794"
ENDINGS = (".png", ".pdf", ".svg", ".jpg", ".jpeg")


class Box(Frozen, eq=False):
    """One use of a layer.

    Attributes:
        call: the use.
        lines: what stands in the box.
        level: how many boxes stand between it and the inputs at most.
        x: of its middle [inches].
        y: of its middle [inches].
    """

    call: Call
    lines: tuple[str, ...]
    level: int
    x: float
    y: float

    @property
    def width(self) -> float:
        """In inches."""
        return max(len(line) for line in self.lines) * LETTER + 0.3

    @property
    def height(self) -> float:
        """In inches."""
        return len(self.lines) * LINE + 0.16


@explained
def model_to_figure(
    model: Any, show_shapes: bool = False, show_layer_names: bool = True, show_trainable: bool = False
) -> Figure:
    """The layers of a model as boxes from top to bottom, and arrows between them.

    Args:
        model: a built one.
        show_shapes: whether each box tells the shape of its result.
        show_layer_names: whether it tells the layer's name.
        show_trainable: whether it tells that a layer is frozen.

    Returns:
        a matplotlib figure that belongs to no window.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")])
        >>> [text.get_text() for text in model_to_figure(model, show_shapes=True).axes[0].texts][-1]
        'out (Dense)\\n(None, 3)'
    """
    options = {"show_shapes": show_shapes, "show_layer_names": show_layer_names, "show_trainable": show_trainable}
    for name, value in options.items():
        flag("plot_model", name, value)
    from matplotlib.figure import Figure

    boxes = placed(model, options)
    lanes = _lanes(boxes)
    outermost = [abs(box.x) + box.width / 2 for box in boxes.values()] + [x for _, _, x in lanes]
    width = max(outermost) * 2 + 0.6
    height = -min(box.y - box.height for box in boxes.values()) + 0.3
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-width / 2, width / 2), ylim=(-height, 0))
    axes.axis("off")
    for box in boxes.values():
        for tensor in box.call.inputs:
            if tensor.call in boxes and box.level == boxes[tensor.call].level + 1:
                _arrow(axes, boxes[tensor.call], box)
    for source, target, x in lanes:
        _lane(axes, source, target, x)
    for box in boxes.values():
        _draw(axes, box)
    return figure


def placed(model: Any, options: dict[str, bool]) -> dict[Call, Box]:
    """The boxes, level by level, each level in the middle."""
    calls = model.built_network().calls
    levels: dict[Call, int] = {}
    for call in calls:
        levels[call] = max((levels[tensor.call] + 1 for tensor in call.inputs if tensor.call in levels), default=0)
    rows: dict[int, list[Call]] = {}
    for call in calls:
        rows.setdefault(levels[call], []).append(call)
    boxes: dict[Call, Box] = {}
    y = -0.2
    for level in sorted(rows):
        row = [Box(call, _lines(call, options), level, 0.0, 0.0) for call in rows[level]]
        tallest = max(box.height for box in row)
        x = -(sum(box.width for box in row) + GAP * (len(row) - 1)) / 2
        for box in row:
            boxes[box.call] = Box(box.call, box.lines, level, x + box.width / 2, y - tallest / 2)
            x += box.width + GAP
        y -= tallest + GAP
    return boxes


def _lines(call: Call, options: dict[str, bool]) -> tuple[str, ...]:
    layer, kind = call.layer, kind_of(call.layer)
    lines = [f"{layer.name} ({kind})" if options["show_layer_names"] else kind]
    if options["show_shapes"]:
        lines.append(", ".join(str(result.shape) for result in call.results))
    if options["show_trainable"] and isinstance(layer, Layer) and layer.weights and not layer.trainable:
        lines.append("frozen")
    return tuple(lines)


def _draw(axes: Axes, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    corner = (box.x - box.width / 2, box.y - box.height / 2)
    is_input = isinstance(box.call.layer, InputLayer)
    colour = "#ffffff" if is_input else PAPER
    style = "round,pad=0,rounding_size=0.06"
    axes.add_patch(
        FancyBboxPatch(corner, box.width, box.height, boxstyle=style, facecolor=colour, edgecolor=EDGE, zorder=2)
    )
    axes.text(
        box.x, box.y, "\n".join(box.lines), ha="center", va="center", fontsize=9, color=INK, zorder=3, linespacing=1.35
    )


def _arrow(axes: Axes, source: Box, target: Box) -> None:
    """From the bottom of a box to the top of the next."""
    start, end = (source.x, source.y - source.height / 2), (target.x, target.y + target.height / 2)
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": EDGE, "linewidth": 1}, zorder=1)


def _lane(axes: Axes, source: Box, target: Box, x: float) -> None:
    """From the side of a box to that of one further down, along a line to the right of what stands between."""
    start, end = source.x + source.width / 2, target.x + target.width / 2
    axes.plot([start, x, x], [source.y, source.y, target.y], color=EDGE, linewidth=1, zorder=1)
    arrow = {"arrowstyle": "-|>", "color": EDGE, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, target.y), (x, target.y), arrowprops=arrow, zorder=1)


def _lanes(boxes: dict[Call, Box]) -> list[tuple[Box, Box, float]]:
    """The shortcuts, and where the line of each goes down: beside the boxes and each other."""
    found: list[tuple[Box, Box, float]] = []
    for target in boxes.values():
        for tensor in target.call.inputs:
            source = boxes.get(tensor.call)
            if source is None or target.level <= source.level + 1:
                continue
            beside = [box for box in boxes.values() if source.level <= box.level <= target.level]
            x = max(box.x + box.width / 2 for box in beside) + GAP
            taken = [lane for a, b, lane in found if a.level <= target.level and source.level <= b.level]
            while any(abs(x - lane) < 0.1 for lane in taken):
                x += 0.14
            found.append((source, target, x))
    return found


@explained
def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Figure:
    """Draw the layers of a model as boxes and write the picture to a file; needs matplotlib alone.

    Args:
        model: a built one.
        to_file: ends in .png, .pdf, .svg or .jpg.
        show_shapes: whether each box tells the shape of its result.
        show_dtype: False: all is float32.
        show_layer_names: whether it tells the layer's name.
        rankdir: "TB", from top to bottom.
        expand_nested: False: a model inside is one box; draw it by itself.
        dpi: pixels per inch, from 10 to 1000.
        show_layer_activations: False; `summary` and `inspection` tell them.
        show_trainable: whether it tells that a layer is frozen.

    Returns:
        the figure, which notebooks show.

    Raises:
        ArgumentError: the model is not built, or something else is asked for.
        FileError: the file cannot be written; what was there before is untouched.

    Example:
        >>> import pathlib, tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     figure = plot_model(model, f"{folder}/model.png", show_shapes=True)
        ...     pathlib.Path(f"{folder}/model.png").stat().st_size > 1000
        True

    Source: keras.utils.plot_model, https://keras.io/api/utils/model_plotting_utils/
    """
    path = checked_path(to_file, "a picture")
    if path.suffix.lower() not in ENDINGS:
        raise ArgumentError(f"plot_model: to_file ends in {', '.join(ENDINGS)}, got {shown(str(path))}")
    asked = {"show_dtype": show_dtype, "expand_nested": expand_nested, "show_layer_activations": show_layer_activations}
    fine = check_plan("plot_model", model, asked, rankdir, dpi)
    figure = model_to_figure(model, show_shapes, show_layer_names, show_trainable)
    with atomic_write(path) as file:
        figure.savefig(file, format=path.suffix[1:].lower(), dpi=fine, facecolor="white")
    return figure


def check_plan(function: str, model: Any, asked: dict[str, Any], rankdir: Any, dpi: Any) -> int:
    """Refuse what is no model, and what is not drawn; the pixels per inch otherwise."""
    if not hasattr(model, "built_network"):
        raise ArgumentError(f"{function} draws a model, got {shown(model)}")
    for name, value in asked.items():
        if flag(function, name, value):
            _refuse(f"{function}: {name} is False here; summary(expand_nested=True) and get_config() tell it")
    if word(function, "rankdir", rankdir, DIRECTIONS) != "TB":
        _refuse(f"{function} draws from top to bottom, rankdir='TB', got {shown(rankdir)}")
    return whole(function, "dpi", dpi, 10, 1000)


def _refuse(message: str) -> None:
    """An error; a script that has trained for hours when it comes to its picture gets the picture, and a warning."""
    if not legacy.are_collected():
        raise ArgumentError(message)
    warn(message)
