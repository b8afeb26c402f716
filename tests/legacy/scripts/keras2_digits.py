# ruff: noqa: UP031
"""A small network on handwritten digits, as it was written for Keras 2."""

import sys

import keras
from keras import backend as K
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from sklearn.datasets import load_digits

batch_size = 32
num_classes = 10
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 12

digits = load_digits()
x = digits.images.astype("float32") / 16
x_train, x_test = x[:1400], x[1400:]
y_train, y_test = digits.target[:1400], digits.target[1400:]

if K.image_data_format() == "channels_first":
    x_train = x_train.reshape(x_train.shape[0], 1, 8, 8)
    x_test = x_test.reshape(x_test.shape[0], 1, 8, 8)
    input_shape = (1, 8, 8)
else:
    x_train = x_train.reshape(x_train.shape[0], 8, 8, 1)
    x_test = x_test.reshape(x_test.shape[0], 8, 8, 1)
    input_shape = (8, 8, 1)
print("x_train shape:", x_train.shape)

y_train = keras.utils.to_categorical(y_train, num_classes)
y_test = keras.utils.to_categorical(y_test, num_classes)

model = Sequential()
model.add(Conv2D(16, kernel_size=(3, 3), activation="relu", input_shape=input_shape))
model.add(Conv2D(16, (3, 3), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(64, activation="relu", kernel_initializer="he_uniform"))
model.add(Dense(num_classes, activation="softmax"))

model.compile(
    loss=keras.losses.categorical_crossentropy,
    optimizer=keras.optimizers.Adam(lr=0.003),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=0, validation_data=(x_test, y_test))
print("epochs:", len(history.history["loss"]))
score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss: %.4f" % score[0])
print("Test accuracy: %.4f" % score[1])
