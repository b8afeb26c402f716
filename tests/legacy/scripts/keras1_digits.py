# ruff: noqa: E402, UP031
"""A small network on handwritten digits, as it was written for Keras 1."""

import sys

import numpy as np
from sklearn.datasets import load_digits

np.random.seed(1337)

from keras import backend as K
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Activation, Dense, Dropout, Flatten
from keras.models import Sequential
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.utils import np_utils

batch_size = 32
nb_classes = 10
nb_epoch = int(sys.argv[1]) if len(sys.argv) > 1 else 12
img_rows, img_cols = 8, 8
nb_filters = 16

digits = load_digits()
X = digits.images.astype("float32") / 16
X_train, X_test = X[:1400], X[1400:]
y_train, y_test = digits.target[:1400], digits.target[1400:]

if K.image_dim_ordering() == "th":
    X_train = X_train.reshape(X_train.shape[0], 1, img_rows, img_cols)
    X_test = X_test.reshape(X_test.shape[0], 1, img_rows, img_cols)
    input_shape = (1, img_rows, img_cols)
else:
    X_train = X_train.reshape(X_train.shape[0], img_rows, img_cols, 1)
    X_test = X_test.reshape(X_test.shape[0], img_rows, img_cols, 1)
    input_shape = (img_rows, img_cols, 1)
print("X_train shape:", X_train.shape)

Y_train = np_utils.to_categorical(y_train, nb_classes=nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes=nb_classes)

model = Sequential()
model.add(Convolution2D(nb_filters, 3, 3, border_mode="valid", input_shape=input_shape))
model.add(Activation("relu"))
model.add(Convolution2D(nb_filter=nb_filters, nb_row=3, nb_col=3, init="he_normal", W_regularizer=l2(1e-4)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2), border_mode="valid"))
model.add(Dropout(p=0.25))
model.add(Flatten())
model.add(Dense(output_dim=64, init="uniform"))
model.add(Activation("relu"))
model.add(Dense(nb_classes, bias=True))
model.add(Activation("softmax"))

sgd = SGD(lr=0.05, decay=1e-4, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
model.fit(
    X_train,
    Y_train,
    batch_size=batch_size,
    nb_epoch=nb_epoch,
    verbose=0,
    validation_data=(X_test, Y_test),
)
score = model.evaluate(X_test, Y_test, verbose=0)
print("Test score: %.4f" % score[0])
print("Test accuracy: %.4f" % score[1])
