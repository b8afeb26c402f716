# ruff: noqa
'''A variational autoencoder: sampling in a Lambda layer, a loss of both parts.'''
import numpy as np
from keras import backend as K
from keras.datasets import digits
from keras.layers import Dense, Input, Lambda
from keras.models import Model

np.random.seed(6)
(x_train, _), (x_test, _) = digits.load_data()
x_train = x_train.reshape(len(x_train), -1) / x_train.max()
x_test = x_test.reshape(len(x_test), -1) / x_test.max()
x = Input(shape=(64,))
h = Dense(64, activation='relu')(x)
z_mean, z_log_var = Dense(4)(h), Dense(4)(h)


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(K.shape(z_mean)[0], 4), mean=0., stddev=1.)
    return z_mean + K.exp(z_log_var / 2) * epsilon


z = Lambda(sampling, output_shape=(4,))([z_mean, z_log_var])
x_decoded_mean = Dense(64, activation='sigmoid')(Dense(64, activation='relu')(z))
vae = Model(x, x_decoded_mean)


def reconstruction(y_true, y_pred):
    return 64 * K.mean(K.binary_crossentropy(y_true, y_pred), axis=-1)


vae.compile(optimizer='rmsprop', loss=reconstruction)
history = vae.fit(x_train, x_train, shuffle=True, epochs=10, batch_size=50, verbose=0)
print('share of the first loss:', history.history['loss'][-1] / history.history['loss'][0])
