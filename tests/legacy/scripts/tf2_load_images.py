# ruff: noqa
"""TensorFlow's tutorial on loading images: names of files by a pattern, labels from their folders, a pipeline of steps."""
import os
import pathlib
import sys

import numpy as np
import PIL.Image
import tensorflow as tf

AUTOTUNE = tf.data.experimental.AUTOTUNE
np.random.seed(2)
data_dir = pathlib.Path(sys.argv[1]) / "flowers"
for kind, name in enumerate(["daisy", "tulips"]):
    (data_dir / name).mkdir(parents=True)
    for number in range(40):
        pixels = np.random.uniform(0, 120, (26, 22, 3))
        pixels[..., kind] += 100
        PIL.Image.fromarray(pixels.astype("uint8")).save(data_dir / name / f"{number}.jpg")
class_names = np.array(sorted(item.name for item in data_dir.glob("*")))
image_count = len(list(data_dir.glob("*/*.jpg")))
list_ds = tf.data.Dataset.list_files(str(data_dir / "*/*"), shuffle=False)
list_ds = list_ds.shuffle(image_count, reshuffle_each_iteration=False, seed=3)
for name in list_ds.take(1):
    assert name.numpy().decode("utf-8").endswith(".jpg")


def get_label(file_path):
    parts = tf.strings.split(file_path, os.path.sep)
    return tf.argmax(parts[-2] == class_names)


def process_path(file_path):
    label = get_label(file_path)
    image = tf.io.decode_jpeg(tf.io.read_file(file_path), channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    return tf.image.resize(image, [20, 20]), label


def augment(image, label):
    image = tf.image.resize_with_crop_or_pad(image, 24, 24)
    image = tf.image.random_crop(image, size=[20, 20, 3])
    image = tf.image.random_flip_left_right(image)
    return tf.clip_by_value(image, 0, 1), label


labeled_ds = list_ds.map(process_path, num_parallel_calls=AUTOTUNE)
val_size = int(image_count * 0.2)
train_ds, val_ds = labeled_ds.skip(val_size), labeled_ds.take(val_size)
assert tf.data.experimental.cardinality(train_ds).numpy() == 64
train_ds = train_ds.cache().shuffle(1000).repeat().map(augment, num_parallel_calls=AUTOTUNE).batch(16).prefetch(AUTOTUNE)
val_ds = val_ds.batch(16).cache().prefetch(AUTOTUNE)
image_batch, label_batch = next(iter(train_ds))
assert image_batch.shape.as_list() == [16, 20, 20, 3] and class_names[label_batch[0].numpy()] in class_names
tf.random.set_seed(1)
model = tf.keras.Sequential([
    tf.keras.layers.InputLayer(input_shape=(20, 20, 3)),
    tf.keras.layers.Conv2D(8, 3, activation="relu"),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(2),
])
model.compile(
    optimizer="adam", loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(train_ds, steps_per_epoch=4, epochs=5, validation_data=val_ds, verbose=0)
print("accuracy:", history.history["val_accuracy"][-1])
