# ruff: noqa
"""Forecasting: windows of a series by timeseries_dataset_from_array, causal convolutions."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(2)
time = np.arange(900)
series = (np.sin(time / 7) + 0.1 * np.random.default_rng(0).normal(size=900)).astype("float32")[:, None]
past = 24


def windows(start, end, shuffle=False):
    return keras.utils.timeseries_dataset_from_array(
        series, series[past:], sequence_length=past, batch_size=64, shuffle=shuffle, start_index=start, end_index=end)


train, test = keras.utils.timeseries_dataset_from_array(
    series[:700], series[past:700], sequence_length=past, batch_size=64, shuffle=True, seed=1), windows(700, 876)
for inputs, targets in train.take(1):
    assert inputs.numpy().shape == (64, past, 1) and targets.numpy().shape == (64, 1)
model = keras.Sequential([
    keras.Input((past, 1)),
    layers.Conv1D(8, 3, padding="causal", activation="relu"),
    layers.Conv1D(8, 3, padding="causal", dilation_rate=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
model.fit(train, epochs=8, verbose=0)
loss, mae = model.evaluate(test, verbose=0)
print("mean square:", loss)  # the noise alone is 0.01
print("predictions:", len(model.predict(test, verbose=0)))
