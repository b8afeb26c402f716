"""What scripts for TensorFlow 1 say before they come to Keras: settings of devices and sessions, which do nothing here.

Graphs that are described with placeholders and run in a session are TensorFlow's own: `REASONS` says what to do.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.random import set_random_seed
from pellucid.warned import warn

__all__ = [
    "ConfigProto",
    "GPUOptions",
    "InteractiveSession",
    "Session",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "logging",
    "set_random_seed",
]

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
    "train": (
        "has TensorFlow 1's optimisers, checkpoints and records: take tf.keras.optimizers, ModelCheckpoint and "
        "model.load_weights, or decode records with a generator for tf.data.Dataset.from_generator"
    ),
    "estimator": "is gone from TensorFlow: compile and fit the model",
    "feature_column": "is gone from TensorFlow: make columns of arrays",
    "lite": "writes files for TensorFlow Lite; `pellucid export` writes ONNX",
    "saved_model": "writes TensorFlow's folders; model.save('model.keras') writes the model, `pellucid export` ONNX",
    "distribute": "spreads a training over devices: docs/explain/many-devices.md says how that is done here",
    "py_function": "is not needed in Dataset.map: functions get arrays; call it itself",
    "numpy_function": "is not needed in Dataset.map: functions get arrays; call it itself",
    "print": "is Python's print here",
    "while_loop": "is Python's while here",
    "cond": "is Python's if here",
    "RaggedTensor": "holds rows of several lengths, which no layer here takes",
    "SparseTensor": "holds few numbers of many, which no layer here takes: toarray()",
    "lookup": "looks up words; layers for words are not here",
    "strings": "works on text; layers for words are not here",
    "signal": "has Fourier transforms: numpy.fft has them for arrays",
}
"""What TensorFlow has and this has not, and what to do about it: `tf.<name> <reason>`."""


def ConfigProto(*args: Any, **settings: Any) -> Any:
    """Settings of a session, which can be set and mean nothing."""
    return SimpleNamespace(**{"gpu_options": SimpleNamespace(), "graph_options": SimpleNamespace()} | settings)


def GPUOptions(**settings: Any) -> Any:
    """Settings of a graphics card, likewise."""
    return SimpleNamespace(**settings)


class Session:
    """Nothing: what is asked for is computed at once. `run` and all else says what to do."""

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        warn("tf.Session does nothing: there is one device, and memory is taken as it is needed")

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def as_default(self) -> Session:
        """The only one."""
        return self

    def close(self) -> None:
        """Nothing to close."""

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None) -> Any:
        """Refused: there is no graph behind it."""
        raise ArgumentError(
            "Session.run: no graph of TensorFlow's is here; model.predict(x) runs a model, and "
            "keras.backend.function([inputs], [outputs]) a part of one"
        )


InteractiveSession = Session


def disable_eager_execution() -> None:
    """Nothing: `K.function` and `K.gradients` work on models all the same."""


disable_v2_behavior = enable_eager_execution = disable_eager_execution


class logging:
    """Nothing is logged."""

    DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50

    @staticmethod
    def set_verbosity(level: int) -> None:
        """Nothing."""
