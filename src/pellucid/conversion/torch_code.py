"""A model as a module of PyTorch: its code, printed, beside a safetensors file with its weights.

The code is what somebody would write by hand: a class with its modules and a `forward`. Images have their channels
first there; rows of matrices behind flattened maps are in the order of there, so that the code need not turn anything.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pellucid.conversion.feature_order import Orders
from pellucid.conversion.flow import Flow, Use, flow_of
from pellucid.conversion.report import Report, Row, unique
from pellucid.conversion.torch_modules import Module, modules_of
from pellucid.conversion.torch_words import expression
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.formats.safetensors import write_safetensors
from pellucid.formats.source import read_source
from pellucid.layers import BatchNormalization, GroupNormalization, InputLayer, LayerNormalization, Permute, Reshape
from pellucid.models import Model
from pellucid.network.paths import weights_by_path
from pellucid.variables import Variable, read_all

__all__ = ["save", "torch_code"]

TAKEN = frozenset("""
F T_destination apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr
float forward get_buffer get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children
named_modules named_parameters nn parameters register_buffer register_module register_parameter requires_grad_ self
set_submodule share_memory state_dict to to_empty torch train training type xpu zero_grad
""".split())  # fmt: skip  # noqa: SIM905 - names are read more easily than quotes
"""Names that a module has already, or the code needs."""


def save(model: Model, path: Path) -> Report:
    """Write the code to `path`, and the weights to a safetensors file beside it."""
    _spare_others(path)
    beside = checked_path(path.with_suffix(".safetensors"), "the weights beside the code")
    code, arrays, report = torch_code(model, path.stem)
    with atomic_write(path) as file:  # the weights take their place once the code has been written, or neither does
        file.write(code.encode())
        file.flush()
        write_safetensors(beside, arrays, {"format": "pt"})
    return Report(f"{model.name} into {path.name} and {beside.name}", report.rows, report.lost)


MARK = "written by Pellucid"
MOST_CODE = 2**30


def _spare_others(path: Path) -> None:
    """Raise `FileError` where somebody's own program would be replaced."""
    if path.is_file() and MARK.encode() not in read_source(path, what="code", max_bytes=MOST_CODE)[:1000]:
        raise FileError(f"{escaped(path)} is there already, and not {MARK}: it is not replaced; choose another name")


def torch_code(model: Model, name: str) -> tuple[str, dict[str, np.ndarray], Report]:
    """The code of a model, the arrays of its state dictionary, and what became of what.

    Args:
        model: a built model.
        name: of the file with the weights, without its end, for the code to say.

    Raises:
        ArgumentError: PyTorch has no layer like one of the model's.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="relu", name="out")], name="small")
        >>> print(torch_code(model, "small")[0].partition("class ")[2].rstrip())
        Small(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(4, 3)
        <BLANKLINE>
            def forward(self, x):  # (batch, 4)
                x = torch.relu(self.out(x))
                return x
    """
    flow = flow_of(model)
    natural = _is_natural(flow)
    writer = _Writer(flow, Orders(flow, flattened_alike=not natural), turned=not natural)
    writer.write()
    paths = {weight: path for path, weight in weights_by_path(model.layers).items()}
    arrays, rows = _arrays(writer, paths)
    lost = [sentence for sentence, is_so in _losses(model).items() if is_so]
    return writer.code(model, name), arrays, Report("", tuple(rows), unique(writer.lost + lost))


def _losses(model: Model) -> dict[str, bool]:
    """What the code does not say, and whether the model has it."""
    policies = {layer.dtype_policy for layer in model.with_parts()}
    return {
        "how the model was compiled, and what its optimiser remembers": model.stepper is not None,
        "penalties and constraints of weights": any(w.regularizer or w.constraint for w in model.weights),
        "products of bfloat16 numbers: the code computes in float32": policies != {"float32"},
    }


def _is_natural(flow: Flow) -> bool:
    """Whether flattening without turning gives the same results, once rows of matrices are in another order."""
    moves = [use for use in flow.uses if isinstance(use.callee, Permute | Reshape)]
    if any(isinstance(use.callee, Permute) or len(flow.uses[use.sources[0]].shape) > 2 for use in moves):
        return False
    try:
        orders = Orders(flow)
        modules_of(flow, orders)
    except ArgumentError:
        return False
    return all(orders.results[number] is None for number in flow.outputs)


