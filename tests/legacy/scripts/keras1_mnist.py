# ruff: noqa: UP031
"""A convolutional network on a part of MNIST, as it was written for Keras 1."""

import sys

from keras.datasets import mnist
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Activation, Dense, Flatten
from keras.models import Sequential
from keras.utils.np_utils import to_categorical

(X_train, y_train), (X_test, y_test) = mnist.load_data(*sys.argv[1:])
X_train = X_train[:6000].reshape(6000, 28, 28, 1).astype("float32") / 255
X_test = X_test[:1000].reshape(1000, 28, 28, 1).astype("float32") / 255
Y_train, Y_test = to_categorical(y_train[:6000]), to_categorical(y_test[:1000])

model = Sequential()
model.add(Convolution2D(nb_filter=32, nb_row=3, nb_col=3, border_mode="valid", input_shape=(28, 28, 1)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(output_dim=10))
model.add(Activation("softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(X_train, Y_train, batch_size=32, nb_epoch=3, verbose=0, validation_data=(X_test, Y_test))

W, b = model.layers[0].get_weights()
print("Filters: %d of %dx%d" % (W.shape[3], W.shape[0], W.shape[1]))
print("Test accuracy: %.4f" % model.evaluate(X_test, Y_test, verbose=0)[1])
print("Last of the history: %.4f" % history.history["val_acc"][-1])
