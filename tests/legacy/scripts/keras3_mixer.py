# ruff: noqa
"""keras.io's MLP-Mixer: an image as a row of patches, which are mixed along the row and along the channels."""
import keras
from keras import layers

keras.utils.set_random_seed(2)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)
patch_size, num_patches, embedding_dim = 2, 16, 32


class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, x):
        patches = keras.ops.image.extract_patches(x, self.patch_size)
        batch, rows, columns, size = keras.ops.shape(patches)
        return keras.ops.reshape(patches, (batch, rows * columns, size))


class MLPMixerLayer(layers.Layer):
    def __init__(self, num_patches, hidden_units, dropout_rate, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mlp1 = keras.Sequential(
            [layers.Dense(num_patches, activation="gelu"), layers.Dense(num_patches), layers.Dropout(dropout_rate)])
        self.mlp2 = keras.Sequential(
            [layers.Dense(num_patches, activation="gelu"), layers.Dense(hidden_units), layers.Dropout(dropout_rate)])
        self.normalize = layers.LayerNormalization(epsilon=1e-6)

    def build(self, input_shape):
        return super().build(input_shape)

    def call(self, inputs):
        x = self.normalize(inputs)
        x = keras.ops.transpose(self.mlp1(keras.ops.transpose(x, axes=(0, 2, 1))), axes=(0, 2, 1)) + inputs
        return x + self.mlp2(self.normalize(x))


data_augmentation = keras.Sequential([layers.Normalization(), layers.RandomTranslation(0.05, 0.05)])
data_augmentation.layers[0].adapt(x_train)
inputs = layers.Input(shape=(8, 8, 1))
x = layers.Dense(embedding_dim)(Patches(patch_size)(data_augmentation(inputs)))
x = keras.Sequential([MLPMixerLayer(num_patches, embedding_dim, 0.1) for _ in range(2)])(x)
x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
model = keras.Model(inputs, layers.Dense(10)(x))
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=0.005, weight_decay=0.0001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc"), keras.metrics.SparseTopKCategoricalAccuracy(5, name="top5")],
)
model.fit(x_train, y_train, batch_size=64, epochs=10, validation_split=0.1, verbose=0)
_, accuracy, top_5 = model.evaluate(x_test, y_test, verbose=0)
print("accuracy:", accuracy)
print("top 5:", top_5)
