"""What Keras's tests take from `keras.src.testing`, written anew over either library's public interface.

`run_layer_test` checks what Keras's checks, as far as it has a meaning for a library without masks, seed generators and
mixed precision: the round trip through the configuration, the number of weights, the symbolic against the actual shape,
given values, and a training step. It describes layers by `Input` and runs them by `Model`, in both libraries.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
from absl.testing import parameterized
from names import MissingFeature

WORDS: list[str] = []
"""Errors of the right class whose text is not Keras's, in the running test."""

LIB = {"lib": None}  # set by the worker: an object of class Pellucid or Keras


def lib():
    return LIB["lib"]


# Structures.


def is_shape(x):
    return isinstance(x, (list, tuple)) and all(n is None or isinstance(n, (int, np.integer)) for n in x)


def flatten(structure):
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def map_structure(function, first, *others):
    if isinstance(first, dict):
        return type(first)((k, map_structure(function, v, *(o[k] for o in others))) for k, v in first.items())
    if isinstance(first, (list, tuple)):
        items = [map_structure(function, *row) for row in zip(first, *others, strict=False)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    return function(first, *others)


def map_shapes(function, shapes, *others):
    """As `map_structure`, with shapes as leaves."""
    if is_shape(shapes):
        return function(tuple(shapes), *others)
    if isinstance(shapes, dict):
        return {k: map_shapes(function, v, *(o[k] for o in others)) for k, v in shapes.items()}
    return type(shapes)(map_shapes(function, *row) for row in zip(shapes, *others, strict=False))


class TestCase(parameterized.TestCase):
    maxDiff = None

    def setUp(self):
        lib().clear_session()
        super().setUp()

    def get_temp_dir(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def convert_to_numpy(self, x):
        return lib().numpy(x)

    def assertAllClose(self, actual, desired, atol=1e-6, rtol=1e-6, tpu_atol=None, tpu_rtol=None, msg=None):
        a, b = self.convert_to_numpy(actual), self.convert_to_numpy(desired)
        np.testing.assert_allclose(a, b, atol=atol, rtol=rtol, err_msg=msg or "")

    def assertNotAllClose(self, x1, x2, atol=1e-6, rtol=1e-6, msg=None):
        try:
            self.assertAllClose(x1, x2, atol=atol, rtol=rtol)
        except AssertionError:
            return
        raise AssertionError(f"all elements are close: {x1}; {msg or ''}")

    def assertAlmostEqual(self, actual, desired, decimal=3, tpu_decimal=None, msg=None):
        a, b = self.convert_to_numpy(actual), self.convert_to_numpy(desired)
        np.testing.assert_almost_equal(a, b, decimal=decimal, err_msg=msg or "")

    def assertAllEqual(self, actual, desired, msg=None):
        np.testing.assert_array_equal(self.convert_to_numpy(actual), self.convert_to_numpy(desired), err_msg=msg or "")

    def assertRaisesRegex(self, expected_exception, expected_regex, *args, **kwargs):
        """Keras's words of errors are noted apart: what must hold is the class."""
        if args:
            return super().assertRaisesRegex(expected_exception, expected_regex, *args, **kwargs)
        return _Raises(self, expected_exception, expected_regex)

    def assertLen(self, iterable, expected_len, msg=None):
        self.assertEqual(len(iterable), expected_len, msg=msg)

    def assertSparse(self, x, sparse=True):
        if sparse:
            self.skipTest("sparse tensors")

    def assertRagged(self, x, ragged=True):
        if ragged:
            self.skipTest("ragged tensors")

    def assertDType(self, x, dtype, msg=None):
        self.assertEqual(lib().dtype(x), lib().dtype_name(dtype), msg=msg)

    def assertFileExists(self, path):
        if not Path(path).is_file():
            raise AssertionError(f"File {path} does not exist")

    def run_class_serialization_test(self, instance, custom_objects=None):
        before, kept = instance.get_config(), dir(instance)
        with lib().custom_objects(custom_objects):
            revived = lib().from_config(instance, instance.get_config())
        self.assertEqual(as_json(before), as_json(revived.get_config()), "configuration after from_config")
        self.assertEqual(set(kept) ^ set(dir(revived)), set(), "attributes after from_config")
        with lib().custom_objects(custom_objects):
            revived = lib().through_a_record(instance, as_json, from_json)
        if revived is not None:
            self.assertEqual(as_json(before), as_json(revived.get_config()), "configuration after the record")
            differing = (set(kept) ^ set(dir(revived))) - {"__annotations__"}
            self.assertEqual(differing, set(), "attributes after the record")
        return revived if revived is not None else lib().from_config(instance, instance.get_config())

    def run_layer_test(
        self,
        layer_cls,
        init_kwargs,
        input_shape=None,
        input_dtype=None,
        input_sparse=False,
        input_ragged=False,
        input_data=None,
        call_kwargs=None,
        expected_output_shape=None,
        expected_output_dtype=None,
        expected_output_sparse=False,
        expected_output_ragged=False,
        expected_output=None,
        expected_num_trainable_weights=None,
        expected_num_non_trainable_weights=None,
        expected_num_non_trainable_variables=None,
        expected_num_seed_generators=None,
        expected_num_losses=None,
        supports_masking=None,
        expected_mask_shape=None,
        custom_objects=None,
        run_training_check=True,
        run_mixed_precision_check=True,
        assert_built_after_instantiation=False,
        tpu_atol=None,
        tpu_rtol=None,
    ):
        if input_sparse or input_ragged or expected_output_sparse or expected_output_ragged:
            self.skipTest("sparse or ragged tensors")
        library, kwargs, later = lib(), call_kwargs or {}, []

        def make():
            return layer_cls(**(init_kwargs or {}))

        def check_weights(layer):
            if not layer.built:
                later.append(f"{type(layer).__name__}.built is False after build() or the first use")
            for kind, expected in (
                ("trainable_weights", expected_num_trainable_weights),
                ("non_trainable_weights", expected_num_non_trainable_weights),
            ):
                if expected is not None:
                    self.assertEqual(len(getattr(layer, kind)), expected, f"number of {kind}")
            if expected_num_non_trainable_variables is not None:
                expected = expected_num_non_trainable_variables
                if not library.has_seed_generators:
                    expected -= expected_num_seed_generators or 0
                self.assertEqual(len(layer.non_trainable_variables), expected, "number of non_trainable_variables")

        self.run_class_serialization_test(make(), custom_objects)
        if supports_masking is not None and library.has_masks:
            self.assertEqual(make().supports_masking, supports_masking)

        if input_data is None and input_shape is None:
            return
        if input_data is not None:
            shapes = map_structure(lambda x: tuple(np.shape(library.numpy(x))), input_data)
            dtypes = map_structure(lambda x: library.dtype(x), input_data)
        else:
            shapes, dtypes = input_shape, input_dtype or map_shapes(lambda s: "float32", input_shape)
            rng = np.random.default_rng(0)
            input_data = map_shapes(lambda s, d: (rng.random(s) * 3).astype(d), shapes, dtypes)
            if isinstance(input_data, dict):
                input_data = {k.removesuffix("_shape"): v for k, v in input_data.items()}

        # By its own build.
        layer = make()
        if isinstance(shapes, dict):
            layer.build(**shapes)
        else:
            layer.build(shapes)
        check_weights(layer)

        # Symbolically.
        layer = make()
        inputs = map_shapes(lambda s, d: library.input(s, d), shapes, dtypes)
        if isinstance(inputs, dict):
            inputs = {k.removesuffix("_shape"): v for k, v in inputs.items()}
            symbolic = layer(**inputs, **kwargs)
        else:
            symbolic = layer(inputs, **kwargs)
        check_weights(layer)
        if expected_output_shape is not None:
            self._check_shapes(expected_output_shape, symbolic, "symbolic output", batch=False)

        if assert_built_after_instantiation and library.builds_at_once:
            self.assertTrue(make().built)

        # On numbers.
        model = library.model(flatten(inputs), flatten(symbolic))
        actual = library.run(model, [library.numpy(x) for x in flatten(input_data)])
        wanted = [x for x in flatten(expected_output)] if expected_output is not None else None
        if wanted is not None:
            self.assertEqual(len(wanted), len(actual))
            for reference, value in zip(wanted, actual, strict=False):
                self.assertAllClose(reference, value, msg="output value")
        if expected_output_shape is not None:
            shapes_of = (
                [expected_output_shape]
                if is_shape(expected_output_shape)
                else list(
                    expected_output_shape.values() if isinstance(expected_output_shape, dict) else expected_output_shape
                )
            )
            for expected, value in zip(shapes_of, actual, strict=False):
                self._check_shape(expected, value.shape, "actual output", batch=True)
        for tensor, value in zip(flatten(symbolic), actual, strict=False):
            self._check_shape(tensor.shape, value.shape, "actual against symbolic output", batch=True)
        if expected_output_dtype is not None and "float16" not in str(expected_output_dtype):
            for expected, value in zip(flatten(expected_output_dtype), actual, strict=False):
                self.assertEqual(expected, str(value.dtype), "dtype of the output")
        if run_training_check:
            layer = make()
            symbolic = layer(**inputs, **kwargs) if isinstance(inputs, dict) else layer(inputs, **kwargs)
            model = library.model(flatten(inputs), flatten(symbolic))
            library.train(model, [library.numpy(x) for x in flatten(input_data)], actual)

        if later:
            raise AssertionError("; ".join(later))
        if expected_num_losses is not None and (expected_num_losses or hasattr(layer, "losses")):
            layer = make()
            layer(library.tensors(input_data), **kwargs)
            self.assertEqual(len(layer.losses), expected_num_losses, "number of losses")

    def _check_shapes(self, expected, outputs, what, batch):
        if is_shape(expected):
            self._check_shape(expected, outputs.shape, what, batch)
        elif isinstance(expected, dict):
            for key in expected:
                self._check_shape(expected[key], outputs[key].shape, what, batch)
        else:
            for shape, output in zip(expected, outputs, strict=False):
                self._check_shape(shape, output.shape, what, batch)

    def _check_shape(self, expected, shape, what, batch):
        """The first axis of a symbolic shape is open in Pellucid whatever the input says."""
        fits = len(expected) == len(shape) and all(
            e is None or s == e or (n == 0 and not batch and s is None)
            for n, (e, s) in enumerate(zip(expected, shape, strict=False))
        )
        self.assertTrue(fits, f"{what}: expected shape {expected}, got {shape}")


class _Raises:
    def __init__(self, case, wanted, pattern):
        self.case, self.wanted, self.pattern, self.exception = case, wanted, pattern, None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            names = self.wanted.__name__ if isinstance(self.wanted, type) else str(self.wanted)
            raise AssertionError(f"{names} not raised (expected: {self.pattern!r})")
        if not isinstance(error, self.wanted) or isinstance(error, MissingFeature):
            return False
        self.exception = error
        if not re.search(self.pattern, str(error)):
            WORDS.append(f"{self.pattern!r} / {str(error)!r}"[:400])
        return True


def as_json(value):
    def plain(obj):
        if isinstance(obj, tuple):
            return {"__class__": "tuple", "__value__": [plain(item) for item in obj]}
        if isinstance(obj, list):
            return [plain(item) for item in obj]
        if isinstance(obj, dict):
            return {key: plain(item) for key, item in obj.items()}
        return obj

    return json.dumps(plain(value), sort_keys=True, indent=1)


def from_json(text):
    return json.loads(text, object_hook=lambda d: tuple(d["__value__"]) if set(d) == {"__class__", "__value__"} else d)


def no():
    return False


def get_test_data(train_samples, test_samples, input_shape, num_classes, random_seed=None):
    """Noisy copies of one random template per class, the classes equally often, in random order."""
    rng = np.random.RandomState(random_seed)
    templates = 2 * num_classes * rng.random_sample((num_classes, *input_shape))

    def draw(count):
        y = rng.permutation(np.arange(count) % num_classes).astype("int32")
        return (templates[y] + rng.normal(size=(count, *input_shape))).astype("float32"), y

    return draw(train_samples), draw(test_samples)


def named_product(*parts, **values):
    """All combinations of parameter dictionaries, with names joined by "_"."""
    columns = [list(part) for part in parts] + [
        [{"testcase_name": (v.__name__ if hasattr(v, "__name__") else str(v)).lower(), k: v} for v in vs]
        for k, vs in values.items()
    ]
    rows = [{}]
    for column in columns:
        rows = [
            {**row, **item, "testcase_name": "_".join(filter(None, [row.get("testcase_name"), item["testcase_name"]]))}
            for item in column
            for row in rows
        ]
    return rows
