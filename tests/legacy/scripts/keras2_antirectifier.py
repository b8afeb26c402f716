# ruff: noqa
'''Keras 2's antirectifier.py: a layer of one's own in the words of the backend.'''
from __future__ import print_function
import numpy as np
import keras
from keras.models import Sequential
from keras import layers
from keras.datasets import digits
from keras import backend as K

np.random.seed(5)


class Antirectifier(layers.Layer):
    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        assert len(shape) == 2
        shape[-1] *= 2
        return tuple(shape)

    def call(self, inputs):
        inputs -= K.mean(inputs, axis=1, keepdims=True)
        inputs = K.l2_normalize(inputs, axis=1)
        pos = K.relu(inputs)
        neg = K.relu(-inputs)
        return K.concatenate([pos, neg], axis=1)


(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = x_train.reshape(-1, 64).astype('float32'), x_test.reshape(-1, 64).astype('float32')
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)
model = Sequential()
model.add(layers.Dense(64, input_shape=(64,)))
model.add(Antirectifier())
model.add(layers.Dropout(0.1))
model.add(layers.Dense(64))
model.add(Antirectifier())
model.add(layers.Dropout(0.1))
model.add(layers.Dense(10))
model.add(layers.Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=128, epochs=8, verbose=0, validation_data=(x_test, y_test))
print('accuracy:', model.evaluate(x_test, y_test, verbose=0)[1])
