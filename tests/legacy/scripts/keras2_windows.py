# ruff: noqa
"""A Conv1D over windows of a series, as blogs of 2018 have it: `TimeseriesGenerator`, `fit_generator`; and signals of several lengths."""
import numpy as np
from keras.layers import Conv1D, Dense, Dropout, Flatten, GlobalMaxPooling1D, MaxPooling1D
from keras.models import Sequential
from keras.preprocessing.sequence import TimeseriesGenerator, pad_sequences

np.random.seed(0)
series = np.sin(np.arange(600) / 10.)
n_input = 12
generator = TimeseriesGenerator(series.reshape(-1, 1), series, length=n_input, batch_size=8)
assert len(generator) == 74
model = Sequential()
model.add(Conv1D(filters=64, kernel_size=2, activation='relu', input_shape=(n_input, 1)))
model.add(MaxPooling1D(pool_size=2))
model.add(Flatten())
model.add(Dense(50, activation='relu'))
model.add(Dense(1))
model.compile(optimizer='adam', loss='mse')
model.fit_generator(generator, steps_per_epoch=len(generator), epochs=5, verbose=0)
x_input = series[-n_input:].reshape((1, n_input, 1))
print("off by:", abs(model.predict(x_input, verbose=0)[0, 0] - np.sin(600 / 10.)))

signals = [np.cumsum(np.random.randn(np.random.randint(30, 60), 2), axis=0) * (1 if i % 2 else .2) for i in range(160)]
X = pad_sequences(signals, maxlen=50, dtype='float32', padding='post', truncating='post')
y = np.arange(160) % 2
model = Sequential()
model.add(Conv1D(32, 5, activation='relu', input_shape=(50, 2)))
model.add(Dropout(0.2))
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['acc'])
history = model.fit(X, y, epochs=20, batch_size=16, verbose=0)
print("accuracy:", history.history['acc'][-1])
