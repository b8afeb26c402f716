# ruff: noqa
'''LeNet as tutorials with Theano had it: channels first, labels through np_utils, a rate that falls, the best weights kept.'''
from __future__ import print_function
import os
import sys
import numpy
from keras.datasets import digits
from keras.models import Sequential, model_from_json
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.optimizers import SGD
from keras.callbacks import ModelCheckpoint
from keras.utils import np_utils
from keras import backend as K
K.set_image_dim_ordering('th')

seed = 7
numpy.random.seed(seed)
(X_train, y_train), (X_test, y_test) = digits.load_data()
X_train = X_train.reshape(X_train.shape[0], 1, 8, 8).astype('float32')
X_test = X_test.reshape(X_test.shape[0], 1, 8, 8).astype('float32')
y_train = np_utils.to_categorical(y_train)
y_test = np_utils.to_categorical(y_test)
num_classes = y_test.shape[1]


def larger_model():
    model = Sequential()
    model.add(Convolution2D(12, 3, 3, border_mode='same', input_shape=(1, 8, 8), activation='relu'))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Convolution2D(8, 3, 3, activation='relu'))
    model.add(Dropout(0.2))
    model.add(Flatten())
    model.add(Dense(32, activation='relu', init='he_uniform'))
    model.add(Dense(num_classes, activation='softmax'))
    epochs, lrate = 16, 0.2
    sgd = SGD(lr=lrate, momentum=0.9, decay=lrate / epochs, nesterov=False)
    model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
    return model


model = larger_model()
print(model.summary())
filepath = os.path.join(sys.argv[1], 'weights.best.hdf5')
checkpoint = ModelCheckpoint(filepath, monitor='val_acc', verbose=0, save_best_only=True, mode='max')
history = model.fit(X_train, y_train, validation_data=(X_test, y_test), nb_epoch=16, batch_size=64, verbose=0,
                    callbacks=[checkpoint])
loaded = model_from_json(model.to_json())
loaded.load_weights(filepath)
loaded.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
scores = loaded.evaluate(X_test, y_test, verbose=0)
assert abs(max(history.history['val_acc']) - scores[1]) < 1e-6
K.set_image_dim_ordering('tf')
print('accuracy:', scores[1])
