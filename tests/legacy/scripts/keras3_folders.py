# ruff: noqa
"""keras.io's classification from scratch: a folder, augmentation in the pipeline, residual separable blocks, callbacks."""
import os
import sys
import keras
import numpy as np
from keras import layers
from tensorflow import data as tf_data

keras.utils.set_random_seed(7)
folder = os.path.join(sys.argv[1], "PetImages")
for kind, name in enumerate(("Cat", "Dog")):
    os.makedirs(os.path.join(folder, name))
    for number in range(48):
        pixels = np.random.uniform(0, 120, (20, 20, 3))
        pixels[:: 2 if kind else 1, ::1 if kind else 2] += 100
        keras.utils.save_img(os.path.join(folder, name, f"{number}.jpg"), pixels, scale=False)
with open(os.path.join(folder, "Dog", "bad.jpg"), "wb") as file:
    file.write(b"not an image at all")
num_skipped = 0
for folder_name in ("Cat", "Dog"):
    folder_path = os.path.join(folder, folder_name)
    for fname in os.listdir(folder_path):
        fpath = os.path.join(folder_path, fname)
        try:
            fobj = open(fpath, "rb")
            is_jfif = b"JFIF" in fobj.peek(10)
        finally:
            fobj.close()
        if not is_jfif:
            num_skipped += 1
            # Delete corrupted image
            os.remove(fpath)
assert num_skipped == 1
image_size, batch_size = (20, 20), 16
train_ds, val_ds = keras.utils.image_dataset_from_directory(
    folder, validation_split=0.25, subset="both", seed=1337, image_size=image_size, batch_size=batch_size)
data_augmentation_layers = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.02)]


def data_augmentation(images):
    for layer in data_augmentation_layers:
        images = layer(images)
    return images


train_ds = train_ds.map(lambda img, label: (data_augmentation(img), label), num_parallel_calls=tf_data.AUTOTUNE)
train_ds = train_ds.prefetch(tf_data.AUTOTUNE)
val_ds = val_ds.prefetch(tf_data.AUTOTUNE)


def make_model(input_shape, num_classes):
    inputs = keras.Input(shape=input_shape)
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(16, 3, strides=1, padding="same")(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x  # Set aside residual
    for size in [16, 24]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization(momentum=0.8)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])  # Add back residual
        previous_block_activation = x  # Set aside next residual
    x = layers.GlobalAveragePooling2D()(x)
    units = 1 if num_classes == 2 else num_classes
    x = layers.Dropout(0.25)(x)
    # We specify activation=None so as to return logits
    outputs = layers.Dense(units, activation=None)(x)
    return keras.Model(inputs, outputs)


model = make_model(input_shape=image_size + (3,), num_classes=2)
keras.utils.plot_model(model, to_file=os.path.join(sys.argv[1], "model.png"), show_shapes=True)
callbacks = [keras.callbacks.ModelCheckpoint(os.path.join(sys.argv[1], "save_at_{epoch}.keras"))]
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.BinaryCrossentropy(from_logits=True),
              metrics=[keras.metrics.BinaryAccuracy(name="acc")])
model.fit(train_ds, epochs=10, callbacks=callbacks, validation_data=val_ds, verbose=0)
img = keras.utils.load_img(os.path.join(folder, "Cat", "7.jpg"), target_size=image_size)
img_array = keras.utils.img_to_array(img)
img_array = keras.ops.expand_dims(img_array, 0)  # Create batch axis
predictions = model.predict(img_array)
score = float(keras.ops.sigmoid(predictions[0][0]))
print(f"This image is {100 * (1 - score):.2f}% cat and {100 * score:.2f}% dog.")
print("accuracy:", model.evaluate(train_ds, verbose=0)[1])
