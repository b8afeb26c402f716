"""In which order to compute, and where each tensor lives: buffers assigned by liveness.

The plan is made once per graph; an engine that manages memory (native) follows it. A tensor lives in the arena (one
block of memory, reused as tensors die), in an array that is handed in or out, in the state (weights, slots), or among
the constant arrays.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from pellucid.frozen import Frozen
from pellucid.graph import movement, ops
from pellucid.graph.fixed import fixed_nodes
from pellucid.graph.state_windows import StateWindows
from pellucid.graph.tensor import Graph, Node, Tensor

ALIGNMENT = 16  # floats: every buffer starts on a cache line of 64 bytes
ARENA = "arena"


class Place(Frozen):
    """Where a tensor lives: `offset` elements into `base`.

    A base is ARENA, "input:NAME", "output:NAME", "state:NAME" or "literal:NUMBER" (`Plan.literals`).
    """

    base: str
    offset: int


class Copy(Frozen):
    """Move `size` elements at the end of a run."""

    source: Place
    target: Place
    size: int


class Plan(Frozen):
    """A graph that is ready to be run.

    Attributes:
        graph: what is computed, in the order of its nodes.
        places: for each tensor (node, index) its place; a constant has one only if it is read from memory.
        arena_size: length of the arena [elements].
        copies: what still has to be moved at the end, in this order: outputs that could not be computed in place (an
            output that is also an input, a state or another output), then updates likewise.
        fixed: the nodes that depend on the state alone (`fixed_nodes`); their results stay in the arena between runs.
    """

    graph: Graph
    places: dict[tuple[Node, int], Place]
    arena_size: int
    copies: tuple[Copy, ...]
    fixed: frozenset[Node]

    def place(self, tensor: Tensor) -> Place:
        """Where the tensor lives."""
        return self.places[tensor.node, tensor.index]

    @property
    def literals(self) -> list[ops.Literal]:
        """The constant arrays of the graph; their bases are numbered in this order."""
        return [node.op for node in self.graph.nodes if isinstance(node.op, ops.Literal)]

    @property
    def by_name(self) -> dict[str, int]:
        """How many elements of the arena the results of each layer take, the most first; in one place one counts."""
        rooms: dict[tuple[str, int], int] = {}
        for (node, index), place in self.places.items():
            if place.base == ARENA and node.name:
                room, size = (node.name, place.offset), math.prod(node.outputs[index].shape)
                rooms[room] = max(rooms.get(room, 0), size)
        names: Counter[str] = Counter()
        for (name, _), size in rooms.items():
            names[name] += size
        return dict(names.most_common())

    @property
    def flops(self) -> int:
        """Additions and multiplications of one run, by definition (an engine may need fewer)."""
        return sum(flops(node) for node in self.graph.nodes)


def flops(node: Node) -> int:
    """Additions and multiplications that the node's operation takes by definition."""
    shapes = tuple(tensor.shape for tensor in node.inputs), tuple(tensor.shape for tensor in node.outputs)
    return node.op.flops(*shapes)


@dataclass
class _Storage:
    """A piece of memory that one or several tensors share, and the time in which it is in use."""

    size: int
    first: int
    last: int
    place: Place | None = None
    inside: tuple[_Storage, int] | None = None  # lies in a larger storage at this offset (`Pack`)


def make_plan(graph: Graph) -> Plan:
    """Assign a place to each tensor of a verified graph.

    Example:
        >>> graph = Graph()
        >>> x = graph.add(ops.Input((4,), "x"))
        >>> graph.outputs["y"] = -(-(-x))
        >>> made = make_plan(graph)
        >>> made.arena_size, [made.place(t).base for n in graph.nodes for t in n.outputs]
        (32, ['input:x', 'arena', 'arena', 'output:y'])

    Source: offsets greedily by size, Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference,
    arXiv 2001.03288, algorithm 3.
    """
    return _Planner(graph).run()


