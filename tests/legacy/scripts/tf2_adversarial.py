# ruff: noqa
"""The fast gradient sign method: a small change of an image, along the sign of the loss's gradient, that misleads."""
import numpy as np
import tensorflow as tf

tf.random.set_seed(5)
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.digits.load_data()
model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(16, (3, 3), activation="relu", input_shape=(8, 8, 1)), tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=5, verbose=0)
model.trainable = False
loss_object = tf.keras.losses.CategoricalCrossentropy()


def create_adversarial_pattern(input_image, input_label):
    with tf.GradientTape() as tape:
        tape.watch(input_image)
        prediction = model(input_image)
        loss = loss_object(input_label, prediction)
    # Get the gradients of the loss w.r.t to the input image.
    gradient = tape.gradient(loss, input_image)
    # Get the sign of the gradients to create the perturbation
    signed_grad = tf.sign(gradient)
    return signed_grad


images = tf.constant(x_test[:100])
labels = tf.reshape(tf.one_hot(y_test[:100], 10), (100, 10))
perturbations = create_adversarial_pattern(images, labels)
assert set(np.unique(perturbations)) <= {-1.0, 0.0, 1.0}
right = []
for epsilon in (0, 0.25):
    adv_x = images + epsilon * perturbations
    adv_x = tf.clip_by_value(adv_x, 0, 1)
    right.append(float(tf.reduce_mean(tf.cast(tf.argmax(model(adv_x), axis=1) == y_test[:100], tf.float32))))
print("accuracy:", right[0])
print("misled accuracy:", right[1])
