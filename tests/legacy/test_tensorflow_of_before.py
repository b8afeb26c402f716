"""What scripts for TensorFlow 1 and 2 say around Keras: sessions, images that are cut and coloured, steps."""

from __future__ import annotations

import colorsys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pellucid import Input, Model, layers, utils
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.cli.main import run
from pellucid.data import Skipped
from pellucid.data.sources.pipelines import Dataset
from pellucid.errors import ArgumentError
from pellucid.legacy import written_for

X = np.random.default_rng(3).uniform(size=(5, 7, 3)).astype(np.float32)


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def test_settings_of_sessions_do_nothing_and_say_so(tf: Any) -> None:
    config = tf.compat.v1.ConfigProto(gpu_options=tf.compat.v1.GPUOptions(per_process_gpu_memory_fraction=0.3))
    config.gpu_options.allow_growth = True
    tf.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    with pytest.warns(UserWarning, match="does nothing: there is one device") as said:
        tf.compat.v1.keras.backend.set_session(tf.Session(config=config))
    assert len(said) == 2
    with pytest.warns(UserWarning), tf.Session() as session, pytest.raises(ArgumentError, match=r"model\.predict"):
        session.run(None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = tf.placeholder(tf.float32)", "describe the model with keras.Input and layers"),
        ("tf.compat.v1.global_variables_initializer()", "weights have their values from the beginning"),
        ("tf.train.RMSPropOptimizer(0.1)", "began its averages of squares at 1"),
        ("K.get_session()", r"function([inputs], [outputs]) runs a part of a model"),
    ],
)
def test_what_is_of_graphs_alone_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    script = tmp_path / "old.py"
    script.write_text(f"import tensorflow as tf\nfrom keras import backend as K\n{line}\n")
    assert run(["run", "--check", str(script)]) == 1
    told = capsys.readouterr().err
    assert "old.py:3:" in told
    assert said in told


def test_colours(tf: Any) -> None:
    turned = [[colorsys.rgb_to_hsv(*map(float, pixel)) for pixel in row] for row in X]
    np.testing.assert_allclose(tf.image.rgb_to_hsv(X), turned, atol=1e-6)
    np.testing.assert_allclose(tf.image.hsv_to_rgb(np.float32(turned)), X, atol=1e-6)
    np.testing.assert_allclose(tf.image.adjust_hue(X, 1.0), X, atol=1e-6)
    np.testing.assert_allclose(tf.image.adjust_saturation(X, 0.0)[..., 0], X.max(-1), atol=1e-6)
    np.testing.assert_allclose(tf.image.adjust_gamma(X, 2.0, 0.5), 0.5 * X**2, atol=1e-6)
    across = np.abs(np.diff(X, axis=0)).sum() + np.abs(np.diff(X, axis=1)).sum()
    np.testing.assert_allclose(tf.image.total_variation(X), across, rtol=1e-5)


def test_parts_of_images(tf: Any) -> None:
    np.testing.assert_array_equal(tf.image.crop_to_bounding_box(X, 1, 2, 3, 4), X[1:4, 2:6])
    padded = tf.image.pad_to_bounding_box(X, 2, 1, 8, 9)
    np.testing.assert_array_equal(padded, np.pad(X, ((2, 1), (1, 1), (0, 0))))
    np.testing.assert_array_equal(
        tf.image.resize_with_crop_or_pad(X, 9, 4), np.pad(X[:, 1:5], ((2, 2), (0, 0), (0, 0)))
    )
    np.testing.assert_array_equal(tf.image.central_crop(X, 0.5), X[1:4, 1:6])
    with pytest.raises(ArgumentError, match="do not lie in an image of 5x7"):
        tf.image.crop_to_bounding_box(X, 3, 0, 3, 1)
    with pytest.raises(ArgumentError, match="does not lie in 5x7"):
        tf.image.pad_to_bounding_box(X, 1, 0, 5, 7)


def test_draws(tf: Any) -> None:
    gamma = np.asarray(tf.random.gamma((4000,), [2.0, 5.0], beta=2.0, seed=1))
    assert gamma.shape == (4000, 2)
    np.testing.assert_allclose(gamma.mean(0), [1.0, 2.5], rtol=0.08)
    assert np.abs(tf.random.truncated_normal((2000,), seed=1)).max() <= 2
    places = np.asarray(tf.random.categorical([[0.0, 50.0, 0.0]], 8, seed=1))
    assert places.tolist() == [[1] * 8]


def test_a_folder_of_images_has_the_steps_of_a_pipeline(tf: Any, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(5):
            Image.new("L", (4, 4), 20 * number).save(tmp_path / name / f"{number}.png")
    found = utils.image_dataset_from_directory(tmp_path, image_size=(4, 4), batch_size=4, shuffle=False, verbose=False)
    count = tf.data.experimental.cardinality(found)
    assert count.numpy() == 3
    assert [len(x.numpy()) for x, _ in found.skip(count // 3)] == [4, 2]
    assert len(found.take(count // 2)) == 1
    assert isinstance(found.skip(1), Skipped)
    assert sum(1 for _ in found.unbatch()) == 10
    assert found.as_numpy_iterator().next()[0].shape == (4, 4, 4, 3)
    assert iter(found).get_next()[1].tolist() == [0, 0, 0, 0]
    assert len(found.concatenate(found)) == 6
    assert [x.shape for (x, _), _ in Dataset.zip((found, found))] == [(4, 4, 4, 3)] * 2 + [(2, 4, 4, 3)]
    assert len(list(found.repeat(2))) == 6
    with pytest.raises(ArgumentError, match=r"Dataset\.zip takes data sets"):
        Dataset.zip((found, [1, 2]))


def test_one_list_of_metrics_was_for_each_output() -> None:
    x = Input((3,))
    ends = [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)]
    with written_for(2):
        model = Model(x, ends)
        model.compile("sgd", ["mse", "mse"], metrics=["mae"])
    told = model.fit(X[0], [X[0, :, :1], X[0, :, 1:2]], verbose=0).history
    assert {"a_mae", "b_mae"} <= set(told) or {"a_mean_absolute_error", "b_mean_absolute_error"} <= set(told)
    each = r"for the same of each: metrics=\[\['mae'\], \['mae'\]\]"
    with pytest.raises(ArgumentError, match=each):
        Model(x, ends).compile("sgd", ["mse", "mse"], metrics=["mae"])


def test_a_model_that_only_holds_layers() -> None:
    class Pair(Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = layers.Dense(3), layers.Dense(2)

    pair = Pair()
    assert pair.second(pair.first(X[0])).shape == (7, 2)
    assert [weight.shape for weight in pair.trainable_variables] == [(3, 3), (3,), (3, 2), (2,)]
    pair.trainable = False
    assert not pair.trainable
    assert not pair.trainable_variables
    with pytest.raises(ArgumentError, match=r"write call\(self, inputs\), or call its layers"):
        pair(X[0])
    with pytest.raises(ArgumentError, match=r"write call\(self, inputs\), or call its layers"):
        pair.predict(X[0])


def test_pillow_takes_what_save_img_is_told_beside(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (32, 32, 3))
    for quality in (10, 95):
        utils.save_img(tmp_path / f"{quality}.jpg", pixels, quality=quality)
    assert (tmp_path / "10.jpg").stat().st_size < (tmp_path / "95.jpg").stat().st_size
    with pytest.raises(ArgumentError), warnings.catch_warnings():
        utils.save_img(tmp_path / "x.jpg", pixels, quality="fine print")
