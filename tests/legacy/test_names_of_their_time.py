"""Names that scripts import and today's installations have no more: of Keras's modules, of SciPy, of Python 2."""

from __future__ import annotations

import importlib
import io

import numpy as np
import pytest
from PIL import Image

from pellucid import applications, layers, naming
from pellucid.cli.companions import old_companions
from pellucid.cli.keras_imports import keras_is_pellucid, missing


def test_modules_of_keras_2_that_moved() -> None:
    with keras_is_pellucid():
        models = importlib.import_module("keras.models")
        assert models.Input is layers.Input
        mobile = importlib.import_module("keras.applications.mobilenetv2")
        assert mobile.MobileNetV2 is applications.MobileNetV2
        told = missing("keras.utils.multi_gpu_utils.multi_gpu_model")
    assert told is not None and "many-devices" in told


def test_names_count_anew_after_reset_uids() -> None:
    with keras_is_pellucid(), naming.names_kept():
        backend = importlib.import_module("keras.backend")
        backend.reset_uids()
        first = layers.Dense(1).name
        backend.reset_uids()
        assert layers.Dense(1).name == first


def test_scipy_hands_on_what_numpy_has() -> None:
    scipy = pytest.importorskip("scipy")
    with old_companions():
        namespace: dict[str, object] = {}
        exec("from scipy import interp, array, sqrt, rand, linspace", namespace)
        assert scipy.sqrt(-4.0) == 2j
        assert scipy.interp(1.5, [1.0, 2.0], [0.0, 4.0]) == 2.0
        assert np.array_equal(scipy.array([1, 2]), [1, 2])
        assert scipy.linalg.__name__ == "scipy.linalg"
        with pytest.raises(AttributeError, match="no_such_thing"):
            _ = scipy.no_such_thing
    with pytest.raises(AttributeError):
        _ = scipy.interp


def test_a_file_in_memory_holds_an_image_or_text() -> None:
    with old_companions():
        file = importlib.import_module("StringIO").StringIO()
        Image.new("L", (3, 2), 7).save(file, format="PNG")
        read = Image.open(io.BytesIO(file.getvalue()))
        assert (read.size, read.getpixel((0, 0))) == ((3, 2), 7)
        assert Image.open(importlib.import_module("cStringIO").StringIO(file.getvalue())).size == (3, 2)
        text = importlib.import_module("StringIO").StringIO()
        text.write("a\n")
        text.write("b")
        assert text.getvalue() == "a\nb"
        with pytest.raises(TypeError):
            text.write(b"c")
        assert list(importlib.import_module("StringIO").StringIO("a\nb")) == ["a\n", "b"]
