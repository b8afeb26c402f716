# ruff: noqa
"""TensorFlow's tutorial of records: images written as examples into shards, read in turns, parsed, decoded and trained on."""
import sys

import numpy as np
import tensorflow as tf

folder = sys.argv[1]
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.digits.load_data()
AUTOTUNE = tf.data.AUTOTUNE


def _bytes_feature(value):
    if isinstance(value, type(tf.constant(0))):
        value = value.numpy()
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def image_example(image, label):
    pixels = (image * (255.0 / x_train.max())).astype(np.uint8)
    feature = {
        "height": _int64_feature(image.shape[0]),
        "label": _int64_feature(int(label)),
        "image": _bytes_feature(tf.io.encode_png(pixels)),
        "image_raw": _bytes_feature(image.astype(np.float32).tobytes()),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature))


for shard in range(4):
    with tf.io.TFRecordWriter(f"{folder}/train-{shard}.tfrecord", options=tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        for image, label in zip(x_train[shard::4], y_train[shard::4]):
            writer.write(image_example(image, label).SerializeToString())

description = {
    "height": tf.io.FixedLenFeature([], tf.int64),
    "label": tf.io.FixedLenFeature([], tf.int64),
    "image": tf.io.FixedLenFeature([], tf.string),
    "image_raw": tf.io.FixedLenFeature([], tf.string),
}


def parse(record):
    example = tf.io.parse_single_example(record, description)
    decoded = tf.cast(tf.io.decode_png(example["image"], channels=1), tf.float32) / 255.0
    raw = tf.reshape(tf.io.decode_raw(example["image_raw"], tf.float32), [example["height"], -1, 1])
    return decoded, raw, tf.cast(example["label"], tf.int32)


files = tf.data.Dataset.list_files(f"{folder}/train-*.tfrecord", seed=1)
records = files.interleave(lambda name: tf.data.TFRecordDataset(name, compression_type="GZIP"), cycle_length=4, num_parallel_calls=AUTOTUNE)
parsed = records.map(parse, num_parallel_calls=AUTOTUNE).cache()
off = max(float(tf.reduce_max(tf.abs(decoded - raw / x_train.max()))) for decoded, raw, _ in parsed.take(100))
data = parsed.map(lambda decoded, raw, label: (decoded, label)).shuffle(2000, seed=1).batch(32).prefetch(AUTOTUNE)
tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential([
    tf.keras.layers.Conv2D(16, 3, activation="relu", input_shape=(8, 8, 1)),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10),
])
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(data, epochs=6, verbose=0)
print("records:", sum(1 for _ in parsed))
print("off by:", off)
print("accuracy:", model.evaluate(x_test / x_train.max(), y_test, verbose=0)[1])
