"""All that is kept so that one network can be run again and again: an engine, where its weights live, its programs."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar, cast

from pellucid.engines import BoundProgram, Engine, Program, QuickRun, State, get_engine, quick_run, reusing
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, verify
from pellucid.graph.ops import RandomUniform, Shape
from pellucid.layers import Layer
from pellucid.layers.contents import Contents, contents_of
from pellucid.locks import lock
from pellucid.network import Network, forward_graph, variables_beside
from pellucid.provenance import Steps
from pellucid.training.programs import FEW, Kept, Programs
from pellucid.variables import Variable, gather
from pellucid.warned import warn
from pellucid.watched import Key, Reliance, Same

PREDICTING, TESTING = 0x243F6A8885A308D3, 0x13198A2E03707344
"""Mixed with the seed of a model, so that other numbers are drawn than in training: first digits of pi, in base 16."""


class Placed(Frozen, eq=False):
    """Where the weights of a network live; it holds as long as nobody changes the network's layers.

    Args:
        weights: all of them, each once.
        states: in which they live, by name.
        contents: what is in the lists that layers keep; None where none does.
        key: what a program of the network depends on besides its purpose and shapes: the settings of the layers and
            whether they are frozen, where each weight lives, and what of it is trained.
        reliance: says whether all this still holds.
    """

    weights: tuple[Variable, ...]
    states: dict[str, State]
    contents: Contents | None
    key: Hashable
    reliance: Reliance

    @property
    def holds(self) -> bool:
        """Whether nothing has changed since."""
        return self.reliance.holds and (self.contents is None or self.contents.hold)

    def can_run_on(self, engine: Engine) -> bool:
        """Whether an engine can compute on all states where they are; each is asked once, since none of them moves."""
        known = self._can_run_on.get(engine)
        if known is None:
            known = self._can_run_on[engine] = all(map(engine.takes, self.states.values()))
        return known

    @cached_property
    def _can_run_on(self) -> dict[Engine, bool]:
        return {}

    @property
    def trained(self) -> list[Variable]:
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trainable]


class OpensSizes(Protocol):
    """What knows that a model's input shape was learned from data (`door.LearnedShape`)."""

    def open_for(self, x: Any) -> None:
        """Let the model take such data, if it can."""
        ...


class HasGraph(Protocol):
    """What knows what the outputs of its graph mean."""

    graph: Graph


Described = TypeVar("Described", bound=HasGraph)


