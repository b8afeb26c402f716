"""What the rows of all layers share: the arguments that every layer of Keras 1 and 2 took."""

from __future__ import annotations

from pellucid.legacy import values
from pellucid.legacy.spelling import Join, Spelling

INPUT_DIM = Join("input_shape", ("input_dim",))
COMMON_NAMES: dict[str, str | tuple[str, ...]] = {"batch_input_shape": "input_shape", "input_dtype": "dtype"}
COMMON_VALUES = {
    "activation": values.activation,
    "batch_input_shape": values.sample_shape,
    "data_format": values.data_format,
    "dim_ordering": values.data_format,
    "init": values.initializer,
}
LAYER = Spelling("", names=COMMON_NAMES, joins=(INPUT_DIM,), values=COMMON_VALUES)
"""The row of a layer that has none of its own."""
