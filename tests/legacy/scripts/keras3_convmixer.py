# ruff: noqa
"""keras.io's ConvMixer: patches, depthwise convolutions with residuals, AdamW, the filters of the patches looked at."""
import os
import sys
import keras
from keras import layers
import numpy as np

keras.utils.set_random_seed(5)
learning_rate, weight_decay, batch_size, num_epochs = 0.005, 0.0001, 64, 16
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train * 255, x_test * 255
val_split = 0.1
val_indices = int(len(x_train) * val_split)
new_x_train, new_y_train = x_train[val_indices:], y_train[val_indices:]
x_val, y_val = x_train[:val_indices], y_train[:val_indices]


def activation_block(x):
    x = layers.Activation("gelu")(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def conv_stem(x, filters: int, patch_size: int):
    x = layers.Conv2D(filters, kernel_size=patch_size, strides=patch_size)(x)
    return activation_block(x)


def conv_mixer_block(x, filters: int, kernel_size: int):
    # Depthwise convolution.
    x0 = x
    x = layers.DepthwiseConv2D(kernel_size=kernel_size, padding="same")(x)
    x = layers.Add()([activation_block(x), x0])  # Residual.
    # Pointwise convolution.
    x = layers.Conv2D(filters, kernel_size=1)(x)
    x = activation_block(x)
    return x


def get_conv_mixer_256_8(image_size=8, filters=16, depth=2, kernel_size=3, patch_size=2, num_classes=10):
    inputs = keras.Input((image_size, image_size, 1))
    x = layers.Rescaling(scale=1.0 / 255)(inputs)
    x = conv_stem(x, filters, patch_size)
    for _ in range(depth):
        x = conv_mixer_block(x, filters, kernel_size)
    x = layers.GlobalAvgPool2D()(x)
    outputs = layers.Dense(num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs)


def run_experiment(model):
    optimizer = keras.optimizers.AdamW(learning_rate=learning_rate, weight_decay=weight_decay)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    checkpoint_filepath = os.path.join(sys.argv[1], "checkpoint.keras")
    checkpoint_callback = keras.callbacks.ModelCheckpoint(
        checkpoint_filepath, monitor="val_accuracy", save_best_only=True, save_weights_only=False)
    history = model.fit(new_x_train, new_y_train, batch_size=batch_size, validation_data=(x_val, y_val),
                        epochs=num_epochs, callbacks=[checkpoint_callback], verbose=0)
    model.load_weights(checkpoint_filepath)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"Test accuracy: {round(accuracy * 100, 2)}%")
    return history, model, accuracy


history, conv_mixer_model, accuracy = run_experiment(get_conv_mixer_256_8())
patch_embeddings = conv_mixer_model.layers[2].get_weights()[0]
assert patch_embeddings.shape == (2, 2, 1, 16)
kernel = [layer for layer in conv_mixer_model.layers if isinstance(layer, layers.DepthwiseConv2D)][0].get_weights()[0]
assert kernel.shape == (3, 3, 16, 1) and np.isfinite(kernel).all()
print("accuracy:", accuracy)
