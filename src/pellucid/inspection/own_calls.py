"""Models and blocks whose `call` users wrote, told layer by layer: as networks of the layers that they use, on their
weights."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pellucid.dispatch.symbolic import Call
from pellucid.layers import Input, Layer
from pellucid.models import Model
from pellucid.models.cloning import rebuilt
from pellucid.naming import is_ours, names_kept
from pellucid.network.paths import layers_by_path

__all__ = ["told_apart"]


def told_apart(model: Model, asked: object = None) -> Model:
    """The model; in the place of one with a `call` of the user's own, one whose layers can be told apart.

    To a model its own `call` is one operation. Here it is called once more, on symbolic tensors, which tells the layers
    that it uses. What it does may need numbers (a loop that ends where values are small): then the model stays as it
    is, and is looked at as a whole. Nothing of it is changed: no name is taken, no seed drawn, and its layers do not
    remember that they were called.

    A layer of the user's own that holds others, a block, is a layer like others, unless it is asked about one that it
    holds: then the block is opened likewise, and stands there as a model inside.

    Args:
        model: a built model.
        asked: the layer that is asked about, or the path to it ("block/conv"), or several in a list; anything else says
            nothing here.

    Example:
        >>> from pellucid import layers
        >>> class Tiny(Model):
        ...     __module__ = "example"  # not one of the library's own
        ...     def __init__(self):
        ...         super().__init__(name="tiny")
        ...         self.conv, self.flat = layers.Conv2D(2, 3, name="conv"), layers.Flatten(name="flat")
        ...     def call(self, inputs):
        ...         return self.flat(self.conv(inputs))
        >>> model = Tiny()
        >>> model.build((None, 5, 5, 1))
        >>> [call.layer.name for call in model.built_network().calls[1:]]
        ['tiny']
        >>> [call.layer.name for call in told_apart(model).built_network().calls[1:]]
        ['conv', 'flat']
    """
    described = _described(model) if model.has_own_call else model
    blocks = {block.layer: block for block in _blocks_on(described, asked)}
    if not blocks:
        return described

    is_within = any(layer not in described.layers for layer in blocks)
    with _as_before(described), names_kept():
        opened = {layer: _opened(block) for layer, block in blocks.items()}
        try:
            found = rebuilt(described, opened, recursive=is_within)
        except Exception:  # a model inside that is described in its own way
            return described
    return _as_it_runs(found, model)


class _Block(NamedTuple):
    """A layer that is opened, a call of it, and the paths that lead on from it."""

    layer: Layer
    call: Call
    rest: list[str]


def _described(model: Model) -> Model:
    """A model with a `call` of the user's own as a network; itself where that cannot be."""
    model.built_network()
    with _as_before(model), names_kept():
        try:
            found = Model(model.input, _called(model, model.input), name=model.name, seed=model.seed)
        except Exception:  # whatever code of a user's own raises where there are no numbers
            return model
    return _as_it_runs(found, model)


def _called(layer: Any, given: Any) -> Any:
    """What a `call` of the user's own makes of symbolic tensors, in whatever form they are computed in."""
    return layer.call(given, **({"training": None} if "training" in inspect.signature(layer.call).parameters else {}))


@contextmanager
def _as_before(model: Model) -> Iterator[None]:
    """Within, layers are called; behind it they have forgotten."""
    layers = dict.fromkeys(part for layer in model.layers for part in layer.with_parts())
    remembered = [(layer.calls, list(layer.calls)) for layer in layers if isinstance(layer, Layer)]
    try:
        yield
    finally:
        for calls, before in remembered:
            calls[:] = before


def _as_it_runs(found: Model, model: Model) -> Model:
    found.runtime.run_on(model.engine)
    found.runtime.step = model.runtime.step
    return found


def _blocks_on(model: Model, asked: object) -> list[_Block]:
    """The blocks that hold what is asked about."""
    found: dict[Layer, _Block] = {}
    calls = {call.layer: call for call in model.built_network().calls}
    for path in _paths(model, asked):
        for layer in model.layers:
            rest = path.removeprefix(f"{layer.name}/")
            if rest == path:
                continue
            inside = _blocks_on(layer, rest) if isinstance(layer, Model) else []
            if layer in calls and not is_ours(type(layer)) and layer.sublayers and not layer.own_weights:
                inside = [_Block(layer, calls[layer], [rest])]
            for block in inside:
                found.setdefault(block.layer, block._replace(rest=[])).rest.extend(block.rest)
    return list(found.values())


def _paths(model: Model, asked: object) -> list[str]:
    """The paths among what is asked about, and those to layers with weights."""
    if isinstance(asked, list | tuple):
        return [path for each in asked for path in _paths(model, each)]
    if isinstance(asked, Layer):
        return [path for path, each in layers_by_path(model.layers).items() if each is asked]
    return [asked] if isinstance(asked, str) else []


def _opened(block: _Block) -> Layer:
    """A block as a model of the layers that it holds; itself where its `call` takes several, or needs numbers."""
    if len(block.call.inputs) != 1:
        return block.layer
    kind: type[Model] = type(type(block.layer).__name__, (Model,), {})  # it is told as what it is
    try:
        given = Input(tuple(block.call.inputs[0].shape[1:]))
        return told_apart(kind(given, _called(block.layer, given), name=block.layer.name), block.rest)
    except Exception:  # whatever code of a user's own raises where there are no numbers
        return block.layer
