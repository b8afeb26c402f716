"""Files of records as scripts write and read them. Bytes are those of TensorFlow 2.21, to which all of it was held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.errors import ArgumentError, ArgumentTypeError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3)).astype(np.uint8)
IMAGES[:, -1] = 0  # bytes that end in zeros


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def example(tf: Any, number: int) -> Any:
    image = IMAGES[number]
    content = tf.io.serialize_tensor(image.astype(np.float32)).numpy()
    lists = {
        "raw": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()])),
        "png": tf.train.Feature(bytes_list=tf.train.BytesList(value=[tf.io.encode_png(image).numpy()])),
        "tensor": tf.train.Feature(bytes_list=tf.train.BytesList(value=[content])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[number - 2])),
        "many": tf.train.Feature(int64_list=tf.train.Int64List(value=range(number))),
        "score": tf.train.Feature(float_list=tf.train.FloatList(value=[number / 4, 0.5])),
    }
    return tf.train.Example(features=tf.train.Features(feature=lists))


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_what_is_written_is_read(compression: str, tf: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "a.tfrecord")
    with tf.io.TFRecordWriter(path, tf.io.TFRecordOptions(compression_type=compression)) as writer:
        for number in range(5):
            writer.write(example(tf, number).SerializeToString())
    kinds = {
        "raw": tf.io.FixedLenFeature([], tf.string),
        "png": tf.io.FixedLenFeature([], tf.string),
        "tensor": tf.io.FixedLenFeature([], tf.string),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "many": tf.io.VarLenFeature(tf.int64),
        "score": tf.io.FixedLenFeature([2], tf.float32),
        "none": tf.io.FixedLenFeature([2], tf.float32, default_value=[1.0, 2.0]),
        "sequence": tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
    }

    def parsed(record: Any) -> tuple[Any, ...]:
        found = tf.io.parse_single_example(record, kinds)
        raw = tf.reshape(tf.io.decode_raw(found["raw"], tf.uint8), [4, 4, 3])
        tensor = tf.io.parse_tensor(found["tensor"], tf.float32)
        many = tf.sparse.to_dense(found["many"])
        return raw, tf.io.decode_png(found["png"]), tensor, found["label"], many, found["score"], found["none"]

    rows = list(tf.data.TFRecordDataset([path], compression_type=compression).map(parsed))
    for number, (raw, png, tensor, label, many, score, none) in enumerate(rows):
        assert tensor.dtype == np.float32 and score.dtype == np.float32 and label.dtype == np.int64
        for found in (raw, png, tensor):
            np.testing.assert_array_equal(found, IMAGES[number])
        assert (int(label), many.tolist(), score.tolist()) == (number - 2, [*range(number)], [number / 4, 0.5])
        assert none.tolist() == [1.0, 2.0]
    assert len(rows) == 5


def test_files_one_after_the_other_in_batches(tf: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"{name}.tfrecord")) as writer:
            for number in range(3):
                writer.write(example(tf, number).SerializeToString())
    names = tf.data.Dataset.list_files(str(tmp_path / "*.tfrecord"), shuffle=False)
    in_turns = names.interleave(tf.data.TFRecordDataset, cycle_length=2)
    for data in (tf.data.TFRecordDataset(names), in_turns, tf.data.TFRecordDataset([tmp_path / "a.tfrecord"] * 2)):
        batch = next(iter(data.batch(6)))
        found = tf.io.parse_example(
            batch,
            {
                "many": tf.io.VarLenFeature(tf.int64),
                "label": tf.io.FixedLenFeature([], tf.int64),
                "none": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
            },
        )
        assert sorted(found["label"].tolist()) == [-2, -2, -1, -1, 0, 0] and found["none"].shape == (6, 0)
        assert tf.sparse.to_dense(found["many"], -1)[found["label"] == 0].tolist() == [[0, 1], [0, 1]]
        assert found["many"].dense_shape.tolist() == [6, 2]
    assert len(list(tf.python_io.tf_record_iterator(str(tmp_path / "a.tfrecord")))) == 3


def test_bytes_are_those_of_tensorflow(tf: Any) -> None:
    many, kind = tf.train.Feature, tf.train
    for one, known in {
        many(int64_list=kind.Int64List(value=[-1, 300])).SerializeToString(): "1a0e0a0cffffffffffffffffff01ac02",
        many(bytes_list=kind.BytesList(value=[b"x\0"])).SerializeToString(): "0a040a027800",
        many(float_list=kind.FloatList(value=[0.5])).SerializeToString(): "12060a040000003f",
        many(float_list=kind.FloatList(value=[])).SerializeToString(): "1200",
        many().SerializeToString(): "",
    }.items():
        assert one.hex() == known
    made = kind.Example(features=kind.Features(feature={"a": many(bytes_list=kind.BytesList(value=[b"x\0"]))}))
    assert made.SerializeToString().hex() == "0a0d0a0b0a016112060a040a027800"
    assert kind.Example.FromString(made.SerializeToString()) == made
    assert 'key: "a"' in repr(made) and 'value: "x\\000"' in repr(made)
    assert tf.io.serialize_tensor(np.array(3, np.int64)).numpy().hex() == "0809120022080300000000000000"
    assert tf.io.serialize_tensor(np.zeros((0, 2), np.int32)).numpy().hex() == "08031206120012020802"
    assert tf.io.serialize_tensor(tf.constant(["ab", "c"])).numpy().hex() == "080712041202080242026162420163"
    tensor = tf.io.serialize_tensor(np.array([[1.0, 2.0]], np.float32)).numpy()
    assert tensor.hex() == "0801120812020801120208022208" + np.array([1.0, 2.0], "<f4").tobytes().hex()


def test_what_does_not_fit_is_told(tf: Any, tmp_path: Path) -> None:
    content = example(tf, 1).SerializeToString()
    one = {"label": tf.io.FixedLenFeature([2], tf.int64)}
    with pytest.raises(ArgumentError, match=r"'label' is said to be of shape \(2,\), and the example has 1 values"):
        tf.io.parse_single_example(content, one)
    with pytest.raises(ArgumentError, match="the example has no 'other', and there is no default_value"):
        tf.io.parse_single_example(content, {"other": tf.io.FixedLenFeature([], tf.int64)})
    with pytest.raises(ArgumentError, match="'score' is said to be a int64_list, and the example has a float_list"):
        tf.io.parse_single_example(content, {"score": tf.io.FixedLenFeature([2], tf.int64)})
    with pytest.raises(ArgumentError, match=r"tf.string, tf.float32 or tf.int64, got int32; tf.cast makes"):
        tf.io.parse_single_example(content, {"label": tf.io.FixedLenFeature([], tf.int32)})
    with pytest.raises(ArgumentTypeError, match=r"BytesList holds bytes, got the text 'cat': text.encode\(\)"):
        tf.train.BytesList(value=["cat"])
    with pytest.raises(ArgumentTypeError, match=r"Int64List holds whole numbers, got 0\.5"):
        tf.train.Int64List(value=[0.5])
    with pytest.raises(ArgumentError, match="compressed by 'GZIP', 'ZLIB' or '', got 'zip'"):
        tf.io.TFRecordWriter(str(tmp_path / "a"), "zip")
    with pytest.raises(ArgumentError, match="hold numbers of int32, out_type says float32"):
        tf.io.parse_tensor(tf.io.serialize_tensor([1, 2]), tf.float32)


def test_few_numbers_of_many(tf: Any) -> None:
    few = tf.SparseTensor([[1, 2], [0, 1]], [7.0, 5.0], [2, 3])
    dense = [[0.0, 5.0, 0.0], [0.0, 0.0, 7.0]]
    assert tf.sparse.to_dense(few).tolist() == tf.sparse.to_dense(tf.sparse.reorder(few)).tolist() == dense
    assert tf.sparse.reorder(few).values.tolist() == [5.0, 7.0]
    assert tf.sparse.to_dense(tf.sparse.from_dense(np.array(dense)), 9).tolist() == [[9.0, 5.0, 9.0], [9.0, 9.0, 7.0]]
    assert tf.sparse.to_dense(tf.sparse.reshape(few, [3, -1])).tolist() == [[0.0, 5.0], [0.0, 0.0], [0.0, 7.0]]
    with pytest.raises(ArgumentError, match="as many values as places"):
        tf.SparseTensor([[0, 0]], [1.0, 2.0], [2, 2])
    with pytest.raises(ArgumentError, match=r"places are within \(2, 2\)"):
        tf.SparseTensor([[0, 2]], [1.0], [2, 2])