class _Planner:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.storage: dict[tuple[Node, int], _Storage] = {}
        self.fixed = fixed_nodes(graph)
        self.times = {node: time for time, node in enumerate(graph.nodes)}
        self.last_read = self._last_reads()
        updates = (node for node in graph.nodes if isinstance(node.op, ops.Update))
        self.in_memory = self._constants_in_memory()
        self.new_states = {(node.inputs[0].node, node.inputs[0].index) for node in updates}
        self.late_outputs: list[tuple[_Storage, Place]] = []
        self.late_updates: list[tuple[_Storage, Place]] = []
        self.literals = 0
        self.windows = StateWindows(graph)
        self.users: dict[int, list[Node]] = {}

    def run(self) -> Plan:
        for time, node in enumerate(self.graph.nodes):
            self._place_results(time, node)
        for (node, _), storage in self.storage.items():
            self.users.setdefault(id(storage), []).append(node)
        for node in self.graph.nodes:
            if isinstance(node.op, movement.Pack):
                self._pack_in_place(node)
            elif isinstance(node.op, ops.Update):
                self._update_in_place(node)
        for name, tensor in self.graph.outputs.items():
            self._place_output(name, tensor)
        staged = self._stage_updates()
        size = _assign_offsets(list({id(s): s for s in (*self.storage.values(), *staged.values())}.values()))
        places = {key: _resolve(storage) for key, storage in self.storage.items()}
        return Plan(self.graph, places, size, self._copies(staged), self.fixed)

    def _stage_updates(self) -> dict[int, _Storage]:
        """Room in the arena for new states that are windows of old ones: they move there before any is overwritten."""
        end = len(self.graph.nodes)
        in_state = [s for s, _ in self.late_updates if s.place is not None and s.place.base.startswith("state:")]
        return {id(storage): _Storage(storage.size, end, end) for storage in in_state}

    def _copies(self, staged: dict[int, _Storage]) -> tuple[Copy, ...]:
        outputs = [Copy(_resolve(storage), target, storage.size) for storage, target in self.late_outputs]
        sources = {id(storage): storage for storage, _ in self.late_updates}
        aside = [Copy(_resolve(sources[key]), _resolve(room), room.size) for key, room in staged.items()]
        updates = [
            Copy(_resolve(staged.get(id(storage), storage)), target, storage.size)
            for storage, target in self.late_updates
        ]
        return (*outputs, *aside, *updates)

    def _of(self, tensor: Tensor) -> _Storage | None:
        return self.storage.get((tensor.node, tensor.index))

    def _constants_in_memory(self) -> set[Node]:
        """The numbers that somebody reads from memory; chains and broadcasts carry theirs in their settings."""
        read = {
            tensor.node
            for node in self.graph.nodes
            if not isinstance(node.op, ops.Chain | movement.BroadcastTo)
            for tensor in node.inputs
        }
        return {
            node for node in read | {t.node for t in self.graph.outputs.values()} if isinstance(node.op, ops.Constant)
        }

    def _last_reads(self) -> dict[tuple[Node, int], int]:
        """The time of the last read of each tensor's memory, reads through aliases included."""
        last: dict[tuple[Node, int], int] = {}
        for node in reversed(self.graph.nodes):
            for tensor in node.inputs:
                key = tensor.node, tensor.index
                time = self.times[node]
                if isinstance(node.op, movement.Alias):
                    time = max(time, last.get((node, 0), time))
                elif isinstance(node.op, ops.Update):
                    time = len(self.graph.nodes)
                last[key] = max(last.get(key, -1), time)
        for tensor in self.graph.outputs.values():
            key = tensor.node, tensor.index
            while True:
                last[key] = len(self.graph.nodes)
                if not isinstance(key[0].op, movement.Alias):
                    break
                source = key[0].inputs[0]
                key = source.node, source.index
        return last

    def _place_results(self, time: int, node: Node) -> None:
        op = node.op
        if isinstance(op, ops.Update) or (isinstance(op, ops.Constant) and node not in self.in_memory):
            return
        if isinstance(op, movement.Alias):
            self.storage[node, 0] = self.storage[node.inputs[0].node, node.inputs[0].index]
            return
        taken: set[int] = set()
        for tensor in node.outputs:
            key = node, tensor.index
            if node in self.fixed:  # in use from the first run to the last
                first, last = 0, len(self.graph.nodes)
            else:
                first, last = time, self.last_read.get(key, time)
            in_place = _meets_its_inputs(tensor) and key not in self.new_states
            reused = self._reusable(time, node, tensor, taken) if in_place else None
            if reused is not None:
                reused.last = max(reused.last, last)
                taken.add(id(reused))
                self.storage[key] = reused
                continue
            self.storage[key] = storage = _Storage(math.prod(tensor.shape), first, last)
            if isinstance(op, ops.Input):
                storage.place = Place(f"input:{op.name}", 0)
            elif isinstance(op, ops.Parameter):
                storage.place = Place(f"state:{op.state}", op.offset)
            elif isinstance(op, ops.Literal):
                storage.place = Place(f"literal:{self.literals}", 0)
                self.literals += 1

    def _reusable(self, time: int, node: Node, result: Tensor, taken: set[int]) -> _Storage | None:
        """The memory of an input that dies here and has the result's shape: a chain may overwrite it in place."""
        for tensor in node.inputs:
            storage = self._of(tensor)
            if storage is None or storage.place is not None or storage.last != time or id(storage) in taken:
                continue
            if all(other.shape == result.shape for other in node.inputs if self._of(other) is storage):
                return storage
        return None

    def _pack_in_place(self, node: Node) -> None:
        """Let the parts of a pack be computed where they will lie, so that packing copies nothing."""
        assert isinstance(node.op, movement.Pack)
        whole = self.storage[node, 0]
        for offset, tensor in zip(node.op.offsets, node.inputs, strict=True):
            storage = self._of(tensor)
            if storage is None or storage.place is not None or storage.inside is not None:
                continue
            # The pack's own life counts: afterwards a chain may write over its memory.
            outlived = storage.last > self.last_read.get((node, 0), storage.last)
            private = not outlived and not self._is_written_behind(storage, node)
            if storage.size == math.prod(tensor.shape) and private and offset % ALIGNMENT == 0:
                storage.inside = (whole, offset)
                whole.first = min(whole.first, storage.first)

    def _is_written_behind(self, storage: _Storage, pack: Node) -> bool:
        """Whether a chain behind the pack computes something else in that memory."""
        users, packed = self.users[id(storage)], self.times[pack]
        return any(self.times[node] > packed and not isinstance(node.op, movement.Alias) for node in users)

    def _update_in_place(self, node: Node) -> None:
        """Compute a new state value right where it belongs, if nothing needs the old one any more."""
        (value,), op = node.inputs, node.op
        assert isinstance(op, ops.Update)
        target, storage = Place(f"state:{op.state}", op.offset), self._of(value)
        assert storage is not None
        private = storage.place is None and storage.inside is None
        if private and len(self.users[id(storage)]) == 1 and not self._old_state_needed(storage, value, target):
            storage.place = target
        else:
            self.late_updates.append((storage, target))

    def _old_state_needed(self, new: _Storage, value: Tensor, target: Place) -> bool:
        """Whether somebody reads the old state after the new one begins to be written (parts of a pack: early)."""
        state = target.base.removeprefix("state:")
        for window in self.windows.overlapping(state, target.offset, target.offset + new.size):
            storage = self.storage[window, 0]
            assert storage.place is not None
            same_elements = storage.place.offset == target.offset and storage.size == new.size
            reader_is_chain = _meets_its_inputs(value)
            if storage.last > new.first or (storage.last == new.first and not (same_elements and reader_is_chain)):
                return True
        return False

    def _place_output(self, name: str, tensor: Tensor) -> None:
        target, storage = Place(f"output:{name}", 0), self._of(tensor)
        assert storage is not None
        if storage.place is None and storage.inside is None and tensor.node not in self.fixed:
            storage.place = target
        else:
            self.late_outputs.append((storage, target))


