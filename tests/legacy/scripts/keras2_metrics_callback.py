# ruff: noqa
'''F1 after each epoch by a callback on its validation_data; classes weighed by a K.variable in the loss; a layer that scales.'''
import numpy as np
import keras
from keras import backend as K
from keras.callbacks import Callback
from keras.datasets import digits
from keras.engine.topology import Layer
from keras.layers import Activation, Conv2D, Dense, Flatten, GlobalAveragePooling2D, Input, MaxPooling2D, Reshape, multiply
from keras.models import Model
from keras.optimizers import Adam
from keras.utils import to_categorical
from sklearn.metrics import f1_score

np.random.seed(3)


class Metrics(Callback):
    def on_train_begin(self, logs={}):
        self.val_f1s = []

    def on_epoch_end(self, epoch, logs={}):
        val_predict = np.asarray(self.model.predict(self.validation_data[0])).argmax(axis=1)
        val_targ = self.validation_data[1].argmax(axis=1)
        self.val_f1s.append(f1_score(val_targ, val_predict, average='macro'))
        assert set(self.params['metrics']) <= set(logs)


class Scale(Layer):
    def __init__(self, axis=-1, **kwargs):
        self.axis = axis
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        shape = (int(input_shape[self.axis]),)
        self.gamma = K.variable(np.ones(shape), name='{}_gamma'.format(self.name))
        self.beta = K.variable(np.zeros(shape), name='{}_beta'.format(self.name))
        self.trainable_weights = [self.gamma, self.beta]

    def call(self, x, mask=None):
        broadcast_shape = [1] * len(K.int_shape(x))
        broadcast_shape[self.axis] = K.int_shape(x)[self.axis]
        return K.reshape(self.gamma, broadcast_shape) * x + K.reshape(self.beta, broadcast_shape)


def squeeze_excite_block(tensor, ratio=4):
    filters = tensor._keras_shape[1 if K.image_data_format() == 'channels_first' else -1]
    se = Reshape((1, 1, filters))(GlobalAveragePooling2D()(tensor))
    se = Dense(filters // ratio, activation='relu', kernel_initializer='he_normal', use_bias=False)(se)
    se = Dense(filters, activation='sigmoid', kernel_initializer='he_normal', use_bias=False)(se)
    return multiply([tensor, se])


def weighted_categorical_crossentropy(weights):
    weights = K.variable(weights)

    def loss(y_true, y_pred):
        y_pred /= K.sum(y_pred, axis=-1, keepdims=True)
        y_pred = K.clip(y_pred, K.epsilon(), 1 - K.epsilon())
        return -K.sum(y_true * K.log(y_pred) * weights, -1)
    return loss


(x_train, y_train), (x_test, y_test) = digits.load_data()
image = Input(shape=(8, 8, 1))
x = Conv2D(16, (3, 3), padding='same')(image)
x = squeeze_excite_block(Activation('relu')(Scale()(x)))
x = Flatten()(MaxPooling2D()(x))
model = Model(image, Dense(10, activation='softmax')(x))
counts = np.bincount(y_train)
model.compile(Adam(lr=0.01), loss=weighted_categorical_crossentropy(counts.mean() / counts), metrics=['accuracy'])
metrics = Metrics()
model.fit(x_train, to_categorical(y_train, 10), epochs=5, batch_size=64, verbose=0, callbacks=[metrics],
          validation_data=(x_test, to_categorical(y_test, 10)))
print('f1:', metrics.val_f1s[-1])
print('scales that moved:', np.mean(model.layers[2].get_weights()[0] != 1))
