# ruff: noqa
"""keras.io's segmentation in the manner of U-Net: files of images and masks beside each other, one class per pixel."""
import os
import random
import sys
import keras
import numpy as np
from keras import layers
from tensorflow import data as tf_data
from tensorflow import image as tf_image
from tensorflow import io as tf_io

keras.utils.set_random_seed(9)
input_dir, target_dir = os.path.join(sys.argv[1], "images/"), os.path.join(sys.argv[1], "annotations/trimaps/")
os.makedirs(input_dir)
os.makedirs(target_dir)
for number in range(64):
    mask = np.full((20, 20, 1), 2.0)
    row, column = np.random.randint(2, 10, 2)
    mask[row:row + 8, column:column + 8] = 1
    mask[row:row + 1, column:column + 8] = 3
    keras.utils.save_img(os.path.join(target_dir, f"pet_{number:02d}.png"), mask, scale=False)
    pixels = np.random.uniform(0, 60, (20, 20, 3)) + (mask == 1) * 120 + (mask == 3) * [0, 0, 190]
    keras.utils.save_img(os.path.join(input_dir, f"pet_{number:02d}.jpg"), pixels, scale=False, quality=95)
img_size, num_classes, batch_size = (16, 16), 3, 16
input_img_paths = sorted(os.path.join(input_dir, f) for f in os.listdir(input_dir) if f.endswith(".jpg"))
target_img_paths = sorted(
    os.path.join(target_dir, f) for f in os.listdir(target_dir) if f.endswith(".png") and not f.startswith("."))


def get_dataset(batch_size, img_size, input_img_paths, target_img_paths, max_dataset_len=None):
    """Returns a TF Dataset."""
    def load_img_masks(input_img_path, target_img_path):
        input_img = tf_io.read_file(input_img_path)
        input_img = tf_io.decode_png(input_img, channels=3)
        input_img = tf_image.resize(input_img, img_size)
        input_img = tf_image.convert_image_dtype(input_img, "float32")
        target_img = tf_io.read_file(target_img_path)
        target_img = tf_io.decode_png(target_img, channels=1)
        target_img = tf_image.resize(target_img, img_size, method="nearest")
        target_img = tf_image.convert_image_dtype(target_img, "uint8")
        # Ground truth labels are 1, 2, 3. Subtract one to make them 0, 1, 2:
        target_img -= 1
        return input_img, target_img
    if max_dataset_len:
        input_img_paths = input_img_paths[:max_dataset_len]
        target_img_paths = target_img_paths[:max_dataset_len]
    dataset = tf_data.Dataset.from_tensor_slices((input_img_paths, target_img_paths))
    dataset = dataset.map(load_img_masks, num_parallel_calls=tf_data.AUTOTUNE)
    return dataset.batch(batch_size)


def get_model(img_size, num_classes):
    inputs = keras.Input(shape=img_size + (3,))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(16, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for filters in [24]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization(momentum=0.8)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    for filters in [24, 16]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2DTranspose(filters, 3, padding="same")(x)
        x = layers.BatchNormalization(momentum=0.8)(x)
        x = layers.UpSampling2D(2)(x)
        residual = layers.UpSampling2D(2)(previous_block_activation)
        residual = layers.Conv2D(filters, 1, padding="same")(residual)
        x = layers.add([x, residual])
        previous_block_activation = x
    outputs = layers.Conv2D(num_classes, 3, activation="softmax", padding="same")(x)
    return keras.Model(inputs, outputs)


model = get_model(img_size, num_classes)
val_samples = 16
random.Random(1337).shuffle(input_img_paths)
random.Random(1337).shuffle(target_img_paths)
train_dataset = get_dataset(batch_size, img_size, input_img_paths[:-val_samples], target_img_paths[:-val_samples])
valid_dataset = get_dataset(batch_size, img_size, input_img_paths[-val_samples:], target_img_paths[-val_samples:])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_dataset, epochs=10, validation_data=valid_dataset, verbose=0,
          callbacks=[keras.callbacks.ModelCheckpoint(os.path.join(sys.argv[1], "seg.keras"), save_best_only=True)])
val_preds = model.predict(valid_dataset)
mask = np.argmax(val_preds[0], axis=-1)
assert mask.shape == (16, 16)
print("accuracy:", model.evaluate(valid_dataset, verbose=0)[1])
