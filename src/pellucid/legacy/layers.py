"""The table of all layers but the convolutions: how Keras 1 and 2 called them.

Source: keras/layers of Keras 1.2.2; keras/legacy/interfaces.py of Keras 2.2.4.
"""

from __future__ import annotations

from pellucid.legacy import values
from pellucid.legacy.convolutions import PENALTIES, WEIGHTS
from pellucid.legacy.positions import (
    always,
    any_of,
    is_fraction,
    is_list,
    is_mapping,
    is_old_initializer,
    is_renamed,
    is_whole,
    when,
)
from pellucid.legacy.rows import COMMON_NAMES, COMMON_VALUES, INPUT_DIM
from pellucid.legacy.spelling import Dropped, Join, Order, Spelling
from pellucid.legacy.values import Form

DENSE_TAIL: Order = ("init", "activation", "weights", *PENALTIES, "input_dim")
PRELU: Order = ("init", "weights", "shared_axes")
NORMALIZATION: Order = (
    "epsilon",
    "mode",
    "axis",
    "momentum",
    "weights",
    "beta_init",
    "gamma_init",
    "gamma_regularizer",
    "beta_regularizer",
)


def _row(
    today: str,
    names: dict[str, str] | None = None,
    *,
    forms: dict[str, Form] | None = None,
    dropped: dict[str, Dropped] | None = None,
    still_taken: tuple[str, ...] = (),
) -> Spelling:
    """A row for a layer whose arguments by position stand where they stood."""
    return Spelling(
        today,
        names={**COMMON_NAMES, **(names or {})},
        joins=(INPUT_DIM,),
        dropped=dropped or {},
        values={**COMMON_VALUES, **(forms or {})},
        still_taken=still_taken,
    )


AXES = {"dim_ordering": "data_format"}
POOL_1D = {"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"}
POOL = {"border_mode": "padding", **AXES}
KERAS_0_POOL = {"poolsize": "pool_size", "stride": "strides", **POOL}
IGNORE_BORDER = {
    "ignore_border": Dropped((True,), advice="padding='same' keeps the windows that reach over the border")
}
MODE = Dropped((0,), advice="for statistics of each sample use LayerNormalization")

LAYERS: dict[str, Spelling] = {
    "Dense": Spelling(
        "Dense",
        order=any_of(
            when(1, is_old_initializer, ("output_dim", *DENSE_TAIL)),
            when(1, is_whole, ("input_dim", "output_dim", *DENSE_TAIL[:-1])),  # Keras 0
        ),
        names={**WEIGHTS, "output_dim": "units", **COMMON_NAMES},
        joins=(INPUT_DIM,),
        values=COMMON_VALUES,
    ),
    "Embedding": Spelling(
        "Embedding",
        names={
            "init": "embeddings_initializer",
            "W_regularizer": "embeddings_regularizer",
            "W_constraint": "embeddings_constraint",
            **COMMON_NAMES,
        },
        joins=(Join("input_shape", ("input_length",)),),
        dropped={"dropout": Dropped((0, 0.0), advice="it dropped whole rows: put a SpatialDropout1D behind it")},
        values=COMMON_VALUES,
    ),
    "Lambda": Spelling(
        "Lambda",
        order=when(2, is_mapping, ("function", "output_shape", "arguments")),
        names=COMMON_NAMES,
        joins=(INPUT_DIM,),
        values=COMMON_VALUES,
    ),
    "Reshape": _row("Reshape", {"dims": "target_shape"}),
    "Dropout": _row("Dropout", {"p": "rate"}),
    "SpatialDropout1D": _row("SpatialDropout1D", {"p": "rate"}),
    "GaussianDropout": _row("GaussianDropout", {"p": "rate"}),
    "GaussianNoise": _row("GaussianNoise", {"sigma": "stddev"}),
    "BatchNormalization": Spelling(
        "BatchNormalization",
        order=when(0, is_fraction, NORMALIZATION),
        names={"beta_init": "beta_initializer", "gamma_init": "gamma_initializer", **COMMON_NAMES},
        joins=(INPUT_DIM,),
        dropped={"mode": MODE, "fused": Dropped()},
        values={**COMMON_VALUES, "beta_init": values.initializer, "gamma_init": values.initializer},
    ),
    "UpSampling1D": _row("UpSampling1D", {"length": "size"}),
    "ZeroPadding1D": _row("ZeroPadding1D", forms={"padding": values.padding_1d}),
    "ZeroPadding2D": _row("ZeroPadding2D", AXES, forms={"padding": values.padding_2d}),
    "LeakyReLU": _row("LeakyReLU", {"alpha": "negative_slope"}, still_taken=("alpha",)),
    "PReLU": Spelling(
        "PReLU",
        order=any_of(when(1, is_list, PRELU), when(0, is_renamed, PRELU)),
        names={"init": "alpha_initializer", **COMMON_NAMES},
        joins=(INPUT_DIM,),
        values=COMMON_VALUES,
    ),
    "ThresholdedReLU": Spelling(
        "ReLU",
        name_is_old=True,
        order=always(("theta",)),
        names={"theta": "threshold", **COMMON_NAMES},
        joins=(INPUT_DIM,),
        values=COMMON_VALUES,
        defaults={"threshold": 1.0},
    ),
    "InputLayer": Spelling(
        "InputLayer",
        names={"input_shape": "shape", **COMMON_NAMES, "batch_input_shape": "shape"},
        values=COMMON_VALUES,
        still_taken=("input_shape",),
    ),
    **{f"{kind}Pooling1D": _row(f"{kind}Pooling1D", POOL_1D) for kind in ("Max", "Average")},
    **{name: _row(name, POOL) for name in ("AveragePooling2D", "AveragePooling3D", "MaxPooling3D")},
    "MaxPooling2D": _row("MaxPooling2D", KERAS_0_POOL, dropped=IGNORE_BORDER),
    **{
        name: _row(name, AXES | ({"p": "rate"} if "Dropout" in name else {}))
        for family in (
            "SpatialDropout{}D",
            "UpSampling{}D",
            "Cropping{}D",
            "GlobalMaxPooling{}D",
            "GlobalAveragePooling{}D",
        )
        for name in (family.format(2), family.format(3))
    },
    "ZeroPadding3D": _row("ZeroPadding3D", AXES),
}