class _Writer:
    """Collects the lines of the code; the `Place` of each use in turn."""

    use: Use
    inputs: list[str]
    shapes: list[SymbolicShape]

    def __init__(self, flow: Flow, orders: Orders, *, turned: bool) -> None:
        self.flow, self.orders, self._turned = flow, orders, turned
        self.parts: dict[str, str] = {}
        self.lines: list[str] = []
        self.lost: list[str] = []
        self.variables: list[str] = []
        self.names: dict[tuple[str, str], str] = {}
        self.number = 0

    def write(self) -> None:
        """All uses, one after the other."""
        for number, use in enumerate(self.flow.uses):
            self.number, self.use = number, use
            if isinstance(use.callee, InputLayer):
                count = len(self.flow.inputs)
                self.variables.append("x" if count == 1 else self._identifier(use.callee.name))
                continue
            self.inputs = [self.variables[source] for source in use.sources]
            self.shapes = [self.flow.uses[source].shape for source in use.sources]
            code = expression(self)
            name = self._variable()
            if code != name:
                self.lines.append(f"{name} = {code}")
            self.variables.append(name)

    def _variable(self) -> str:
        """The variable for a result: that of its source where nobody else needs it, else a new one."""
        for source in self.use.sources:
            others = [taker for taker in self.flow.takers(source) if taker > self.number]
            if not others and source not in self.flow.outputs:
                return self.variables[source]
        names = {"x", *self.variables}
        return next(name for name in (f"x{count}" for count in range(1, len(names) + 2)) if name not in names)

    def module(self, code: str, end: str = "") -> str:
        """See `Place`."""
        key = self.use.path, end
        if key not in self.names:
            self.names[key] = self._identifier(f"{self.use.path}_{end}" if end else self.use.path)
            self.parts[self.names[key]] = code
        return f"self.{self.names[key]}"

    def _identifier(self, name: str) -> str:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if plain[:1].isalpha() else f"layer{plain}" if plain[:1] == "_" else f"layer_{plain}"
        while keyword.iskeyword(plain) or plain in TAKEN or plain in self.parts or plain in self.variables:
            plain += "_"
        return plain

    def here(self, source: int = 0) -> str:
        """See `Place`."""
        return self.inputs[source] + self._turn(self.use.sources[source], "1, -1")

    def there(self, code: str) -> str:
        """See `Place`."""
        return code + self._turn(self.number, "-1, 1")

    def _turn(self, number: int, axes: str) -> str:
        is_as_here = self.orders.channels_first[number] or len(self.flow.uses[number].shape) < 3
        return "" if is_as_here else f".movedim({axes})"

    def axis(self, axis: int, rank: int) -> int:
        """See `Place`."""
        if self.orders.channels_first[self.number] or axis == 0 or rank < 3:
            return axis
        return 1 if axis == rank - 1 else axis + 1

    def turned(self) -> bool:
        """See `Place`."""
        return self._turned

    def lose(self, sentence: str) -> None:
        """See `Place`."""
        self.lost.append(sentence)

    def code(self, model: Model, name: str) -> str:
        """The text of the file."""
        parts = re.split(r"[\W_]+", model.name, flags=re.ASCII)
        title = "".join(part[:1].upper() + part[1:] for part in parts)
        title = title if title[:1].isalpha() and title not in TAKEN else f"Net{title}"
        inputs = [self.variables[number] for number in self.flow.inputs]
        outputs = [self.variables[number] for number in self.flow.outputs]
        beside = re.sub(r"[^ .\w-]", "_", f"{name}.safetensors")
        shapes = "; ".join(self._shape_there(number) for number in self.flow.inputs)
        lines = [
            f'"""{title}, {MARK}: a module of PyTorch, with channels first.',
            "",
            "    from safetensors.torch import load_file",
            f"    model = {title}().eval()",
            f"    model.load_state_dict(load_file({beside!r}))",
            '"""',
            "",
            "import torch",
            "import torch.nn.functional as F",
            "from torch import nn",
            "",
            "",
            f"class {title}(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        self.{part} = {code}" for part, code in self.parts.items()),
            "",
            f"    def forward(self, {', '.join(inputs)}):  # {shapes}",
            *(f"        {line}" for line in self.lines),
            f"        return {', '.join(outputs)}",
        ]
        needed = any("F." in line for line in self.lines)
        return "\n".join(line for line in lines if needed or line != "import torch.nn.functional as F") + "\n"

    def _shape_there(self, number: int) -> str:
        first, *sizes = (("batch" if place == 0 else size) for place, size in enumerate(self.flow.uses[number].shape))
        if not self.orders.channels_first[number] and len(sizes) > 1:
            sizes = [sizes[-1], *sizes[:-1]]
        return f"({', '.join(str(size or 'any') for size in (first, *sizes))})"


def _arrays(writer: _Writer, paths: Mapping[Variable, str]) -> tuple[dict[str, np.ndarray], list[Row]]:
    """The state dictionary: arrays as they lie there, and what became of each weight."""
    arrays: dict[str, np.ndarray] = {}
    rows = []
    modules = modules_of(writer.flow, writer.orders)
    weights = [part.weight for module in modules for part in module.parts.values()]
    values = dict(zip(weights, read_all(weights), strict=True))
    for module in modules:
        end = module.end or _end_of_activation(writer, module)
        name = writer.names[writer.flow.uses[module.use].path, end]
        for role, part in module.parts.items():
            here = values[part.weight]
            there = np.ascontiguousarray(part.there(here))
            arrays[f"{name}.{role}"] = there
            turned = there.shape != here.shape or not np.array_equal(here, there, equal_nan=True)
            why = "in another order" if turned else ""
            why = f"{here.shape} to {there.shape}" if there.shape != here.shape else why
            rows.append(Row(paths[part.weight], f"{name}.{role}", "reshaped" if turned else "matched", why))
        arrays |= _without_counterpart(name, module)
    return arrays, rows


def _end_of_activation(writer: _Writer, module: Module) -> str:
    """How the module of an activation that is a part of a layer is called under that."""
    return "" if module.path == writer.flow.uses[module.use].path else module.layer.name


def _without_counterpart(name: str, module: Module) -> dict[str, np.ndarray]:
    """What PyTorch's module has and the layer has not: a factor of 1 beside a shift, a count of batches."""
    layer, arrays = module.layer, {}
    if isinstance(layer, BatchNormalization):
        arrays[f"{name}.num_batches_tracked"] = np.array(0, np.int64)
    if isinstance(layer, BatchNormalization | LayerNormalization | GroupNormalization) and layer.center != layer.scale:
        (size,) = next(part.shape for part in module.parts.values())
        missing = "weight" if layer.center else "bias"
        arrays[f"{name}.{missing}"] = np.full(size, float(missing == "weight"), np.float32)
    return arrays
