# ruff: noqa
"""keras.io's PixelCNN: masked convolutions whose kernels are assigned in `call` while they are trained."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(1)
(x, _), (y, _) = keras.datasets.digits.load_data()
data = np.concatenate((x, y), axis=0).reshape(-1, 8, 8, 1)
data = np.where(data < 0.33 * data.max(), 0, 1).astype(np.float32)
n_residual_blocks = 2


class PixelConvLayer(layers.Layer):
    def __init__(self, mask_type, **kwargs):
        super().__init__()
        self.mask_type = mask_type
        self.conv = layers.Conv2D(**kwargs)

    def build(self, input_shape):
        self.conv.build(input_shape)
        kernel_shape = ops.shape(self.conv.kernel)
        self.mask = np.zeros(shape=kernel_shape)
        self.mask[: kernel_shape[0] // 2, ...] = 1.0
        self.mask[kernel_shape[0] // 2, : kernel_shape[1] // 2, ...] = 1.0
        if self.mask_type == "B":
            self.mask[kernel_shape[0] // 2, kernel_shape[1] // 2, ...] = 1.0

    def call(self, inputs):
        self.conv.kernel.assign(self.conv.kernel * self.mask)
        return self.conv(inputs)


class ResidualBlock(keras.layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = keras.layers.Conv2D(filters=filters, kernel_size=1, activation="relu")
        self.pixel_conv = PixelConvLayer(
            mask_type="B", filters=filters // 2, kernel_size=3, activation="relu", padding="same")
        self.conv2 = keras.layers.Conv2D(filters=filters, kernel_size=1, activation="relu")

    def call(self, inputs):
        x = self.conv1(inputs)
        x = self.pixel_conv(x)
        x = self.conv2(x)
        return keras.layers.add([inputs, x])


inputs = keras.Input(shape=(8, 8, 1), batch_size=None)
x = PixelConvLayer(mask_type="A", filters=32, kernel_size=7, activation="relu", padding="same")(inputs)
for _ in range(n_residual_blocks):
    x = ResidualBlock(filters=32)(x)
for _ in range(2):
    x = PixelConvLayer(
        mask_type="B", filters=32, kernel_size=1, strides=1, activation="relu", padding="valid")(x)
out = keras.layers.Conv2D(filters=1, kernel_size=1, strides=1, activation="sigmoid", padding="valid")(x)

pixel_cnn = keras.Model(inputs, out)
pixel_cnn.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss="binary_crossentropy")
history = pixel_cnn.fit(x=data, y=data, batch_size=64, epochs=8, validation_split=0.1, verbose=0)
print("loss:", history.history["val_loss"][-1])

changed = data[:1].copy()
changed[0, 4, 3] = 1 - changed[0, 4, 3]
difference = np.abs(pixel_cnn.predict(data[:1], verbose=0) - pixel_cnn.predict(changed, verbose=0)).reshape(64)
print("moved before it:", difference[: 4 * 8 + 4].max())
print("moved behind it:", difference[4 * 8 + 4 :].max())
