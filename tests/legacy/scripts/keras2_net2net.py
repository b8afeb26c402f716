# ruff: noqa
'''Keras 2's mnist_net2net.py: a wider and a deeper student begin with what the teacher computes.'''
from __future__ import print_function
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Dense, Flatten
from keras.optimizers import SGD
from keras.datasets import digits

np.random.seed(4)
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = x_train.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)


def build(width, deeper=None):
    model = Sequential()
    model.add(Conv2D(width, 3, input_shape=(8, 8, 1), padding='same', name='conv1'))
    model.add(MaxPooling2D(2, name='pool1'))
    model.add(Conv2D(8, 3, padding='same', name='conv2'))
    if deeper is not None:
        model.add(Conv2D(8, 3, padding='same', name='conv2-deeper', weights=deeper))
    model.add(MaxPooling2D(2, name='pool2'))
    model.add(Flatten(name='flatten'))
    model.add(Dense(32, activation='relu', name='fc1'))
    if deeper is not None:
        model.add(Dense(32, kernel_initializer='identity', activation='relu', name='fc1-deeper'))
    model.add(Dense(10, activation='softmax', name='fc2'))
    model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.02, momentum=0.9), metrics=['accuracy'])
    return model


def copy_weights(teacher, student, names):
    for name in names:
        student.get_layer(name=name).set_weights(teacher.get_layer(name=name).get_weights())


teacher = build(8)
teacher.fit(x_train, y_train, batch_size=64, epochs=6, verbose=0, validation_data=(x_test, y_test))

w1, b1 = teacher.get_layer('conv1').get_weights()
w2, b2 = teacher.get_layer('conv2').get_weights()
index = np.random.randint(w1.shape[3], size=4)
factors = np.bincount(index)[index] + 1.
new_w2 = w2[:, :, index, :] / factors.reshape((1, 1, -1, 1))
wide_w2 = np.concatenate((w2, new_w2), axis=2)
wide_w2[:, :, index, :] = new_w2
wider = build(12)
copy_weights(teacher, wider, ['fc1', 'fc2'])
wider.get_layer('conv1').set_weights([np.concatenate((w1, w1[:, :, :, index]), axis=3), np.concatenate((b1, b1[index]))])
wider.get_layer('conv2').set_weights([wide_w2, b2])

kernel = np.zeros_like(np.zeros((3, 3, 8, 8)))
for i in range(8):
    kernel[1, 1, i, i] = 1.
deeper = build(8, deeper=[kernel, np.zeros(8)])
copy_weights(teacher, deeper, ['conv1', 'conv2', 'fc1', 'fc2'])

told = teacher.predict(x_test)
print('wider differs by:', abs(wider.predict(x_test) - told).max())
print('deeper differs by:', abs(deeper.predict(x_test) - told).max())
deeper.fit(x_train, y_train, batch_size=64, epochs=2, verbose=0)
print('accuracy:', deeper.evaluate(x_test, y_test, verbose=0)[1])
