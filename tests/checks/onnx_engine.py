"""ONNX Runtime as an engine: it computes a graph from the file that is written of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto

from pellucid.conversion.onnx.saving import written
from pellucid.conversion.onnx.sizes import side_by_side
from pellucid.engines import State
from pellucid.graph import Graph, ops


def session_of(proto: ModelProto) -> onnxruntime.InferenceSession:
    """A session that runs a file, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])


def ran(proto: ModelProto, *arrays: np.ndarray) -> list[np.ndarray]:
    """The outputs of a file that is right for its inputs, in order."""
    onnx.checker.check_model(proto, full_check=True)
    return computed(proto, *arrays)


def computed(proto: ModelProto, *arrays: np.ndarray) -> list[np.ndarray]:
    """The outputs of a file, whatever its checker says: it wants the shapes of outputs."""
    session = session_of(proto)
    names = [each.name for each in session.get_inputs()]
    return session.run(None, {n: np.asarray(a, np.float32) for n, a in zip(names, arrays, strict=True)})


class OnnxProgram:
    """A graph, written when it is run: then its states are known."""

    def __init__(self, graph: Graph, opset: int) -> None:
        self.graph, self.opset = graph, opset

    def run(
        self, inputs: Mapping[str, np.ndarray], states: Mapping[str, State], *, seed: int = 0, step: int = 0
    ) -> dict[str, np.ndarray]:
        """The outputs."""
        given = [node.op for node in self.graph.nodes if isinstance(node.op, ops.Input)]
        program = side_by_side([self.graph], tuple(op.shape for op in given))
        names = list(self.graph.outputs)
        proto = written(program, states, [op.name for op in given], names, self.opset)
        return dict(zip(names, ran(proto, *(inputs[op.name] for op in given)), strict=True))


class OnnxEngine:
    """ONNX Runtime, as far as `Problem.run` knows an engine."""

    dtype = np.dtype(np.float32)

    def __init__(self, opset: int) -> None:
        self.opset = opset

    def takes(self, state: State) -> bool:
        """Any state that can be read: its numbers are written into the file."""
        return True

    def prepare(self, graph: Graph) -> OnnxProgram:
        """The program of a graph."""
        return OnnxProgram(graph, self.opset)
