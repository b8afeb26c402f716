"""`model_to_dot`: the plan of a model as an object that makes pictures of it, and its text in the DOT language."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

from pellucid.calls import explained
from pellucid.checks import flag, word
from pellucid.errors import ArgumentError
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.utils.model_plan import check_plan, model_to_figure, placed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plan", "model_to_dot"]

FORMATS = ("jpeg", "jpg", "pdf", "png", "svg")


class Plan:
    """The plan of a model, as `model_to_dot` gives it.

    Args:
        figure: as it is drawn; needs matplotlib alone, and no Graphviz.
        text: in the DOT language of Graphviz.
        dpi: pixels per inch.
    """

    def __init__(self, figure: Figure, text: str, dpi: int) -> None:
        self.figure, self._text, self._dpi = figure, text, dpi

    def create(self, prog: Any = None, format: str = "png", encoding: str | None = None) -> bytes:
        """The content of a picture.

        Args:
            prog: the program of Graphviz that would place the boxes; they are placed here.
            format: "png", "svg", "pdf" or "jpg"; "raw" or "dot" for the text.
            encoding: of the text, "utf-8" by default.

        Raises:
            ArgumentError: there is no such format.
        """
        if format in ("raw", "dot"):
            return self._text.encode(encoding or "utf-8")
        content = io.BytesIO()
        kind = word("model_to_dot(...).create", "format", format, FORMATS)
        self.figure.savefig(content, format=kind, dpi=self._dpi, facecolor="white")
        return content.getvalue()

    def write(
        self, path: str | os.PathLike[str], prog: Any = None, format: str = "raw", encoding: str | None = None
    ) -> bool:
        """Write a picture, or the text, to a file; see `create`."""
        content = self.create(prog, format, encoding)
        with atomic_write(checked_path(path, "a plan of a model")) as file:
            file.write(content)
        return True

    def create_png(self, prog: Any = None) -> bytes:
        """See `create`."""
        return self.create(prog, "png")

    def create_svg(self, prog: Any = None) -> bytes:
        """See `create`."""
        return self.create(prog, "svg")

    def write_png(self, path: str | os.PathLike[str], prog: Any = None) -> bool:
        """See `write`."""
        return self.write(path, prog, "png")

    def write_svg(self, path: str | os.PathLike[str], prog: Any = None) -> bool:
        """See `write`."""
        return self.write(path, prog, "svg")

    def write_pdf(self, path: str | os.PathLike[str], prog: Any = None) -> bool:
        """See `write`."""
        return self.write(path, prog, "pdf")

    def to_string(self) -> str:
        """The text in the DOT language, which Graphviz draws."""
        return self._text

    def _repr_svg_(self) -> str:
        return self.create_svg().decode("utf-8")


@explained
def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Plan:
    """The layers of a model as boxes and arrows; `create` makes a picture of it, `to_string` text for Graphviz.

    Args:
        model: a built one.
        show_shapes: whether each box tells the shape of its result.
        show_dtype: False: all is float32.
        show_layer_names: whether it tells the layer's name.
        rankdir: "TB", from top to bottom.
        expand_nested: False: a model inside is one box.
        dpi: pixels per inch, from 10 to 1000.
        subgraph: False: it is whole.
        show_layer_activations: False; `summary` and `inspection` tell them.
        show_trainable: whether it tells that a layer is frozen.

    Raises:
        ArgumentError: the model is not built, or something else is asked for.

    Example:
        >>> from pellucid import Sequential, layers
        >>> plan = model_to_dot(Sequential([layers.Input((4,)), layers.Dense(3, name="out")]))
        >>> print(plan.to_string().splitlines()[3].strip(), plan.create(prog="dot", format="svg")[:5])
        1 [label="out (Dense)"]; b'<?xml'

    Source: keras.utils.model_to_dot, https://keras.io/api/utils/model_plotting_utils/
    """
    if flag("model_to_dot", "subgraph", subgraph):
        raise ArgumentError("model_to_dot: a plan is whole here, subgraph=False; plot the model inside by itself")
    asked = {"show_dtype": show_dtype, "expand_nested": expand_nested, "show_layer_activations": show_layer_activations}
    fine = check_plan("model_to_dot", model, asked, rankdir, dpi)
    figure = model_to_figure(model, show_shapes, show_layer_names, show_trainable)
    options = {"show_shapes": show_shapes, "show_layer_names": show_layer_names, "show_trainable": show_trainable}
    return Plan(figure, _text(model, options), fine)


def _text(model: Any, options: dict[str, bool]) -> str:
    boxes = placed(model, options)
    numbers = {call: number for number, call in enumerate(boxes)}
    lines = [f"{number} [label={json.dumps(chr(10).join(boxes[call].lines))}];" for call, number in numbers.items()]
    lines += [
        f"{numbers[tensor.call]} -> {number};"
        for call, number in numbers.items()
        for tensor in call.inputs
        if tensor.call in numbers
    ]
    return "\n".join(["digraph G {", "  node [shape=box];", *(f"  {line}" for line in lines), "}", ""])
