# ruff: noqa
"""TensorFlow's tutorial on image classification: a folder, a pipeline, layers that vary images, logits, one new photo."""
import os
import pathlib
import sys

import numpy as np
import PIL
import tensorflow as tf

from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

tf.random.set_seed(1)
np.random.seed(1)
data_dir = pathlib.Path(sys.argv[1]) / "flower_photos"
for kind, name in enumerate(["daisy", "roses", "tulips"]):
    (data_dir / name).mkdir(parents=True)
    for number in range(40):
        pixels = np.random.uniform(0, 120, (24, 20, 3))
        pixels[..., kind] += 100
        PIL.Image.fromarray(pixels.astype("uint8")).save(data_dir / name / f"{number}.jpg")
image_count = len(list(data_dir.glob("*/*.jpg")))
print(image_count)
batch_size, img_height, img_width = 16, 20, 20
train_ds = tf.keras.utils.image_dataset_from_directory(
    data_dir, validation_split=0.2, subset="training", seed=123, image_size=(img_height, img_width), batch_size=batch_size)
val_ds = tf.keras.utils.image_dataset_from_directory(
    data_dir, validation_split=0.2, subset="validation", seed=123, image_size=(img_height, img_width), batch_size=batch_size)
class_names = train_ds.class_names
for images, labels in train_ds.take(1):
    assert images[0].numpy().astype("uint8").shape == (20, 20, 3) and class_names[labels[0]] in class_names
for image_batch, labels_batch in train_ds:
    print(image_batch.shape)
    print(labels_batch.shape)
    break
AUTOTUNE = tf.data.AUTOTUNE
train_ds = train_ds.cache().shuffle(1000).prefetch(buffer_size=AUTOTUNE)
val_ds = val_ds.cache().prefetch(buffer_size=AUTOTUNE)
normalization_layer = layers.Rescaling(1./255)
normalized_ds = train_ds.map(lambda x, y: (normalization_layer(x), y))
image_batch, labels_batch = next(iter(normalized_ds))
first_image = image_batch[0]
assert 0 <= np.min(first_image) and np.max(first_image) <= 1
num_classes = len(class_names)
data_augmentation = keras.Sequential([
    layers.RandomFlip("horizontal", input_shape=(img_height, img_width, 3)),
    layers.RandomRotation(0.1),
    layers.RandomZoom(0.1),
])
model = Sequential([
    data_augmentation,
    layers.Rescaling(1./255),
    layers.Conv2D(8, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Dropout(0.2),
    layers.Flatten(),
    layers.Dense(32, activation='relu'),
    layers.Dense(num_classes, name="outputs")
])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
model.summary()
history = model.fit(train_ds, validation_data=val_ds, epochs=6, verbose=0)
acc, val_acc = history.history['accuracy'], history.history['val_accuracy']
path = os.path.join(sys.argv[1], "592px-Red.jpg")
PIL.Image.fromarray(np.uint8([[[110, 170, 105]]]).repeat(30, 0).repeat(30, 1)).save(path)
img = tf.keras.utils.load_img(path, target_size=(img_height, img_width))
img_array = tf.keras.utils.img_to_array(img)
img_array = tf.expand_dims(img_array, 0)  # Create a batch
predictions = model.predict(img_array)
score = tf.nn.softmax(predictions[0])
print("This image most likely belongs to {} with a {:.2f} percent confidence."
      .format(class_names[np.argmax(score)], 100 * np.max(score)))
print("accuracy:", val_acc[-1])
