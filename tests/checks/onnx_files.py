"""Small ONNX files, and whether what is read of them computes what ONNX Runtime does."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from checks.onnx_engine import computed
from pellucid.conversion.onnx.loading import to_model
from pellucid.formats.onnx_file import read_onnx
from pellucid.models import Model

RNG = np.random.default_rng(3)


def file_of(
    nodes: list[Any], shape: tuple[Any, ...], constants: dict[str, Any] | None = None, opset: int = 17
) -> ModelProto:
    """A file that computes y from x."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def model_of(proto: ModelProto) -> Model:
    """The model that is read of a file."""
    return to_model(read_onnx(proto.SerializeToString()), "test")[0]


def check(proto: ModelProto, *sizes: int, digits: float = 2e-6) -> Model:
    """The model computes what ONNX Runtime computes; x is (batch, channels, sizes)."""
    model = model_of(proto)
    x = RNG.normal(size=sizes).astype(np.float32)
    (right,) = computed(proto, x)
    found = model.predict(np.moveaxis(x, 1, -1), verbose=0)
    turned = np.moveaxis(right, 1, -1) if right.ndim > 2 else right
    right = turned if found.shape == turned.shape else right
    scale = max(1.0, float(np.abs(right).max()))
    np.testing.assert_allclose(found, right, rtol=0, atol=digits * scale * len(sizes))
    return model
