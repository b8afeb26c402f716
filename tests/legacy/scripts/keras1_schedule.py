# ruff: noqa
'''Rates that drop by steps and callbacks of one's own, as tutorials on Keras 1 had them.'''
import math
import numpy as np
from keras.callbacks import Callback, EarlyStopping, LearningRateScheduler
from keras.datasets import digits
from keras.layers import Activation, AveragePooling2D, Convolution2D, Dense, Flatten, ZeroPadding2D
from keras.layers.advanced_activations import LeakyReLU, PReLU
from keras.layers.normalization import BatchNormalization
from keras.models import Sequential
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.utils.np_utils import to_categorical
import keras.backend as K

np.random.seed(5)
(X_train, y_train), (X_test, y_test) = digits.load_data()
Y_train, Y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)


def step_decay(epoch):
    initial_lrate, drop, epochs_drop = 0.1, 0.5, 3.0
    return initial_lrate * math.pow(drop, math.floor((1 + epoch) / epochs_drop))


class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses, self.rates = [], []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))

    def on_epoch_end(self, epoch, logs={}):
        self.rates.append(float(K.get_value(self.model.optimizer.lr)))


model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(8, 8, 1)))
model.add(Convolution2D(8, 3, 3, W_regularizer=l2(1e-4), bias=False))
model.add(BatchNormalization(axis=-1, mode=0))
model.add(LeakyReLU(alpha=0.1))
model.add(AveragePooling2D((2, 2)))
model.add(Convolution2D(16, 3, 3))
model.add(PReLU())
model.add(Flatten())
model.add(Dense(10))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.0, momentum=0.9), metrics=['accuracy'])
history = LossHistory()
model.fit(X_train, Y_train, nb_epoch=8, batch_size=32, verbose=0, validation_split=0.1,
          callbacks=[LearningRateScheduler(step_decay), history, EarlyStopping(monitor='val_loss', patience=6)])
assert np.allclose(history.rates[:6], [0.1, 0.1, 0.05, 0.05, 0.05, 0.025]), history.rates
assert history.losses[-1] < history.losses[0]
print('accuracy:', model.evaluate(X_test, Y_test, verbose=0)[1])
