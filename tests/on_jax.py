"""Which tests compare with Keras on JAX: of Keras's backends a process has one, and for most tests that is PyTorch.

There Keras computes at once. On JAX, XLA compiles for each shape and each setting anew, where nine tenths of the time
of these tests went. Where PyTorch's Keras is another one than JAX's (a slope at a bend, what becomes of NaN, functions
that it lacks), or has an error, the test is listed here; `test_keras_on_jax.py` and `test_keras_on_jax_other_files.py`
run them in two other processes.
"""

from __future__ import annotations

EVERY_ROW = ("",)
_OPS = (
    "ops.dot_product_attention",
    "ops.unstack",
    "ops.pad ",
    "ops.dot ",
    "ops.average",
    "ops.vdot",
    "ops.top_k",
    "ops.get_item",
    "ops.correlate",
    "ops.cross ",
    "ops.fold ",
    "ops.istft",
    "ops.ldexp",
    "ops.unfold",
    "ops.vander",
)
_OPS_WITHOUT_SLOPES = (
    "ops.empty_like",
    "ops.count_nonzero",
    "ops.stop_gradient",
    "ops.one_hot",
    "ops.histogram",
    "ops.imag",
)
_STEPS = (
    "decaying",
    "adamw",
    "schedule free",
    "all of it",
    "along several gradients",
)  # which PyTorch rounds otherwise
ON_JAX: dict[str, dict[str, tuple[str, ...]]] = {
    "conformance/test_keras_activations.py": {
        "test_values_and_slopes": (
            "leaky_relu(",
            "relu(negative_slope=0.1)",
            "soft_shrink(threshold=-1.0)",
            "kinks-hard_tanh()",
        ),
        "test_tiny_inputs_keep_their_digits": ("soft_shrink(threshold=-1.0)",),
        "test_nan_and_infinity": ("gelu()", "hard_shrink(", "soft_shrink(", "[threshold("),
    },
    "conformance/test_keras_attention.py": {"test_many_heads": EVERY_ROW},  # whose slopes are JAX's
    "conformance/test_keras_attributes.py": {
        "test_every_name_of_keras_is_here_or_said_to_be_missing": EVERY_ROW,  # PyTorch's modules have further names
    },
    "conformance/test_keras_augmentation.py": {
        "test_pixels": ("blurred as by a lens",),
        "test_tones_spread_place_by_place": EVERY_ROW,
    },
    "conformance/test_keras_bending.py": {"test_slanted": ("nearest-",)},
    "conformance/test_keras_bounding_boxes.py": {"test_numbers_of_keras": ("heightened and resized",)},
    "conformance/test_keras_counted_metrics.py": {
        "test_over_batches": ("{'k': 7}",),  # PyTorch knows no seven largest of four
        "test_functions": ("top_k",),
    },
    "conformance/test_keras_image_folders.py": {"test_pixels": ("rgb-stretch",)},
    "conformance/test_keras_layers.py": {
        "test_results_and_gradients": ("LayerNormalization(axis=1,", "=bicubic)", "=lanczos")
    },
    "conformance/test_keras_losses_on_arrays.py": {
        "test_value_with_all_weights": ("{'ignore_class':",),
        "test_functions": ("CategoricalGeneralizedCrossEntropy",),
    },
    "conformance/test_keras_metrics_on_arrays.py": {"test_accumulated_over_batches": ("'top_k':",)},
    "conformance/test_keras_normalization.py": {"test_layer_normalization": EVERY_ROW},
    "conformance/test_keras_normalization_fit.py": {"test_steps": ("spectral",)},
    "conformance/test_keras_operations.py": {
        "test_keras_reads_what_is_written": ("further reductions", "cast"),
        "test_what_keras_writes_is_read": ("further reductions",),
    },
    "conformance/test_keras_ops.py": {
        "test_values_on_arrays": _OPS + _OPS_WITHOUT_SLOPES,
        "test_gradients": _OPS,
        "test_reductions": EVERY_ROW,
        "test_arrangements": EVERY_ROW,
        "test_convolution_and_pooling": EVERY_ROW,
    },
    "conformance/test_keras_optimizer_files.py": {
        "test_training_of_keras_goes_on_here": ("schedule free",),
        "test_training_from_here_goes_on_in_keras": ("schedule free",),
    },
    "conformance/test_keras_optimizers.py": {"test_fifty_steps": ("schedule free",)},
    "conformance/test_ops_image.py": {
        "test_the_numbers_of_keras": ("[bicubic]", "[blurred across]"),  # an even window gives a column too many
    },
    "conversion/test_h5_written.py": {"test_keras_reads_what_is_written": ("_chain",)},  # means with padding in them
    "legacy/test_small_tensorflow.py": {"test_images": EVERY_ROW},  # bicubic
    "unit/test_metrics.py": {"test_precision_and_recall_are_those_of_keras": ("'top_k':",)},  # the last of equals
    "unit/test_activations.py": {"test_slope_is_that_of_keras_also_at_bends": ("[hard_sigmoid]", "[leaky_relu]")},
    "unit/test_optimizer_steps.py": {"test_twenty_steps_are_those_of_keras": _STEPS},
    "unit/test_optimizer_at_once.py": {"test_steps_are_those_of_keras": ("schedule free",)},
    "conformance/test_keras_windows.py": {
        "test_gradients_where_values_are_equal": ("leaky_relu",),
        "test_pooling": EVERY_ROW,  # means with padding in them
    },
    "conformance/test_keras_custom_layers.py": {"test_ten_steps": ("_keeping]", "_inside]")},
}
"""By file and test: what the name of a row contains."""


def is_on_jax(node: str) -> bool:
    """Whether a test, by its name from the folder of all tests on, compares with Keras on JAX."""
    file, _, test = node.partition("::")
    name, bracket, row = test.partition("[")
    tables = [table for path, table in ON_JAX.items() if file.endswith(path)]
    return any(part in bracket + row for table in tables for part in table.get(name, ()))
