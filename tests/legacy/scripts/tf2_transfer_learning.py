# ruff: noqa
"""TensorFlow's tutorial on transfer learning: features first, then the upper layers of the base, with a smaller rate."""
import os
import sys

import numpy as np
import tensorflow as tf

tf.random.set_seed(3)
np.random.seed(3)
PATH = sys.argv[1]
for part, count in (("train", 24), ("validation", 24)):
    for kind, name in enumerate(["cats", "dogs"]):
        os.makedirs(os.path.join(PATH, part, name))
        for number in range(count):
            pixels = np.random.uniform(0, 100, (32, 32, 3)) + 120 * kind
            tf.keras.utils.save_img(os.path.join(PATH, part, name, f"{number}.png"), pixels, scale=False)
BATCH_SIZE, IMG_SIZE = 16, (32, 32)
train_dataset = tf.keras.utils.image_dataset_from_directory(
    os.path.join(PATH, "train"), shuffle=True, batch_size=BATCH_SIZE, image_size=IMG_SIZE)
validation_dataset = tf.keras.utils.image_dataset_from_directory(
    os.path.join(PATH, "validation"), shuffle=True, batch_size=BATCH_SIZE, image_size=IMG_SIZE)
val_batches = tf.data.experimental.cardinality(validation_dataset)
test_dataset = validation_dataset.take(val_batches // 3)
validation_dataset = validation_dataset.skip(val_batches // 3)
assert tf.data.experimental.cardinality(validation_dataset).numpy() == 2
AUTOTUNE = tf.data.AUTOTUNE
train_dataset = train_dataset.prefetch(buffer_size=AUTOTUNE)
data_augmentation = tf.keras.Sequential([
    tf.keras.layers.RandomFlip('horizontal'),
    tf.keras.layers.RandomTranslation(0.1, 0.1),
])
preprocess_input = tf.keras.applications.mobilenet_v2.preprocess_input
IMG_SHAPE = IMG_SIZE + (3,)
base_model = tf.keras.applications.MobileNetV2(input_shape=IMG_SHAPE, include_top=False, weights=None, alpha=0.35)
image_batch, label_batch = next(iter(train_dataset))
feature_batch = base_model(image_batch)
assert feature_batch.shape == (16, 1, 1, 1280)
base_model.trainable = False
global_average_layer = tf.keras.layers.GlobalAveragePooling2D()
prediction_layer = tf.keras.layers.Dense(1, activation='sigmoid')
inputs = tf.keras.Input(shape=(32, 32, 3))
x = data_augmentation(inputs)
x = preprocess_input(x)
x = base_model(x, training=False)
x = global_average_layer(x)
x = tf.keras.layers.Dropout(0.2)(x)
outputs = prediction_layer(x)
model = tf.keras.Model(inputs, outputs)
assert len(model.trainable_variables) == 2
base_learning_rate = 0.01
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=base_learning_rate),
              loss=tf.keras.losses.BinaryCrossentropy(),
              metrics=[tf.keras.metrics.BinaryAccuracy(threshold=0.5, name='accuracy')])
loss0, accuracy0 = model.evaluate(validation_dataset, verbose=0)
history = model.fit(train_dataset, epochs=2, validation_data=validation_dataset, verbose=0)
base_model.trainable = True
fine_tune_at = 100
for layer in base_model.layers[:fine_tune_at]:
    layer.trainable = False
model.compile(loss=tf.keras.losses.BinaryCrossentropy(),
              optimizer=tf.keras.optimizers.RMSprop(learning_rate=base_learning_rate/10),
              metrics=[tf.keras.metrics.BinaryAccuracy(threshold=0.5, name='accuracy')])
assert len(model.trainable_variables) > 50
before = [[weight.numpy() for weight in layer.weights] for layer in base_model.layers]
history_fine = model.fit(train_dataset, epochs=4, initial_epoch=history.epoch[-1], validation_data=validation_dataset,
                         verbose=0)
loss, accuracy = model.evaluate(test_dataset, verbose=0)
image_batch, label_batch = test_dataset.as_numpy_iterator().next()
predictions = model.predict_on_batch(image_batch).flatten()
predictions = tf.where(predictions < 0.5, 0, 1)
assert abs(float(np.mean(predictions.numpy() == label_batch.ravel())) - accuracy) < 1e-6
moved = [any((weight.numpy() != then).any() for weight, then in zip(layer.weights, old))
         for layer, old in zip(base_model.layers, before) if layer.weights]
below = sum(bool(layer.weights) for layer in base_model.layers[:fine_tune_at])
assert history_fine.epoch[-1] == 3 and not any(moved[:below])
print("share of layers that moved:", sum(moved[below:]) / len(moved[below:]))
