"""What TensorFlow has and this has not, and what to do instead."""

from __future__ import annotations

DESCRIBED = (
    "is of TensorFlow 1's graphs, which are run in a session; describe the model with keras.Input and layers, and let "
    "fit, predict or keras.backend.function run it"
)
COMPUTED = "is not needed: weights have their values from the beginning; leave the line out"
REASONS: dict[str, str] = {
    **dict.fromkeys(
        ("placeholder", "get_variable", "variable_scope", "Graph", "get_default_graph", "contrib"), DESCRIBED
    ),
    **dict.fromkeys(
        ("global_variables_initializer", "initialize_all_variables", "local_variables_initializer"), COMPUTED
    ),
    "reset_default_graph": "is keras.backend.clear_session()",
    "layers": "had layers of TensorFlow 1: take those of tf.keras.layers",
    "app": "runs a main function: call it",
    "flags": "reads the command line: argparse does",
    "estimator": "is gone from TensorFlow: compile and fit the model",
    "feature_column": "is gone from TensorFlow: make columns of arrays",
    "lite": "writes files for TensorFlow Lite; `pellucid export` writes ONNX",
    "saved_model": "writes TensorFlow's folders; model.save('model.keras') writes the model, `pellucid export` ONNX",
    "lookup": "looks up words: keras.layers.StringLookup does, and IntegerLookup",
    **dict.fromkeys(
        [f"train.{name}Optimizer" for name in ("Ftrl", "ProximalAdagrad", "ProximalGradientDescent")],
        "is of TensorFlow 1: take tf.keras.optimizers",
    ),
    "train.RMSPropOptimizer": "began its averages of squares at 1; tf.keras.optimizers.RMSprop begins at 0: take that",
    "train.Saver": "is of TensorFlow 1: model.save_weights, or tf.train.Checkpoint",
    "train.exponential_decay": "is of TensorFlow 1: tf.keras.optimizers.schedules.ExponentialDecay",
    "data.TextLineDataset": "reads lines: Dataset.from_tensor_slices(open(file).read().splitlines())",
    "gradients": "is of TensorFlow 1: tf.GradientTape, or keras.backend.gradients(loss, variables)",
    "hessians": "is not here; ask one GradientTape inside another",
    "bfloat16": (
        "is no type of arrays, which NumPy has not; keras.mixed_precision.set_global_policy('mixed_bfloat16') lets "
        "layers multiply in it, and tf.float32 is what their results are"
    ),
    "quantization": "makes smaller numbers of weights; Pellucid computes in float32",
    "ragged": "holds rows of several lengths, which no layer here takes",
    "profiler": "is `pellucid profile model.keras` here",
}
"""What TensorFlow has and this has not, and what to do about it: `tf.<name> <reason>`."""
