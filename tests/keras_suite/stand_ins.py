"""Small modules that tests use as tools and that are not what is tested: tree, random inputs, the backend."""

from __future__ import annotations

import contextlib
import logging
import os

import bridge
import numpy as np
import shim


def random_module():
    rng = np.random.default_rng(1337)

    def uniform(shape, minval=0.0, maxval=1.0, dtype="float32", seed=None):
        return rng.uniform(minval, maxval, shape).astype(dtype or "float32")

    def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
        return rng.normal(mean, stddev, shape).astype(dtype or "float32")

    def randint(shape, minval, maxval, dtype="int32", seed=None):
        return rng.integers(minval, maxval, shape).astype(dtype)

    return {"uniform": uniform, "normal": normal, "randint": randint}


def tree_module():
    def assert_same_structure(a, b, check_types=True):
        if len(shim.flatten(a)) != len(shim.flatten(b)):
            raise ValueError(f"structures differ: expected an instance of {type(a).__name__}, {a}, got {b}")

    return {
        "flatten": shim.flatten,
        "map_structure": shim.map_structure,
        "map_shape_structure": shim.map_shapes,
        "assert_same_structure": assert_same_structure,
    }


def own_names(library, names):
    """What the harness gives below keras.src, see names.OWN."""
    import pellucid
    from pellucid import backend as K
    from pellucid.layers.symbolic import SymbolicTensor

    def is_tensor(x):
        return isinstance(x, np.ndarray)

    def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
        array = np.asarray(x)
        return array.astype(dtype or ("float32" if array.dtype == np.float64 else array.dtype))

    testing = {
        "TestCase": shim.TestCase,
        "named_product": shim.named_product,
        "get_test_data": shim.get_test_data,
        **{f"{b}uses_{d}": shim.no for b in ("", "jax_", "tensorflow_", "torch_") for d in ("gpu", "tpu")},
    }
    backend = {
        "backend": K.backend,
        "Variable": pellucid.Variable,
        "KerasTensor": bridge.KerasTensor,
        "is_tensor": is_tensor,
        "is_keras_tensor": lambda x: isinstance(x, SymbolicTensor),
        "convert_to_tensor": convert_to_tensor,
        "convert_to_numpy": lambda x: np.array(x),
        "standardize_dtype": library.dtype_name,
        "is_float_dtype": lambda d: str(d).startswith(("float", "bfloat")),
        "cast": lambda x, dtype: np.asarray(x).astype(dtype),
        "device": lambda name: contextlib.nullcontext(),
        "device_scope": lambda name: contextlib.nullcontext(),
        "standardize_shape": lambda shape: tuple(shape),
        "shape": lambda x: tuple(np.shape(x)),
        "SUPPORTS_SPARSE_TENSORS": False,
        "SUPPORTS_RAGGED_TENSORS": False,
        "SUPPORTS_COMPLEX_DTYPES": False,
        "image_data_format": pellucid.config.image_data_format,
        "set_image_data_format": pellucid.config.set_image_data_format,
        "floatx": pellucid.config.floatx,
        "set_floatx": pellucid.config.set_floatx,
        "epsilon": pellucid.config.epsilon,
    }
    tools = names.oracle("backend/common/backend_utils.py")

    return {
        "": {"Functional": pellucid.Model},
        "models": {"Functional": pellucid.Model},
        "utils.io_utils": {"set_logging_verbosity": lambda level: logging.getLogger("pellucid").setLevel(level)},
        "utils.file_utils": {"join": os.path.join, "exists": os.path.exists, "isdir": os.path.isdir},
        "dtype_policies.dtype_policy": {
            "dtype_policy": pellucid.config.dtype_policy,
            "set_dtype_policy": pellucid.config.set_dtype_policy,
        },
        "testing": testing,
        "testing.test_case": testing,
        "testing.test_utils": testing,
        "backend": backend,
        "backend.config": {
            k: backend[k]
            for k in ("backend", "floatx", "set_floatx", "epsilon", "image_data_format", "set_image_data_format")
        },
        "backend.random": random_module(),
        "backend.jax": {"JAXTrainer": bridge.Trainer},
        "legacy.saving.legacy_h5_format": {
            "save_model_to_hdf5": bridge.save_model_to_hdf5,
            "load_model_from_hdf5": bridge.load_model_from_hdf5,
        },
        "backend.common.backend_utils": {
            name: getattr(tools, name)
            for name in ("compute_conv_transpose_output_shape", "compute_conv_transpose_padding_args_for_jax")
        },
        "random": random_module(),
        "tree": tree_module(),
    }
