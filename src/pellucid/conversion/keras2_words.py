"""Layers in the words of Keras 2: which it has, what it calls their options, and what it lacks.

Written so that Keras 2.2, tf.keras and Keras 3 read it: what only later versions know is left out where it has the
value that it had when nobody could choose.

Source: the layers of Keras 2.2.4 and tf.keras 2.15.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pellucid.activations import ACTIVATIONS as OF_TODAY
from pellucid.conversion.keras2_padding import padding_before
from pellucid.errors import ArgumentError, shown
from pellucid.layers import InputLayer, Lambda, Layer
from pellucid.layers.records import LAYERS, serialize
from pellucid.registration import get_registered_name

__all__ = ["Words", "record_of"]

Config = dict[str, Any]

_KERNEL = "kernel_initializer kernel_regularizer kernel_constraint"
_BIAS = "use_bias bias_initializer bias_regularizer bias_constraint activity_regularizer activation"
_WINDOW = "kernel_size strides padding data_format"
_DEPTHWISE = "depth_multiplier depthwise_initializer depthwise_regularizer depthwise_constraint"
_POINTWISE = "pointwise_initializer pointwise_regularizer pointwise_constraint"
_POOL = "pool_size strides padding data_format"
_AFFINE = (
    "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint "
    "gamma_constraint"
)
_CONV = f"filters {_WINDOW} dilation_rate {_KERNEL} {_BIAS}"

OPTIONS: dict[str, str] = {
    "InputLayer": "batch_shape dtype sparse",
    "Dense": f"units {_KERNEL} {_BIAS}",
    "EinsumDense": f"equation output_shape bias_axes {_KERNEL} {_BIAS}",
    "Embedding": "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero",
    "Attention": "use_scale score_mode dropout",
    "AdditiveAttention": "use_scale dropout",
    **{f"Conv{rank}D": _CONV for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": f"{_CONV} output_padding" for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": f"{_WINDOW} dilation_rate {_DEPTHWISE} {_BIAS}" for rank in (1, 2)},
    **{
        f"SeparableConv{rank}D": f"filters {_WINDOW} dilation_rate {_DEPTHWISE} {_POINTWISE} {_BIAS}" for rank in (1, 2)
    },
    **{f"LocallyConnected{rank}D": f"filters {_WINDOW} {_KERNEL} {_BIAS}" for rank in (1, 2)},
    **{f"{kind}Pooling{rank}D": _POOL for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": "data_format" for kind in ("Max", "Average") for rank in (1, 2, 3)},
    "BatchNormalization": f"momentum moving_mean_initializer moving_variance_initializer {_AFFINE}",
    "LayerNormalization": _AFFINE,
    "GroupNormalization": f"groups {_AFFINE}",
    "UnitNormalization": "axis",
    "Activation": "activation",
    "ReLU": "max_value negative_slope threshold",
    "LeakyReLU": "negative_slope",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "ELU": "alpha",
    "Softmax": "axis",
    "Dropout": "rate noise_shape seed",
    "AlphaDropout": "rate noise_shape seed",
    "GaussianDropout": "rate",
    "GaussianNoise": "stddev",
    "SpatialDropout1D": "rate",
    "SpatialDropout2D": "rate data_format",
    "SpatialDropout3D": "rate data_format",
    "ActivityRegularization": "l1 l2",
    "Flatten": "data_format",
    "Reshape": "target_shape",
    "Permute": "dims",
    "RepeatVector": "n",
    "Cropping1D": "cropping",
    "ZeroPadding1D": "padding",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    **{
        f"{kind}{rank}D": f"{what} data_format"
        for rank in (2, 3)
        for kind, what in (("Cropping", "cropping"), ("ZeroPadding", "padding"))
    },
    "Rescaling": "scale offset",
    "Resizing": "height width interpolation crop_to_aspect_ratio",
    "CenterCrop": "height width",
    "Identity": "",
    "RandomFlip": "mode",
    "RandomRotation": "factor fill_mode interpolation fill_value",
    "RandomZoom": "height_factor width_factor fill_mode interpolation fill_value",
    "RandomTranslation": "height_factor width_factor fill_mode interpolation fill_value",
    "RandomContrast": "factor",
    "RandomBrightness": "factor value_range",
    "RandomCrop": "height width",
    "Normalization": "axis mean variance",
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), ""),
    "Concatenate": "axis",
    "Dot": "axes normalize",
}
"""Each class that Keras 2 has, with the options that it knows, by today's names."""
NAMES = {"InputLayer": {"batch_shape": "batch_input_shape"}, "LeakyReLU": {"negative_slope": "alpha"}}
"""What Keras 2 called options otherwise."""
LATER = {
    "groups": ("Conv1D", "Conv2D", "Conv3D"),
    "invert": ("Normalization",),
    "keepdims": tuple(f"Global{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)),
}
"""Options that tf.keras got later, with the classes that have them where they matter."""
USUAL = {"groups": 1, "invert": False, "keepdims": False}
OF_ALL = ("name", "trainable")
IDLE = ("seed", "activity_regularizer", "dtype", "autocast", "input_shape")
"""Options that may be left out without another result, or that are written by themselves."""

ALWAYS = [("data_format", "channels_last"), ("padding_mode", "zeros")]
"""What is so in all layers of Keras 2 that have no such option."""

ACTIVATIONS = {
    **{name: name for name in ("linear", "relu", "sigmoid", "tanh", "softmax", "softplus", "softsign", "elu", "selu")},
    **{name: name for name in ("exponential", "gelu", "swish", "mish", "leaky_relu")},
    "silu": "swish",
}
"""Activations that both have and that compute the same, with Keras 2's name."""
OF_KERAS_2 = {"hard_sigmoid_keras2": "hard_sigmoid"}
"""Those that Keras 3 computes otherwise under that name: hard_sigmoid was clip(0.2 x + 0.5, 0, 1)."""
DRAWN = {
    "GlorotUniform": ("fan_avg", 1.0),
    "HeUniform": ("fan_in", 2.0),
    "LecunUniform": ("fan_in", 1.0),
}
"""Initialisers that were functions before tf.keras, and stand in files as the general one."""
INITIALIZERS: dict[str, tuple[str, ...]] = {
    "Zeros": (),
    "Ones": (),
    "Constant": ("value",),
    "RandomNormal": ("mean", "stddev", "seed"),
    "TruncatedNormal": ("mean", "stddev", "seed"),
    "RandomUniform": ("minval", "maxval", "seed"),
    "VarianceScaling": ("scale", "mode", "distribution", "seed"),
    "Orthogonal": ("gain", "seed"),
    "Identity": ("gain",),
    **dict.fromkeys(("GlorotNormal", "HeNormal", "LecunNormal"), ("seed",)),
}
CONSTRAINTS = ("MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm")


class Words:
    """Puts the layers of one model into Keras 2's words.

    Attributes:
        lost: sentences about what Keras 2 cannot say and that no prediction depends on.
    """

    def __init__(self) -> None:
        self.lost: list[str] = []

    def record(self, layer: Layer) -> Config:
        """The class and the options of a layer.

        Raises:
            ArgumentError: Keras 2 has no such layer, or not with such an option.
        """
        cls = type(layer)
        config = serialize(layer)["config"]
        if not LAYERS.holds(cls):
            dtype = {"dtype": self._dtype(layer, config["dtype"])} if "dtype" in config else {}
            return {"class_name": get_registered_name(cls), "config": {**record_of(config), **dtype}}
        if cls is Lambda:
            return {"class_name": cls.__name__, "config": _function_layer(config) | {"dtype": "float32"}}
        if cls.__name__ not in OPTIONS:
            raise ArgumentError(f"{layer.label} cannot be written for Keras 2, which has no {cls.__name__}")
        known = (*OPTIONS[cls.__name__].split(), *OF_ALL)
        later = [name for name, classes in LATER.items() if cls.__name__ in classes and config.get(name) != USUAL[name]]
        found: Config = {}
        for name, value in config.items():
            if name in known or name in later:
                found[NAMES.get(cls.__name__, {}).get(name, name)] = self._option(layer, name, value)
            elif name not in IDLE and (name, value) not in ALWAYS and not _is_usual(cls, name, value):
                raise ArgumentError(f"{layer.label} cannot be written for Keras 2, which has no {name}={shown(value)}")
        if "trainable" in found and cls.__name__ == "InputLayer":
            del found["trainable"]
        return {"class_name": cls.__name__, "config": found | {"dtype": self._dtype(layer, config.get("dtype"))}}

    def _dtype(self, layer: Layer, policy: Any) -> str:
        """A word; Keras 3 has a record there, which Keras 2 cannot read."""
        name = policy.get("config", {}).get("name") if isinstance(policy, Mapping) else policy
        if name not in (None, "float32"):
            if isinstance(layer, InputLayer):
                return str(name)
            self.lost.append(f"{layer.label} computes in {name}; in the file it computes in float32")
        return "float32"

    def _option(self, layer: Layer, name: str, value: Any) -> Any:
        """One option in Keras 2's form."""
        where = f"{layer.label} cannot be written for Keras 2"
        if name == "activation" and isinstance(value, str) and value in OF_KERAS_2:
            self.lost.append(f"{layer.label} has Keras 2's {OF_KERAS_2[value]}; Keras 3 computes another of that name")
            return OF_KERAS_2[value]
        if name == "activation":
            if isinstance(value, str) and value not in OF_TODAY:
                return value  # a function of the user's own, which Keras 2 looks for among custom objects too
            if value is not None and (not isinstance(value, str) or value not in ACTIVATIONS):
                raise ArgumentError(f"{where}, which has no activation that computes {shown(value)} as today")
            return "linear" if value is None else ACTIVATIONS[value]
        if name == "padding" and padding_before(layer) is not None:
            return "valid"  # the zeros come from a layer before it
        if name == "padding" and "ZeroPadding" not in type(layer).__name__ and not _is_padding(layer, value):
            raise ArgumentError(f"{where}, which has no padding={shown(value)}")
        if name.endswith("_initializer"):
            return self._initializer(layer, name, value)
        if name.endswith("_regularizer"):
            return self._regularizer(layer, name, value)
        if name.endswith("_constraint") and value is not None:
            if value.get("class_name") not in CONSTRAINTS:
                self.lost.append(f"{layer.label}: its {name}")
                return None
            return record_of(value)
        return value

    def _initializer(self, layer: Layer, name: str, value: Any) -> Any:
        kind, config = value.get("class_name"), value.get("config") or {}
        kind = {"OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity"}.get(kind, kind)
        if kind in DRAWN:
            mode, scale = DRAWN[kind]
            config = {"scale": scale, "mode": mode, "distribution": "uniform", "seed": config.get("seed")}
            kind = "VarianceScaling"
        seed = config.get("seed")
        if kind not in INITIALIZERS or set(value) - {"module", "class_name", "config", "registered_name"}:
            self.lost.append(f"{layer.label}: its {name}, which drew values that are in the file")
            return {"class_name": "Zeros", "config": {}}
        settings = {key: config[key] for key in INITIALIZERS[kind] if key in config}
        if "seed" in settings and not (seed is None or type(seed) is int):
            settings["seed"] = None
        return {"class_name": kind, "config": settings}

    def _regularizer(self, layer: Layer, name: str, value: Any) -> Any:
        if value is None:
            return None
        kind, config = value.get("class_name"), value.get("config") or {}
        if kind not in ("L1", "L2", "L1L2"):
            self.lost.append(f"{layer.label}: its {name}")
            return None
        return {"class_name": "L1L2", "config": {"l1": config.get("l1", 0.0), "l2": config.get("l2", 0.0)}}


def _function_layer(config: Mapping[str, Any]) -> Config:
    """The options of a Lambda: its function by name, never its code."""
    sample = {"output_shape": config.get("output_shape"), "output_shape_type": "raw"}
    function = {"function": str(config["function"]), "function_type": "function", "arguments": config["arguments"]}
    return {name: config[name] for name in OF_ALL} | function | sample


def _is_padding(layer: Layer, value: Any) -> bool:
    kind = type(layer).__name__
    same = value == "same" and not kind.startswith("LocallyConnected")
    return value == "valid" or same or (value == "causal" and kind == "Conv1D")


def _is_usual(cls: type[Layer], name: str, value: Any) -> bool:
    """Whether an option has the value that it has where nobody gives it."""
    if value is None or value is False:
        return True
    parameter = inspect.signature(cls).parameters.get(name)
    if name in ("groups", "renorm_momentum"):
        return name == "renorm_momentum" or value == 1
    return parameter is not None and (parameter.default is value or parameter.default == value)


def record_of(value: Any) -> Any:
    """Today's records in the form of Keras 2: a class and its options; a function is its name.

    Example:
        >>> record_of({"module": "keras.losses", "class_name": "Huber", "config": {"delta": 2.0, "dtype": "float32"},
        ...            "registered_name": None})
        {'class_name': 'Huber', 'config': {'delta': 2.0}}
    """
    if isinstance(value, list | tuple):
        return [record_of(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "class_name" not in value or "config" not in value:
        return {key: record_of(item) for key, item in value.items()}
    if value["class_name"] == "function":
        return value["config"]
    config = {key: record_of(item) for key, item in (value["config"] or {}).items() if key != "dtype"}
    return {"class_name": value.get("registered_name") or value["class_name"], "config": config}