class Runtime:
    """Runs one network on one engine. `fit`, `evaluate`, `predict`, `model(x)` and inspection all ask it.

    Args:
        name: of the model, for messages.
        seed: decides what random layers draw.
        engine: computes; the native one by default.

    Attributes:
        network: what is run; None before it is known.
        learned: opens sizes that differ, where the shape of the input was learned from data; else None.
        steps: counts the training steps.
        penalised: the forms (for training or not) in which layers of the network add penalties to the loss.
        drawing: those in which they draw random numbers.
    """

    def __init__(self, name: str, seed: int, engine: Engine | None = None) -> None:
        self.name, self.seed, self.steps = name, seed, Steps()
        self.network: Network | None = None
        self.owner: Layer | None = None
        self.learned: OpensSizes | None = None
        self.engine: Engine = engine or get_engine()
        self._start()

    def _start(self) -> None:
        self._programs = Programs()
        self._quick: dict[Shape, tuple[QuickRun, Placed]] = {}
        self._placed: Placed | None = None
        self._loose: Placed | None = None
        self._taught: Placed | None = None
        self._said: set[str] = set()
        self.penalised: set[bool] = set()
        self.drawing: set[bool] = set()
        self._draws = itertools.count()
        self._lock = lock()

    def use(self, network: Network | None, owner: Layer | None = None) -> None:
        """Run this network from now on; `owner` is a model whose own methods emit parts of it, or of its steps."""
        self.network, self.owner = network, owner
        self.forget()

    def run_on(self, engine: Engine) -> None:
        """Compute on this engine from now on."""
        self.engine = engine
        self._said.clear()
        self.forget()

    def has_said(self, what: str) -> bool:
        """Whether `say_once` was called for it since the model was compiled."""
        return what in self._said

    def say_once(self, what: str, message: str) -> None:
        """Warn at the user's line; not again of the same thing before the model is compiled anew."""
        if what not in self._said:
            self._said.add(what)
            warn(f"{self.name}: {message}")

    def note_once(self, what: str, message: str) -> None:
        """Log, as information, what is as it should be and good to know; as seldom as `say_once` warns."""
        if what not in self._said:
            self._said.add(what)
            import logging  # only now: few programs need it

            logging.getLogger("pellucid").info("%s: %s", self.name, message)

    def forget(self) -> None:
        """Let go of all programs."""
        self._placed = self._loose = None
        self._programs.clear()
        self._quick.clear()

    @property
    def built(self) -> Network:
        """The network, which is known."""
        if self.network is None:
            raise ArgumentError(f"{self.name} does not know its input shape yet: build it, or let it see data first")
        return self.network

    def built_for(self, x: Any) -> Network:
        """The network, in which sizes that it learned from data may be opened for these data."""
        if self.learned is not None:
            self.learned.open_for(x)
        return self.built

    def placed(self, engine: Engine | None = None) -> Placed:
        """Where the weights live, moved to where an engine can compute; the same object until something changes."""
        engine = engine or self.engine
        placed = self._placed
        if placed is not None and self.is_placed(engine):
            return placed
        with self._lock:
            self._quick.clear()
            self._placed = _place(self.built, self.owner, engine)
            return self._placed

    def _lying(self, engine: Engine) -> Placed | None:
        """Where the weights lie before anybody has moved them together; None if an engine cannot compute on them."""
        if self._loose is None or not self._loose.holds:
            with self._lock:
                self._loose = _place(self.built, self.owner)
        return self._loose if self._loose.can_run_on(engine) else None

    @property
    def step(self) -> int:
        """How many training steps were made; another number may be set."""
        return self.steps.step

    @step.setter
    def step(self, value: int) -> None:
        self.steps.jump(value)

    def teach(self, placed: Placed) -> None:
        """From now on steps train what is trained of these weights, and nothing that was trained before."""
        if placed is self._taught:
            return
        for weight in self._taught.trained if self._taught is not None else ():
            weight.story.rest_from(self.steps)
        for weight in placed.weights:
            weight.story.rest_from(self.steps)
        for weight in placed.trained:
            weight.story.train_by(self.steps, weight.frozen_part)
        self._taught = placed

    def program(
        self,
        purpose: Hashable,
        build: Callable[[], Graph],
        further: Mapping[str, State] | None = None,
        engine: Engine | None = None,
    ) -> BoundProgram:
        """A program on the weights, made at its first use.

        Args:
            purpose: tells it from the other programs of this network: what it does, on which shapes, in which form.
            build: its graph.
            further: states besides those of the weights.
            engine: the model's own by default.
        """
        engine = engine or self.engine
        placed = self.placed(engine)
        key = (engine, purpose, placed.key, self.built)
        states = {**placed.states, **(further or {})}

        def make() -> Kept:
            graph = build()
            program = prepare(engine, graph)
            return Kept(program.bind(_with_brought(graph, states, placed.reliance)), program.memory)

        return self._programs.get(key, make)

    def is_placed(self, engine: Engine) -> bool:
        """Whether the weights live where an engine can compute, so that `placed` would move none."""
        placed = self._placed
        return placed is not None and placed.holds and placed.can_run_on(engine)

    def program_about(
        self, purpose: Hashable, make: Callable[[], Described], *, engine: Engine
    ) -> tuple[BoundProgram, Described] | None:
        """A program of a graph, as `program` keeps it, with the object that knows what the graph's outputs mean.

        No weight is moved; None where the engine cannot compute on them where they lie. The results lie where earlier
        ones lay (`engines.reusing`).

        Args:
            purpose, engine: see `program`.
            make: the object, which has the `graph`.
        """
        placed = self._placed if self.is_placed(engine) else self._lying(engine)
        if placed is None:
            return None

        def made() -> Kept:
            described = make()
            program = prepare(engine, described.graph)
            results = sum(engine.dtype.itemsize * math.prod(each.shape) for each in described.graph.outputs.values())
            states = _with_brought(described.graph, placed.states, placed.reliance)
            return Kept(reusing(program, states), program.memory + results, described)

        kept = self._programs.kept((engine, purpose, placed.key, self.built), made)
        return kept.program, cast("Described", kept.about)

    def predictor(
        self, shapes: Sequence[Shape], *, training: bool = False, engine: Engine | None = None, keeps: bool = True
    ) -> BoundProgram:
        """From a batch of inputs of these shapes to the outputs "0", "1", ...

        Args:
            shapes: of the inputs.
            training, engine: in which form, and who computes.
            keeps: whether what the `call` of a layer assigns to its weights stays, as it does in Keras.
        """
        network, key, placed = self.built, ("predict", training, keeps, tuple(shapes)), self.placed(engine)

        def build() -> Graph:
            graph = forward_graph(network, shapes, training=training)
            if keeps:
                graph.emit_assignments()
            if graph.losses:
                self.penalised.add(training)
            if any(isinstance(node.op, RandomUniform) for node in graph.nodes):
                self.drawing.add(training)
            return graph

        program = self.program(key, build, engine=engine)
        is_usual = engine in (None, self.engine) and network.gives.is_single and not (training or placed.contents)
        is_usual = is_usual and keeps and training not in self.drawing
        quick = quick_run(program) if is_usual and len(shapes) == 1 else None
        if quick is not None:
            if len(self._quick) >= FEW:
                self._quick.clear()
            self._quick[shapes[0]] = quick, placed  # should the weights move meanwhile, it is never taken
        return program

    def next_draw(self) -> tuple[int, int]:
        """Seed and number of what random layers draw for the next batch of a prediction: other numbers each time."""
        return self.seed ^ PREDICTING, next(self._draws)

    def draw_of_test(self, batch: int) -> tuple[int, int]:
        """The same for a batch of an evaluation: other numbers in each, equal ones whenever the model is the same."""
        return self.seed ^ TESTING, self.steps.step + batch

    def quick(self, shape: Shape) -> QuickRun | None:
        """A short way to predict for an input of a shape that came before (see `engines.quick_run`), or None.

        To find the program and the weights again for every sample would take longer than to run a small model; all the
        more so as this code is in no cache when a large layer has just gone through them (measured: 40 function calls,
        15 us from the caches, 75 us else).
        """
        run, placed = self._quick.get(shape, (None, None))
        return run if placed is not None and placed is self._placed and placed.reliance.holds else None

    def look_again(self) -> None:
        """Take no short way for what has been looked at so far: other inputs may be allowed from now on."""
        self._quick.clear()

    @property
    def network_layers(self) -> tuple[Layer, ...]:
        """The layers of the network, where it is known."""
        return () if self.network is None else self.network.layers

    def __getstate__(self) -> dict[str, Any]:
        """Copies make their own programs."""
        return {name: value for name, value in self.__dict__.items() if name in ("name", "seed", "engine")} | {
            "network": None if self.owner is not None and self.owner in self.network_layers else self.network,
            "owner": self.owner,
            "learned": self.learned,
            "steps": copy.copy(self.steps),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()


def prepare(engine: Engine, graph: Graph) -> Program:
    """The program of a graph that is well formed."""
    verify(graph)
    return engine.prepare(graph)


def _with_brought(graph: Graph, states: Mapping[str, State], reliance: Reliance) -> Mapping[str, State]:
    """The states with those of variables that belong to no layer, such as a loss may hold."""
    further = [variable for variable, (state, _) in graph.brought.items() if state.name not in states]
    for variable in further:
        variable.is_relied_on_by(reliance)
    return {**states, **graph.states()} if further else states


def _place(network: Network, owner: Layer | None, engine: Engine | None = None) -> Placed:
    """The weights of a network where they are; where an engine computes, and those made that are still missing, if one
    is given."""
    reliance = Reliance()
    layers: dict[Layer, None] = {}
    roots = network.layers if owner is None else (*network.layers, owner)
    for layer in (part for each in roots for part in each.with_parts()):
        layer.is_relied_on_by(reliance)  # before it is looked at, so that no change goes unnoticed
        layers[layer] = None
    if engine is not None:
        for layer in layers:
            _make_late_weights(layer)
    weights = list(dict.fromkeys(weight for layer in layers for weight in layer.own_weights))
    if engine is not None:
        gather(weights, engine)
    others = [variable for variable in variables_beside(network) if variable not in weights]
    for weight in (*weights, *others):
        weight.is_relied_on_by(reliance)
    states = {weight.state.name: weight.state for weight in (*weights, *others)}
    settings, contents = tuple((layer.revision, layer.is_frozen_itself) for layer in layers), contents_of(list(layers))
    places = tuple(
        (w.state.name, w.offset, _trained(w), Same(w.regularizer), Same(w.constraint)) for w in (*weights, *others)
    )
    return Placed(tuple(weights), states, contents, Key((settings, contents, places)), reliance)


def _trained(weight: Variable) -> Hashable:
    """What of a weight training changes, so that it can be compared."""
    part = weight.frozen_part
    return weight.trainable if part is None else (weight.trainable, part.shape, part.tobytes())


def _make_late_weights(layer: Layer) -> None:
    """The weights of parts that a layer was given after its first use; they are made when the layer next emits."""
    if layer.built and any(not part.built for part in layer.sublayers):
        layer.compute_output_shape(layer.input_shape)
