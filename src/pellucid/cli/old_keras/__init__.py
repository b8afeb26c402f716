"""What scripts of older Kerases import that is named otherwise today, or was for Keras's own files and is none of ours.

Third parties' layers and models reach into Keras: `from keras.utils import conv_utils`, `from keras.engine.topology
import get_source_inputs`. `pellucid run` has these places; the library itself has not.
"""

from __future__ import annotations

ROOMS = {
    "backend.common": "backend",
    "engine": "cli.old_keras.engine",
    "engine.base_layer": "cli.old_keras.engine",
    "engine.input_layer": "cli.old_keras.engine",
    "engine.network": "cli.old_keras.engine",
    "engine.sequential": "cli.old_keras.engine",
    "engine.topology": "cli.old_keras.engine",
    "engine.training": "cli.old_keras.engine",
    "experimental": "optimizers.schedules",
    "layers.experimental": "layers",
    "layers.experimental.preprocessing": "layers",
    "losses.legacy": "losses",
    "optimizers.experimental": "optimizers",
    "optimizers.legacy": "optimizers",
    "random": "backend.random_numbers",
    "utils.conv_utils": "cli.old_keras.conv_utils",
    "utils.layer_utils": "cli.old_keras.layer_utils",
}
"""Modules of Keras's, and what is in them here."""

_OF_LOSSES = {
    "MSE": "losses:mean_squared_error",
    "MAE": "losses:mean_absolute_error",
    "MAPE": "losses:mean_absolute_percentage_error",
    "MSLE": "losses:mean_squared_logarithmic_error",
    "KLD": "losses:kl_divergence",
    "BCE": "losses:binary_crossentropy",
    "bce": "losses:binary_crossentropy",
    "cosine": "losses:cosine_similarity",
    "cosine_proximity": "losses:cosine_similarity",
}

_OF_LAYERS = {
    "AtrousConv1D": "layers:AtrousConvolution1D",
    "AtrousConv2D": "layers:AtrousConvolution2D",
    "Deconv2D": "layers:Deconvolution2D",
    "Deconv3D": "layers:Deconvolution3D",
    "_Merge": "cli.old_keras.merging:Merging",
}

NAMES: dict[str, dict[str, str]] = {
    "applications.imagenet_utils": dict.fromkeys(
        ("_obtain_input_shape", "obtain_input_shape"), "cli.old_keras.input_shapes:obtain_input_shape"
    ),
    "backend": {"_BACKEND": "cli.old_keras.engine:BACKEND", "reset_uids": "naming:clear_session"},
    "config": {"backend": "backend:backend"},
    "initializers": {
        "normal": "initializers:RandomNormal",
        "one": "initializers:Ones",
        "uniform": "initializers:RandomUniform",
        "zero": "initializers:Zeros",
    },
    "layers": _OF_LAYERS,
    "layers.convolutional": _OF_LAYERS,
    "layers.merge": _OF_LAYERS,
    "losses": _OF_LOSSES | {"Reduction": "cli.old_keras.reduction:Reduction", "huber_loss": "losses:huber"},
    "metrics": _OF_LOSSES,
    "models": {"Input": "layers:Input", "model_from_config": "layers:deserialize"},
    "optimizers": {
        name.lower(): f"optimizers:{name}"
        for name in ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")
    },
    "preprocessing.image": {"list_pictures": "cli.old_keras.files:list_pictures"},
    "utils": {
        "convert_all_kernels_in_model": "cli.old_keras.layer_utils:convert_all_kernels_in_model",
        "get_source_inputs": "cli.old_keras.layer_utils:get_source_inputs",
        "print_summary": "cli.old_keras.layer_utils:print_summary",
    },
    "utils.np_utils": {
        "categorical_probas_to_classes": "cli.old_keras.conv_utils:categorical_probas_to_classes",
        "convert_kernel": "cli.old_keras.conv_utils:convert_kernel",
        "probas_to_classes": "cli.old_keras.conv_utils:probas_to_classes",
    },
}
"""Names by Keras's modules, and what they stand for: the module within the package, and its name there.

Source: Keras 1.2.2, 2.2.4 and tf.keras 2.15.
"""
