"""The table of everything that is no layer: models, optimisers, penalties, callbacks, functions.

Source: Keras 1.2.2 and 2.2.4, the files of these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pellucid.legacy import values
from pellucid.legacy.positions import (
    Reading,
    any_of,
    are_metrics,
    is_none,
    is_number,
    is_text,
    said_for,
    tiny_epsilon,
    when,
    with_word,
)
from pellucid.legacy.spelling import Dropped, Spelling

SHOW_ACCURACY = {"show_accuracy": Dropped((False,), advice="give compile(metrics=['accuracy']) and it is shown")}
SPEED_ONLY = {name: Dropped() for name in ("workers", "use_multiprocessing", "max_queue_size")}
FORMAT = {
    "save_format": Dropped(
        (None, "h5", "hdf5", "keras"), advice="the ending of the file says it: .keras, .h5, .weights.h5"
    )
}
OF_OPTIMIZER = {
    "include_optimizer": Dropped(
        (True,), advice="the file keeps the optimiser; load_model(path, compile=False) leaves it"
    )
}
RESET = {"reset_metrics": Dropped((True,), advice="each batch is told by itself")}
OF_WORKERS = {
    name: Dropped(advice="a PyDataset takes workers and max_queue_size when it is made")
    for name in (*SPEED_ONLY, "max_q_size", "nb_worker", "pickle_safe")
}
ADAM = ("lr", "beta_1", "beta_2", "epsilon", "decay", "amsgrad")
RMSPROP = ("lr", "rho", "epsilon", "decay")
ADAGRAD = ("lr", "epsilon", "decay")
CHECKPOINT = ("filepath", "monitor", "verbose", "save_best_only", "save_weights_only", "mode", "period")
TENSORBOARD = ("log_dir", "histogram_freq", "batch_size", "write_graph", "write_grads", "write_images")


IN_KERAS_1 = {"epsilon": 1e-8}


def _optimizer(
    name: str,
    learning_rate: float,
    order: Reading | None = None,
    *,
    as_today: bool = True,
    then: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
) -> Spelling:
    """A row for an optimiser, whose learning rate was `lr` and shrank with `decay`.

    Args:
        name: of the class.
        learning_rate: that it had in Keras 1 and 2 where none was given.
        order: of its arguments by position.
        as_today: whether that learning rate is still the usual one.
        then: what else was usual in one Keras.
    """
    return Spelling(
        name,
        order=order,
        names={"lr": "learning_rate", "decay": "decay"},
        values={"epsilon": values.omitted_if_none},
        defaults={} if as_today else {"learning_rate": learning_rate},
        in_generation=then,
        finish=values.Decay(learning_rate),
    )


UNDER_ROOT = {"epsilon": values.epsilon_under_root}
"""Of optimisers that added epsilon to the root and add it under the root today."""


OPTIMIZERS: dict[str, Spelling] = {
    "SGD": _optimizer("SGD", 0.01, when(2, is_number, ("lr", "momentum", "decay", "nesterov"))),
    "Adam": _optimizer("Adam", 0.001, when(4, is_number, ADAM), then={1: IN_KERAS_1}),
    "RMSprop": replace(
        _optimizer(
            "RMSprop",
            0.001,
            tiny_epsilon(2, "momentum", RMSPROP, any_of(with_word("decay", RMSPROP), when(2, is_none, RMSPROP))),
            then={1: {"epsilon": 1e-16}, 2: {"epsilon": 1e-14}},
        ),
        values=UNDER_ROOT,
    ),
    "Adagrad": replace(
        _optimizer(
            "Adagrad",
            0.01,
            tiny_epsilon(
                1, "initial_accumulator_value", ADAGRAD, any_of(with_word("decay", ADAGRAD), when(1, is_none, ADAGRAD))
            ),
            as_today=False,
            then={
                1: {"initial_accumulator_value": 0.0, "epsilon": 1e-16},
                2: {"initial_accumulator_value": 0.0, "epsilon": 1e-14},
            },
        ),
        values=UNDER_ROOT,
    ),
    "Adadelta": _optimizer("Adadelta", 1.0, as_today=False, then={1: IN_KERAS_1}),
    "Adamax": _optimizer("Adamax", 0.002, as_today=False, then={1: IN_KERAS_1}),
    "Nadam": replace(
        _optimizer("Nadam", 0.002, as_today=False, then={1: IN_KERAS_1}),
        dropped={"schedule_decay": Dropped((0.004,), advice="Nadam has no other schedule")},
    ),
}

WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")

MODELS: dict[str, Spelling] = {
    "add_weight": Spelling("add_weight", order=when(0, is_text, WEIGHT)),
    "Model": Spelling("Model", names={"input": "inputs", "output": "outputs"}),
    "Sequential": Spelling("Sequential"),
    "Input": Spelling("Input", names={"input_dtype": "dtype"}),
    "compile": Spelling(
        "compile",
        order=when(2, are_metrics, ("optimizer", "loss", "metrics", "loss_weights")),
        dropped={
            "class_mode": Dropped(advice="what the classes are follows from the loss"),
            "theano_mode": Dropped(),
            "sample_weight_mode": Dropped((None,), advice="weights for single steps in time do not exist"),
        },
    ),
    "fit": Spelling(
        "fit",
        names={"X": "x", "nb_epoch": "epochs"},
        dropped=SHOW_ACCURACY | SPEED_ONLY,
        in_generation={1: {"epochs": 10}},
    ),
    "save": Spelling("save", dropped=FORMAT | OF_OPTIMIZER),
    "save_model": Spelling("save_model", dropped=FORMAT | OF_OPTIMIZER),
    "save_weights": Spelling("save_weights", dropped=FORMAT),
    "evaluate": Spelling("evaluate", names={"X": "x"}, dropped=SHOW_ACCURACY | SPEED_ONLY),
    "predict": Spelling("predict", names={"X": "x"}, dropped=SPEED_ONLY),
    "fit_generator": Spelling(
        "fit_generator",
        names={
            "nb_epoch": "epochs",
            "samples_per_epoch": "steps_per_epoch",
            "nb_val_samples": "validation_steps",
        },
        values={
            "samples_per_epoch": values.counted_in_samples,
            "nb_val_samples": values.counted_in_samples,
        },
        dropped=OF_WORKERS,
    ),
    "evaluate_generator": Spelling(
        "evaluate_generator",
        names={"val_samples": "steps"},
        values={"val_samples": values.counted_in_samples},
        dropped=OF_WORKERS,
    ),
    "predict_generator": Spelling(
        "predict_generator",
        names={"val_samples": "steps"},
        values={"val_samples": values.counted_in_samples},
        dropped=OF_WORKERS,
    ),
    "train_on_batch": Spelling("train_on_batch", names={"X": "x"}, dropped=RESET),
    "test_on_batch": Spelling("test_on_batch", names={"X": "x"}, dropped=RESET),
}

PENALTIES: dict[str, Spelling] = {
    "L1": Spelling("L1", names={"l": "l1"}),
    "L2": Spelling("L2", names={"l": "l2"}),
    "l1l2": Spelling("L1L2", name_is_old=True, defaults={"l1": 0.01, "l2": 0.01}),
    "activity_l1": Spelling("L1", name_is_old=True, names={"l": "l1"}),
    "activity_l2": Spelling("L2", name_is_old=True, names={"l": "l2"}),
    "activity_l1l2": Spelling("L1L2", name_is_old=True, defaults={"l1": 0.01, "l2": 0.01}),
    "WeightRegularizer": Spelling("L1L2", name_is_old=True),
    "ActivityRegularizer": Spelling("L1L2", name_is_old=True),
    "L1L2Regularizer": Spelling("L1L2", name_is_old=True),
    "MaxNorm": Spelling("MaxNorm", names={"m": "max_value"}),
    "MinMaxNorm": Spelling("MinMaxNorm", names={"low": "min_value", "high": "max_value"}),
    "maxnorm": Spelling("MaxNorm", name_is_old=True, names={"m": "max_value"}),
    "nonneg": Spelling("NonNeg", name_is_old=True),
    "unitnorm": Spelling("UnitNorm", name_is_old=True),
}

CALLBACKS: dict[str, Spelling] = {
    "EarlyStopping": Spelling(
        "EarlyStopping",
        order=said_for((1,), 1, ("monitor", "patience", "verbose", "mode")),
        values={"patience": values.patience},
    ),
    "ModelCheckpoint": Spelling(
        "ModelCheckpoint",
        order=said_for((1, 2), 6, CHECKPOINT),
    ),
    "ProgbarLogger": Spelling(
        "ProgbarLogger",
        dropped={
            "count_mode": Dropped(("steps",), advice="batches are counted"),
            "stateful_metrics": Dropped(advice="all metrics are those of the epoch so far"),
        },
    ),
    "ReduceLROnPlateau": Spelling("ReduceLROnPlateau", names={"epsilon": "min_delta"}),
    "TensorBoard": Spelling(
        "TensorBoard",
        order=when(2, is_number, TENSORBOARD),
        dropped={
            name: Dropped(advice="it is not written any more")
            for name in ("batch_size", "write_grads", "embeddings_layer_names", "embeddings_data")
        },
    ),
}

FUNCTIONS: dict[str, Spelling] = {
    "to_categorical": Spelling(
        "to_categorical", names={"y": "x", "nb_classes": "num_classes"}, dropped={"dtype": Dropped()}
    ),
    "normalize": Spelling("normalize", names={"a": "x"}),
}

PADDED = {"border_mode": "padding", "dim_ordering": "data_format"}
ORDERED = {"data_format": values.data_format, "dim_ordering": values.data_format}
SHAPES = {
    name: Dropped(advice="shapes follow from the tensors") for name in ("image_shape", "volume_shape", "filter_shape")
}
CROSS_ENTROPY = said_for((1,), 0, ("output", "target", "from_logits"))
"""Keras 1 had the prediction first."""

BACKEND: dict[str, Spelling] = {
    **{
        name: Spelling(name, names=PADDED | {"filter_dilation": "dilation_rate"}, dropped=SHAPES, values=ORDERED)
        for name in ("conv2d", "conv3d", "pool2d", "pool3d", "separable_conv2d", "conv2d_transpose")
    },
    "conv1d": Spelling("conv1d", names=PADDED | {"stride": "strides"}, dropped=SHAPES, values=ORDERED),
    **{
        name: Spelling(name, names={"X": "x", "dim_ordering": "data_format"}, values=ORDERED)
        for name in ("resize_images", "resize_volumes")
    },
    "temporal_padding": Spelling("temporal_padding", values={"padding": values.both_ends}),
    **{
        name: Spelling(
            name, names={"dim_ordering": "data_format"}, values=ORDERED | {"padding": values.both_ends_of_each}
        )
        for name in ("spatial_2d_padding", "spatial_3d_padding")
    },
    **{
        name: Spelling(name, order=CROSS_ENTROPY)
        for name in ("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy")
    },
    "batch_normalization": Spelling(
        "batch_normalization", order=said_for((1,), 5, ("x", "mean", "var", "beta", "gamma", "epsilon"))
    ),
    "expand_dims": Spelling("expand_dims", names={"dim": "axis"}),
    "one_hot": Spelling("one_hot", names={"nb_classes": "num_classes"}),
    "batch_get_value": Spelling("batch_get_value", names={"xs": "tensors"}),
    "random_normal": Spelling("random_normal", names={"std": "stddev"}),
    "random_uniform": Spelling("random_uniform", names={"low": "minval", "high": "maxval"}),
}
"""Keras 1's backend module, keras/backend/tensorflow_backend.py of 1.2.2."""
