# ruff: noqa
"""keras.io's filters by gradient ascent on the image, with a tape, and what a ResNet's layer answers to."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(2)
img_width, img_height, layer_name = 48, 48, "conv2_block1_2_relu"
model = keras.applications.ResNet50V2(weights=None, include_top=False, input_shape=(img_width, img_height, 3))
layer = model.get_layer(name=layer_name)
feature_extractor = keras.Model(inputs=model.inputs, outputs=layer.output)


def compute_loss(input_image, filter_index):
    activation = feature_extractor(input_image)
    # We avoid border artifacts by only involving non-border pixels in the loss.
    filter_activation = activation[:, 2:-2, 2:-2, filter_index]
    return tf.reduce_mean(filter_activation)


@tf.function
def gradient_ascent_step(img, filter_index, learning_rate):
    with tf.GradientTape() as tape:
        tape.watch(img)
        loss = compute_loss(img, filter_index)
    # Compute gradients.
    grads = tape.gradient(loss, img)
    # Normalize gradients.
    grads = tf.math.l2_normalize(grads)
    img += learning_rate * grads
    return loss, img


def initialize_image():
    # We start from a gray image with some random noise
    img = tf.random.uniform((1, img_width, img_height, 3))
    # ResNet50V2 expects inputs in the range [-1, +1].
    return (img - 0.5) * 0.25


def visualize_filter(filter_index):
    iterations, learning_rate = 8, 10.0
    img, losses = initialize_image(), []
    for iteration in range(iterations):
        loss, img = gradient_ascent_step(img, filter_index, learning_rate)
        losses.append(float(loss))
    img = deprocess_image(img[0].numpy())
    return losses, img


def deprocess_image(img):
    # Normalize array: center on 0., ensure variance is 0.15
    img -= img.mean()
    img /= img.std() + 1e-5
    img *= 0.15
    # Center crop
    img = img[12:-12, 12:-12, :]
    # Clip to [0, 1]
    img += 0.5
    img = np.clip(img, 0, 1)
    # Convert to RGB array
    img *= 255
    return np.clip(img, 0, 255).astype("uint8")


rose = []
for filter_index in range(3):
    losses, img = visualize_filter(filter_index)
    assert img.shape == (24, 24, 3)
    rose.append(losses[-1] > losses[0])
print("share that rose:", np.mean(rose))
