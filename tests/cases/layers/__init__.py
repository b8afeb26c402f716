"""A row, or several, for every public layer; a file for each family."""

from __future__ import annotations

from cases.layers import (
    activation,
    attention,
    augmentation,
    convolution,
    dense,
    merging,
    normalization,
    pooling,
    regularization,
    reshaping,
)
from cases.rows import LayerCase

LAYERS: tuple[LayerCase, ...] = (
    *activation.ROWS,
    *attention.ROWS,
    *augmentation.ROWS,
    *convolution.ROWS,
    *dense.ROWS,
    *merging.ROWS,
    *normalization.ROWS,
    *pooling.ROWS,
    *regularization.ROWS,
    *reshaping.ROWS,
)
"""Every layer, by `cases.rows.LayerCase`."""

WITHOUT_ROW = {
    "deserialize": "makes a layer of a record",
    "serialize": "makes a record of a layer",
    "InputSpec": "no layer, but what one may be called on: tests/models/test_input_spec.py",
    "Input": "a function that returns a symbolic tensor",
    "InputLayer": "computes nothing; every other row begins with one when it is saved and loaded",
    "Layer": "the base class",
    "Embedding": "takes whole numbers: tests/conformance/test_keras_attention.py",
    **dict.fromkeys(
        ("IntegerLookup", "StringLookup", "TextVectorization"),
        "reads words before there is a graph: tests/conformance/test_keras_words.py",
    ),
    **dict.fromkeys(
        ("CategoryEncoding", "Discretization"), "steps have no gradient: tests/conformance/test_keras_categories.py"
    ),
    "MultiHeadAttention": "is called with several arguments: tests/conformance/test_keras_attention.py",
    "MaxNumBoundingBoxes": "takes no images alone: tests/conformance/test_keras_bounding_boxes.py",
    **dict.fromkeys(
        ("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"),
        "a function that makes the layer of that name and calls it",
    ),
}
"""Public names of `pellucid.layers` that compute nothing, and why."""
