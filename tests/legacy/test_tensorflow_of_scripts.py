"""What scripts ask of `tf` besides: pipelines of files, text, checkpoints, norms; against NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from pellucid.cli.keras_imports import keras_is_pellucid, missing
from pellucid.errors import ArgumentError, FileError

RNG = np.random.default_rng(3)
X = RNG.uniform(size=(2, 16, 14, 3)).astype(np.float32)


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def listed(data: Any) -> list[Any]:
    return [np.asarray(each).tolist() for each in data]


def test_data_sets_by_turns(tf: Any) -> None:
    """The example of TensorFlow's documentation of `interleave`."""
    made = tf.data.Dataset.range(1, 6).interleave(
        lambda x: tf.data.Dataset.from_tensors(x).repeat(6), cycle_length=2, block_length=4
    )
    assert listed(made) == [1] * 4 + [2] * 4 + [1] * 2 + [2] * 2 + [3] * 4 + [4] * 4 + [3] * 2 + [4] * 2 + [5] * 6
    with pytest.raises(ArgumentError, match="gives data sets"):
        list(tf.data.Dataset.range(2).interleave(lambda x: x))


def test_windows(tf: Any) -> None:
    numbers = tf.data.Dataset.range(7)
    assert listed(numbers.window(3, shift=2, stride=2).flat_map(lambda w: w.batch(3))) == [
        [0, 2, 4],
        [2, 4, 6],
        [4, 6],
        [6],
    ]
    full = numbers.window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3)).map(lambda w: (w[:-1], w[-1]))
    assert [(x.tolist(), int(y)) for x, y in full][:2] == [([0, 1], 2), ([1, 2], 3)] and len(list(full)) == 5


def test_batches_that_are_filled_up(tf: Any) -> None:
    rows = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([int(n)], n))
    assert listed(rows.padded_batch(2)) == [[[1, 0], [2, 2]], [[3, 3, 3]]]
    assert listed(rows.padded_batch(2, [4], -1, drop_remainder=True)) == [[[1, -1, -1, -1], [2, 2, -1, -1]]]
    with pytest.raises(ArgumentError, match="do not fit padded_shapes"):
        list(rows.padded_batch(3, [2]))


def test_further_steps(tf: Any) -> None:
    numbers = tf.data.Dataset.range(5)
    assert int(numbers.reduce(np.int64(0), lambda s, x: s + x)) == 10
    assert listed(numbers.take_while(lambda x: x < 2)) == [0, 1]
    assert listed(numbers.scan(np.int64(0), lambda s, x: (s + x, s + x))) == [0, 1, 3, 6, 10]
    drawn = listed(tf.data.Dataset.sample_from_datasets([numbers, numbers.map(lambda x: x + 10)], seed=1))
    assert sorted(drawn) == [*range(5), *range(10, 15)] and drawn != sorted(drawn)
    chosen = tf.data.Dataset.choose_from_datasets(
        [numbers, numbers.map(lambda x: x + 10)], numbers.map(lambda x: x % 2)
    )
    assert listed(chosen) == [0, 10, 1, 11, 2]
    spec = tf.data.Dataset.from_tensor_slices(X).batch(2).element_spec
    assert (spec.shape, spec.dtype) == ((None, 16, 14, 3), np.float32)
    assert "good_files" in (missing("tensorflow.data.Dataset.ignore_errors") or "")


def test_files_by_pattern_and_their_names(tf: Any, tmp_path: Path) -> None:
    for name in ("cats/1.png", "cats/2.png", "dogs/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / name)
    files = tf.data.Dataset.list_files(str(tmp_path / "*/*.png"), shuffle=False)
    assert [each.numpy() for each in files] == [str(p).encode() for p in sorted(tmp_path.glob("*/*.png"))]
    classes = np.array(["cats", "dogs"])

    def read(path: Any) -> Any:
        pixels = tf.io.decode_png(tf.io.read_file(path), channels=3)
        return pixels, tf.argmax(tf.strings.split(path, "/")[-2] == classes)

    found = [(pixels.numpy().tolist()[0][0], int(label)) for pixels, label in files.map(read, num_parallel_calls=-1)]
    assert found == [([10, 20, 30], 0), ([10, 20, 30], 0), ([10, 20, 30], 1)]
    assert tf.strings.regex_replace("a.jpg", r"\.jpg", ".png").numpy() == b"a.png"
    assert int(tf.strings.to_number(tf.strings.split("img_07", "_")[1], tf.int32)) == 7
    with pytest.raises(ArgumentError, match="no files fit"):
        tf.data.Dataset.list_files(str(tmp_path / "*.gif"))


def test_functions_of_python(tf: Any) -> None:
    assert tf.py_function(lambda p: p.numpy().decode().upper(), [tf.constant("cat")], tf.string).numpy() == b"CAT"
    assert tf.numpy_function(lambda x: x * 2, [tf.constant([1.0])], tf.float32).numpy().tolist() == [2.0]
    assert [int(n) for n in tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + i), (0, 0))] == [4, 6]
    assert tf.cond(tf.constant(2) > 1, lambda: "yes", lambda: "no") == "yes"
    np.testing.assert_array_equal(tf.map_fn(lambda x: x * 2, tf.constant([1.0, 2.0])), [2.0, 4.0])


