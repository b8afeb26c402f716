# ruff: noqa
'''The convolutional autoencoder of the Keras blog: adadelta, as a word.'''
import numpy as np
from keras.datasets import digits
from keras.layers import Convolution2D, Input, MaxPooling2D, UpSampling2D
from keras.models import Model

np.random.seed(2)
(x_train, _), (x_test, _) = digits.load_data()
x_train, x_test = x_train.astype('float32') / x_train.max(), x_test.astype('float32') / x_test.max()
input_img = Input(shape=(8, 8, 1))
x = Convolution2D(16, 3, 3, activation='relu', border_mode='same')(input_img)
x = MaxPooling2D((2, 2), border_mode='same')(x)
encoded = Convolution2D(8, 3, 3, activation='relu', border_mode='same')(x)
x = UpSampling2D((2, 2))(encoded)
decoded = Convolution2D(1, 3, 3, activation='sigmoid', border_mode='same')(x)
autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')
autoencoder.fit(x_train, x_train, nb_epoch=10, batch_size=64, shuffle=True, verbose=0, validation_data=(x_test, x_test))
found = autoencoder.predict(x_test)
print('mean square:', ((found - x_test) ** 2).mean())
