"""Functions of `tf` take what they are given under TensorFlow's names, and a `name`; held to TensorFlow 2.21."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid.cli.call_look import unknown_words
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.errors import ArgumentError
from pellucid.legacy import Translation, collected

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def three(tf: Any) -> Any:
    return tf.data.Dataset.range(3, name="three")


BY_NAME: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "multiply": (lambda tf: tf.multiply(y=X, x=2.0, name="twice"), X * 2),
    "subtract": (lambda tf: tf.subtract(1.0, y=X), 1 - X),
    "equal": (lambda tf: tf.equal(x=X, y=X, name="same"), np.ones((2, 3), bool)),
    "relu": (lambda tf: tf.nn.relu(features=-X), X * 0),
    "swish": (lambda tf: tf.nn.swish(features=X, beta=2.0), X / (1 + np.exp(-2 * X))),
    "log_softmax": (lambda tf: tf.nn.log_softmax(logits=X[0]), X[0] - np.log(np.exp(X[0]).sum())),
    "zeros_like": (lambda tf: tf.zeros_like(input=X), X * 0),
    "repeat": (lambda tf: tf.repeat(input=X, repeats=2, axis=0), np.repeat(X, 2, 0)),
    "reverse": (lambda tf: tf.reverse(tensor=X, axis=[1]), X[:, ::-1]),
    "tensordot": (lambda tf: tf.tensordot(a=X, b=X, axes=[[1], [1]]), X @ X.T),
    "scalar_mul": (lambda tf: tf.scalar_mul(scalar=2.0, x=X), X * 2),
    "atan2": (lambda tf: tf.atan2(x=1.0, y=0.0), 0.0),
    "one_hot": (lambda tf: tf.one_hot([1], 2, name="h"), [[0, 1]]),
    "pad": (lambda tf: tf.pad(X, [[0, 0], [1, 0]], name="p"), np.pad(X, [[0, 0], [1, 0]])),
    "split": (lambda tf: tf.split(X, [1, -1], axis=1, num=2, name="s")[1], X[:, 1:]),
    "linspace": (lambda tf: tf.linspace(0.0, [1.0, 2.0], 3, axis=-1), [[0, 0.5, 1], [0, 1, 2]]),
    "cumsum": (lambda tf: tf.cumsum(X), X.cumsum(0)),
    "exclusive": (lambda tf: tf.math.cumsum(X, axis=1, exclusive=True), [[0, 0, 1], [0, 3, 7]]),
    "from behind": (lambda tf: tf.cumsum(X, 1, reverse=True), [[3, 3, 2], [12, 9, 5]]),
    "both": (lambda tf: tf.cumsum(X, 1, True, True), [[3, 2, 0], [9, 5, 0]]),
    "weights": (lambda tf: tf.math.confusion_matrix([0, 1], [0, 0], weights=[2, 3], dtype="f"), [[2, 0], [3, 0]]),
    "dim": (lambda tf: tf.nn.l2_normalize(X[1:], dim=1), X[1:] / np.sqrt(50)),
    "length": (lambda tf: tf.math.reduce_euclidean_norm(input_tensor=X[1], axis=0), np.sqrt(50)),
    "a data set": (lambda tf: list(three(tf).map(lambda x: x + 1, name="m").take(2, name="t")), [1, 2]),
    "pairs": (lambda tf: next(iter(tf.data.Dataset.zip(datasets=(three(tf),) * 2).batch(2))), [[0, 1]] * 2),
}  # fmt: skip


@pytest.mark.parametrize("what", BY_NAME)
def test_arguments_have_tensorflows_names(what: str, tf: Any) -> None:
    make, expected = BY_NAME[what]
    np.testing.assert_allclose(np.asarray(make(tf)), expected, rtol=1e-6)


def test_a_look_knows_them(tf: Any) -> None:
    for call in (
        "tensorflow.equal(x=a, y=b, name='e')",
        "tensorflow.nn.relu(features=a)",
        "tensorflow.pad(a, b, name='p')",
    ):
        node = ast.parse(call, mode="eval").body
        assert isinstance(node, ast.Call) and list(unknown_words(call.partition("(")[0], node)) == []
    node = ast.parse("tensorflow.equal(x3=a)", mode="eval").body
    assert isinstance(node, ast.Call) and "unknown argument 'x3'" in next(unknown_words("tensorflow.equal", node))
    assert list(inspect.signature(tf.multiply).parameters) == ["x", "y", "name"]


WIDTHS = {  # what TensorFlow makes of 0, 300, 65535 of uint16, and of -0.1, 0, 0.5, 1, 1.2
    "uint8": ([0, 1, 255], [0, 0, 127, 255, 255]),
    "uint16": ([0, 300, 65535], [0, 0, 32767, 65535, 65535]),
    "int16": ([0, 150, 32767], [-3276, 0, 16383, 32767, 32767]),
    "int32": ([0, 9830400, 2147450880], [-214748368, 0, 1073741824, 2147483520, 2147483520]),
}


@pytest.mark.parametrize("kind", WIDTHS)
def test_images_of_other_types(kind: str, tf: Any) -> None:
    whole, share = np.array([0, 300, 65535], np.uint16), np.array([-0.1, 0, 0.5, 1, 1.2], np.float32)
    assert tf.image.convert_image_dtype(whole, kind).tolist() == WIDTHS[kind][0]
    assert tf.image.convert_image_dtype(share, kind, saturate=True).tolist() == WIDTHS[kind][1]


def test_how_a_photo_is_decoded(tf: Any) -> None:
    content = tf.io.encode_jpeg(np.full((8, 8, 3), 100, np.uint8))
    assert tf.image.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE").shape == (8, 8, 3)
    with pytest.raises(ArgumentError, match=r"images are decoded whole; leave out ratio"):
        tf.image.decode_jpeg(content, ratio=2)


def test_what_is_near(tf: Any) -> None:
    tf.debugging.assert_near(X, X + 1e-3, atol=1e-2)
    tf.debugging.check_numerics(tensor=X, message="fine")
    with pytest.raises(ArgumentError, match="assert_near"):
        tf.debugging.assert_near(X, X + 1e-3)


def test_versions_are_numbers(tf: Any) -> None:
    import keras

    for version in (keras.__version__, tf.__version__):
        assert len([int(part) for part in version.split(".")]) == 3


def test_layers_by_the_names_of_tf_keras(tf: Any) -> None:
    """Inputs were `input_1` there, models `model`; names that are there come first."""
    from pellucid.naming import names_kept

    with names_kept():
        tf.keras.backend.clear_session()
        one, other = tf.keras.Input((4,)), tf.keras.Input((4,))
        inner = tf.keras.Model(one, tf.keras.layers.Dense(2)(one))
        model = tf.keras.Model([one, other], tf.keras.layers.add([inner(one), inner(other)]))
        assert model.get_layer("input_1").name == "input_layer" and model.get_layer("input_2").name == "input_layer_1"
        assert model.get_layer("model") is inner and inner.get_layer("input_7").name == "input_layer"
        named = tf.keras.Input((4,), name="input_2")
        assert tf.keras.Model(named, tf.keras.layers.Dense(1, name="model")(named)).get_layer("model").units == 1
        with pytest.raises(ArgumentError, match="unknown layer of functional_1 'input_3'"):
            model.get_layer("input_3")
        with pytest.raises(ArgumentError, match="'conv'"):
            model.get_layer("conv")


def test_where_there_is_no_tpu(tf: Any) -> None:
    """Scripts ask for one, catch the ValueError, and go on; what they would do with one is there to be looked up."""
    for ask in (
        tf.distribute.cluster_resolver.TPUClusterResolver,
        tf.distribute.cluster_resolver.TPUClusterResolver.connect,
        lambda: tf.distribute.TPUStrategy(None),
        lambda: tf.config.experimental_connect_to_cluster(None),
        lambda: tf.tpu.experimental.initialize_tpu_system(None),
    ):
        with pytest.raises(ValueError, match="there is no TPU here"):
            ask()
    assert tf.distribute.get_strategy().num_replicas_in_sync == 1


def test_arguments_that_tf_keras_did_not_heed(tf: Any) -> None:
    """Convolutions without one kernel took what is of one from their base; here they take it, and it is said."""
    with collected() as told:
        separable = tf.keras.layers.SeparableConv2D(4, (3, 3), kernel_regularizer="l2", input_shape=(8, 8, 2))
        depthwise = tf.keras.layers.DepthwiseConv2D(3, kernel_initializer="zeros")
    assert separable.depthwise_regularizer is separable.pointwise_regularizer is None
    assert type(depthwise.depthwise_initializer).__name__ == "GlorotUniform"
    notes = [each.note for each in told if isinstance(each, Translation)]
    assert [note.partition(":")[0] for note in notes] == ["kernel_regularizer", "kernel_initializer"]
    assert "depthwise_regularizer and pointwise_regularizer" in notes[0]


def test_names_with_a_path(tf: Any) -> None:
    """Layers of Keras 1 and 2 were called `fire2/squeeze1x1`; a script finds them by that name."""
    with collected(), pytest.warns(UserWarning, match="'_' where the script says '/'"):
        image = tf.keras.Input((4,))
        model = tf.keras.Model(image, tf.keras.layers.Dense(2, name="fire2/squeeze1x1")(image))
    assert model.get_layer("fire2/squeeze1x1").name == "fire2_squeeze1x1"
    with pytest.raises(ArgumentError, match="and no '/'"):
        tf.keras.layers.Dense(2, name="fire2/squeeze1x1")


def test_a_layer_of_ones_own_keeps_its_weights_to_begin_with(tf: Any) -> None:
    """The `Scale` that stands beside DenseNets and ResNets of Keras 1: `self.initial_weights` was refused."""
    from pellucid import backend as K

    class Scale(tf.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self, weights: Any = None, **options: Any) -> None:
            self.initial_weights = weights
            super().__init__(**options)

        def build(self, input_shape: Any) -> None:
            self.gamma = K.variable(np.ones(int(input_shape[-1])), name=f"{self.name}_gamma")
            self.trainable_weights = [self.gamma]
            if self.initial_weights is not None:
                self.set_weights(self.initial_weights)
                del self.initial_weights

        def call(self, x: Any) -> Any:
            return K.reshape(self.gamma, (1, -1)) * x

    assert Scale(weights=[np.array([2.0, 3.0], np.float32)])(np.ones((1, 2), np.float32)).tolist() == [[2.0, 3.0]]
