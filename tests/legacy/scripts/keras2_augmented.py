# ruff: noqa
'''After cifar10_cnn.py: images that are changed at random, a rate that decays, a file of the history.'''
import os
import sys
import numpy as np
import keras
from keras.callbacks import CSVLogger
from keras.datasets import digits
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(3)
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = x_train.astype('float32'), x_test.astype('float32')
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)
model = Sequential([
    Conv2D(16, (3, 3), padding='same', input_shape=(8, 8, 1)), BatchNormalization(), Activation('relu'),
    Conv2D(16, (3, 3), strides=2), Activation('relu'), Flatten(), Dense(10, activation='softmax')])
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.004, decay=1e-4), metrics=['accuracy'])
datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rotation_range=8,
                             width_shift_range=0.1, height_shift_range=0.1, fill_mode='nearest')
datagen.fit(x_train)
log = os.path.join(sys.argv[1], 'training.csv')
model.fit_generator(datagen.flow(x_train, y_train, batch_size=64), steps_per_epoch=len(x_train) // 64, epochs=8,
                    verbose=0, workers=4, callbacks=[CSVLogger(log)])
assert len(open(log).read().splitlines()) == 9
test = datagen.standardize(x_test.copy())
print('accuracy:', model.evaluate(test, y_test, verbose=0)[1])
