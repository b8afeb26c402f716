"""The two libraries behind one interface, for the shim: Pellucid, and Keras itself to check the harness with."""

from __future__ import annotations

import numpy as np


class Keras:
    has_masks = builds_at_once = has_seed_generators = True

    def __init__(self):
        import keras

        self.keras = keras

    def clear_session(self):
        self.keras.utils.clear_session(free_memory=False)
        self.keras.config.disable_traceback_filtering()

    def numpy(self, x):
        from keras.src import backend

        if isinstance(x, np.ndarray):
            return x
        return backend.convert_to_numpy(x) if backend.is_tensor(x) or hasattr(x, "value") else np.array(x)

    def dtype_name(self, dtype):
        from keras.src import backend

        return backend.standardize_dtype(dtype)

    def dtype(self, x):
        return self.dtype_name(x.dtype if hasattr(x, "dtype") else type(x))

    def custom_objects(self, objects):
        return self.keras.saving.custom_object_scope(objects or {})

    def from_config(self, instance, config):
        return type(instance).from_config(config)

    def through_a_record(self, instance, as_json, from_json):
        record = self.keras.saving.serialize_keras_object(instance)
        return self.keras.saving.deserialize_keras_object(from_json(as_json(record)))

    def input(self, shape, dtype):
        return self.keras.Input(batch_shape=shape, dtype=dtype)

    def model(self, inputs, outputs):
        return self.keras.Model(inputs, outputs)

    def run(self, model, arrays):
        out = model([self.keras.ops.convert_to_tensor(a) for a in arrays])
        return [self.numpy(x) for x in (out if isinstance(out, (list, tuple)) else [out])]

    def tensors(self, data):
        from shim import map_structure

        return map_structure(self.keras.ops.convert_to_tensor, data)

    def train(self, model, x, y):
        model.compile(optimizer="sgd", loss="mse")
        model.fit(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], batch_size=len(x[0]), epochs=1, verbose=0)


class Pellucid:
    has_masks = builds_at_once = has_seed_generators = False

    def __init__(self):
        import pellucid

        self.pellucid = pellucid

    def clear_session(self):
        self.pellucid.clear_session()

    def numpy(self, x):
        return x if isinstance(x, np.ndarray) else np.array(x)

    def dtype_name(self, dtype):
        words = {"int": "int32", "float": "float32", "bool": "bool"}
        return words.get(getattr(dtype, "__name__", "")) or np.dtype(dtype).name

    def dtype(self, x):
        return self.dtype_name(x.dtype if hasattr(x, "dtype") else type(x))

    def custom_objects(self, objects):
        return self.pellucid.saving.custom_object_scope(objects or {})

    def from_config(self, instance, config):
        return type(instance).from_config(config)

    def through_a_record(self, instance, as_json, from_json):
        record = self.pellucid.saving.serialize_keras_object(instance)
        return self.pellucid.saving.deserialize_keras_object(from_json(as_json(record)))

    def input(self, shape, dtype):
        return self.pellucid.Input(tuple(shape)[1:])

    def model(self, inputs, outputs):
        return self.pellucid.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)

    def run(self, model, arrays):
        out = model(arrays if len(arrays) > 1 else arrays[0])
        return out if isinstance(out, list) else [out]

    def tensors(self, data):
        return data

    def train(self, model, x, y):
        model.compile(optimizer="sgd", loss="mse" if len(y) == 1 else ["mse"] * len(y))
        model.fit(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], batch_size=len(x[0]), epochs=1, verbose=0)