def _meets_its_inputs(tensor: Tensor) -> bool:
    """Whether elements are written just after the same elements of the inputs were read: a chain's, but for sums."""
    op = tensor.node.op
    return isinstance(op, ops.Chain) and tensor.index < len(op.results)


def _resolve(storage: _Storage) -> Place:
    if storage.inside is not None:
        outer, offset = storage.inside
        place = _resolve(outer)
        return Place(place.base, place.offset + offset)
    assert storage.place is not None
    return storage.place


def _assign_offsets(storages: list[_Storage]) -> int:
    """Give each storage without a place one in the arena, largest first, where no living one lies; returns its size."""
    waiting = [storage for storage in storages if storage.place is None and storage.inside is None]
    if len(waiting) < 2:
        return _at_the_beginning(waiting)
    placed, total = np.zeros((4, len(waiting)), np.int64), 0  # start, end, first, last of each; by start
    for count, storage in enumerate(sorted(waiting, key=lambda item: (-item.size, item.first))):
        size = -(-storage.size // ALIGNMENT) * ALIGNMENT
        starts, ends, firsts, lasts = placed[:, :count]
        alive = (firsts <= storage.last) & (lasts >= storage.first)
        offset = _first_gap(starts[alive], ends[alive], size) if count else 0
        place = int(np.searchsorted(starts, offset, "right"))
        placed[:, place + 1 : count + 1] = placed[:, place:count]
        placed[:, place] = offset, offset + size, storage.first, storage.last
        storage.place = Place(ARENA, offset)
        total = max(total, offset + size)
    return total


def _at_the_beginning(storages: list[_Storage]) -> int:
    """Give the one storage, if there is one, its place; returns the size of the arena."""
    for storage in storages:
        storage.place = Place(ARENA, 0)
    return sum(-(-storage.size // ALIGNMENT) * ALIGNMENT for storage in storages)


def _first_gap(starts: np.ndarray, ends: np.ndarray, size: int) -> int:
    """The lowest offset at which `size` elements lie clear of pieces that are given in the order of their starts."""
    before = np.maximum.accumulate(np.concatenate([[0], ends]))  # the end of all that lies before each piece
    fits = before[:-1] + size <= starts
    first = int(fits.argmax()) if fits.any() else len(starts)
    return int(before[first])