def test_one_number_is_a_tensor_too(tf: Any) -> None:
    x = tf.constant([[1.0, 2.5]])
    assert x[0][1].numpy() == 2.5 and x.shape.as_list() == [1, 2] and f"{x[0][1]:.2f}" == "2.50"
    assert ["a", "b"][tf.argmax(x[0])] == "b" and (x[0, 0] + 1).numpy() == 2.0 and [v.numpy() for v in x[0]] == [1, 2.5]
    assert set(np.unique(x)) == {1.0, 2.5} and type(np.max(x)) is np.float32  # NumPy's functions give NumPy's numbers
    x.set_shape([None, 2])
    with pytest.raises(ArgumentError, match="not of shape"):
        x.set_shape([None, 3])


@pytest.mark.parametrize(
    "equation", ["bijc,bijd->bcd", "ij,jk->ik", "bij,bjk->bik", "ij,j->i", "abc->cb", "ij,kl->ijkl"]
)
def test_sums_of_products_and_their_gradients(tf: Any, equation: str) -> None:
    names = equation.partition("->")[0].split(",")
    sizes = dict(zip("abcdijkl", (2, 3, 4, 5, 3, 4, 2, 3), strict=True))
    arrays = [RNG.normal(size=[sizes[each] for each in name]).astype(np.float32) for name in names]
    with tf.GradientTape() as tape:
        first = tf.constant(arrays[0])
        tape.watch(first)
        found = tf.einsum(equation, first, *arrays[1:])
        loss = tf.reduce_sum(found * found)
    exact = np.einsum(equation, *(each.astype(np.float64) for each in arrays))
    np.testing.assert_allclose(found.numpy(), exact, rtol=1e-4, atol=1e-5)
    change = np.zeros_like(arrays[0], np.float64)
    change.flat[1] = 1e-4
    above, below = (
        (np.einsum(equation, arrays[0] + sign * change, *arrays[1:], optimize=True) ** 2).sum() for sign in (1, -1)
    )
    assert tape.gradient(loss, first).flat[1] == pytest.approx((above - below) / 2e-4, rel=1e-3, abs=1e-3)


def test_norms(tf: Any) -> None:
    clipped, length = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
    assert float(length) == 5.0 and clipped[1] is None
    np.testing.assert_allclose([clipped[0][0], clipped[2][0]], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(tf.norm(X, axis=-1), np.linalg.norm(X, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(tf.math.reduce_std(X), X.std(), rtol=1e-4)
    assert tf.math.divide_no_nan([1.0, 2.0], [0.0, 4.0]).tolist() == [0.0, 0.5]
    np.testing.assert_array_equal(tf.gather_nd(X, [[0, 1], [1, 2]]), X[[0, 1], [1, 2]])
    assert tf.math.top_k([[1.0, 5.0, 3.0]], k=2).indices.tolist() == [[1, 2]]
    assert tf.math.in_top_k([0, 1], [[1.0, 5.0, 3.0]] * 2, 2).tolist() == [False, True]
    values, places = tf.unique(tf.constant([4, 2, 4]))
    assert (values.tolist(), places.tolist()) == ([4, 2], [0, 1, 0])


def test_how_images_differ(tf: Any) -> None:
    """SSIM against its formula with windows of SciPy's, in float64; Sobel's kernels against SciPy's own."""
    other = np.clip(X + RNG.normal(scale=0.1, size=X.shape), 0, 1).astype(np.float32)

    def local(x: np.ndarray) -> np.ndarray:
        found = ndimage.gaussian_filter(x, (0, 1.5, 1.5, 0), truncate=5 / 1.5, mode="constant")
        return found[:, 5:-5, 5:-5]

    a, b = X.astype(np.float64), other.astype(np.float64)
    ma, mb = local(a), local(b)
    va, vb, ab = local(a * a) - ma**2, local(b * b) - mb**2, local(a * b) - ma * mb
    exact = ((2 * ma * mb + 1e-4) * (2 * ab + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))).mean((1, 2, 3))
    np.testing.assert_allclose(tf.image.ssim(X, other, 1.0), exact, rtol=1e-4)
    np.testing.assert_allclose(tf.image.psnr(X, other, 1.0), -10 * np.log10(((a - b) ** 2).mean((1, 2, 3))), rtol=1e-5)
    edges = np.stack([ndimage.sobel(a[1, :, :, 2], axis=axis, mode="mirror") for axis in (0, 1)], -1)
    np.testing.assert_allclose(np.asarray(tf.image.sobel_edges(X))[1, :, :, 2], edges, atol=1e-5)


def test_checkpoints_bring_everything_back(tf: Any, tmp_path: Path) -> None:
    def made() -> Any:
        net = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
        optimizer = tf.keras.optimizers.Adam(0.1)
        optimizer.build(net.trainable_variables)
        return net, optimizer, tf.Variable(1)

    def step(net: Any, optimizer: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(net(np.ones((4, 3), np.float32)) - 1.0))
        weights = net.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    net, optimizer, count = made()
    kept = tf.train.Checkpoint(net=net, optimizer=optimizer, step=count)
    manager = tf.train.CheckpointManager(kept, tmp_path / "ck", max_to_keep=2)
    for _ in range(3):
        step(net, optimizer)
        count.assign_add(1)
        manager.save()
    assert [Path(path).name for path in manager.checkpoints] == ["ckpt-2", "ckpt-3"]
    other, later, again = made()
    newest = tf.train.latest_checkpoint(tmp_path / "ck")
    assert newest == manager.latest_checkpoint
    tf.train.Checkpoint(net=other, optimizer=later, step=again).restore(newest).assert_consumed()
    step(net, optimizer)
    step(other, later)
    np.testing.assert_array_equal(net.get_weights()[0], other.get_weights()[0])
    assert int(again) == 4
    with pytest.raises(FileError, match="TensorFlow's own checkpoints are not read"):
        kept.restore(tmp_path / "nothing")
    with pytest.raises(FileError, match="it has"):
        small = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(2)])
        tf.train.Checkpoint(net=small).restore(newest)


