# ruff: noqa
'''Which learning rate? A callback that raises it batch by batch; then rates that go up and down (CyclicLR), by K.set_value.'''
import tempfile
import numpy as np
import keras
import keras.backend as K
from keras.callbacks import Callback, LambdaCallback
from keras.datasets import digits
from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential
from keras.optimizers import SGD
from keras.utils import np_utils

np.random.seed(5)
(x_train, y_train), (x_test, y_test) = digits.load_data()
y_train, y_test = np_utils.to_categorical(y_train, 10), np_utils.to_categorical(y_test, 10)


def build():
    model = Sequential()
    model.add(Conv2D(16, (3, 3), activation='relu', input_shape=(8, 8, 1)))
    model.add(Flatten())
    model.add(Dense(10, activation='softmax'))
    model.compile(SGD(lr=0.01, momentum=0.9, nesterov=True), 'categorical_crossentropy', metrics=['accuracy'])
    return model


class LRFinder(object):
    def __init__(self, model):
        self.model, self.losses, self.lrs, self.best_loss = model, [], [], 1e9

    def on_batch_end(self, batch, logs):
        lr = K.get_value(self.model.optimizer.lr)
        self.lrs.append(lr)
        self.losses.append(logs['loss'])
        if batch > 5 and (np.isnan(logs['loss']) or logs['loss'] > self.best_loss * 4):
            self.model.stop_training = True
            return
        self.best_loss = min(self.best_loss, logs['loss'])
        K.set_value(self.model.optimizer.lr, lr * self.lr_mult)

    def find(self, x, y, start_lr, end_lr, batch_size=64, epochs=1):
        self.lr_mult = (float(end_lr) / float(start_lr)) ** (1. / (epochs * len(x) / batch_size))
        weights = tempfile.mkstemp()[1]
        self.model.save_weights(weights)
        original_lr = K.get_value(self.model.optimizer.lr)
        K.set_value(self.model.optimizer.lr, start_lr)
        callback = LambdaCallback(on_batch_end=lambda batch, logs: self.on_batch_end(batch, logs))
        self.model.fit(x, y, batch_size=batch_size, epochs=epochs, callbacks=[callback], verbose=0)
        self.model.load_weights(weights)
        K.set_value(self.model.optimizer.lr, original_lr)


class CyclicLR(Callback):
    def __init__(self, base_lr=0.001, max_lr=0.006, step_size=2000.):
        super(CyclicLR, self).__init__()
        self.base_lr, self.max_lr, self.step_size, self.iterations, self.history = base_lr, max_lr, step_size, 0., {}

    def clr(self):
        cycle = np.floor(1 + self.iterations / (2 * self.step_size))
        x = np.abs(self.iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, (1 - x))

    def on_train_begin(self, logs={}):
        K.set_value(self.model.optimizer.lr, self.clr())

    def on_batch_end(self, epoch, logs=None):
        self.iterations += 1
        self.history.setdefault('lr', []).append(K.get_value(self.model.optimizer.lr))
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
        K.set_value(self.model.optimizer.lr, self.clr())


model = build()
finder = LRFinder(model)
finder.find(x_train, y_train, 1e-4, 1e-1)
print('rates per step:', finder.lrs[11] / finder.lrs[1])
clr = CyclicLR(base_lr=0.001, max_lr=0.05, step_size=10.)
history = model.fit(x_train, y_train, batch_size=64, epochs=4, verbose=0, callbacks=[clr], validation_data=(x_test, y_test))
print('highest rate:', max(clr.history['lr']))
print('accuracy:', history.history['val_acc'][-1])