def test_what_is_missing_says_what_to_do(tf: Any) -> None:
    assert "rows of several lengths" in (missing("tensorflow.ragged") or "")
    assert missing("tensorflow.RaggedTensor") is None
    assert missing("tensorflow.train.Checkpoint") is missing("tensorflow.strings.split") is None


def test_the_gradient_goes_through_what_is_sorted(tf: Any) -> None:
    """To the places where the numbers stood; it was cut off without a word."""
    x = tf.Variable([[3.0, 1.0, 2.0]])
    with tf.GradientTape(persistent=True) as tape:
        factors = tf.constant([[1.0, 10.0, 100.0]])
        up = tf.reduce_sum(tf.sort(x) * factors)
        down = tf.reduce_sum(tf.sort(x, direction="DESCENDING") * factors)
        values, places = tf.nn.top_k(x, 2)
        largest = tf.reduce_sum(values * factors[:, :2])
    assert tape.gradient(up, x).numpy().tolist() == [[100.0, 1.0, 10.0]]
    assert tape.gradient(down, x).numpy().tolist() == [[1.0, 100.0, 10.0]]
    assert tape.gradient(largest, x).numpy().tolist() == [[1.0, 0.0, 10.0]]
    assert np.asarray(places).tolist() == [[0, 2]] and tf.math.top_k(x.numpy(), 1).indices.dtype == np.int32


def test_pixels_and_places(tf: Any) -> None:
    """As TensorFlow's documentation has them."""
    x = np.arange(1.0, 17.0).reshape(1, 2, 2, 4).astype(np.float32)
    wide = tf.nn.depth_to_space(x, 2)
    assert wide.numpy()[0, :, :, 0].tolist() == [[1, 2, 5, 6], [3, 4, 7, 8], [9, 10, 13, 14], [11, 12, 15, 16]]
    np.testing.assert_array_equal(tf.nn.space_to_depth(wide, 2), x)
    with pytest.raises(ArgumentError, match='data_format is "NHWC" here'):
        tf.nn.depth_to_space(x, 2, data_format="NCHW")
    assert tf.scatter_nd([[4], [3], [1], [7]], [9.0, 10.0, 11.0, 12.0], [8]).numpy().tolist() == [
        0, 11, 0, 10, 9, 0, 0, 12,
    ]  # fmt: skip
    assert tf.tensor_scatter_nd_update(tf.zeros(3), [[1]], [5.0]).numpy().tolist() == [0, 5, 0]
    assert tf.linalg.band_part(tf.ones((3, 3)), 1, 0).numpy().tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert float(tf.nn.l2_loss(tf.constant([3.0, 4.0]))) == 12.5 and float(tf.linalg.trace(tf.eye(3))) == 3
    assert tf.math.in_top_k([0, 1], [[0.1, 0.8], [0.5, 0.5]], 1).numpy().tolist() == [False, True]
