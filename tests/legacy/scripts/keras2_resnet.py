# ruff: noqa
'''After cifar10_resnet.py: residual blocks, a schedule, ReduceLROnPlateau, checkpoints by epoch, penalties on kernels.'''
from __future__ import print_function
import os
import sys
import numpy as np
import keras
from keras.layers import Dense, Conv2D, BatchNormalization, Activation
from keras.layers import AveragePooling2D, Input, Flatten
from keras.optimizers import Adam
from keras.callbacks import ModelCheckpoint, LearningRateScheduler
from keras.callbacks import ReduceLROnPlateau
from keras.preprocessing.image import ImageDataGenerator
from keras.regularizers import l2
from keras import backend as K
from keras.models import Model
from keras.datasets import digits

np.random.seed(4)
batch_size, epochs, num_classes, subtract_pixel_mean, version, n = 32, 6, 10, True, 1, 1
(x_train, y_train), (x_test, y_test) = digits.load_data()
input_shape = x_train.shape[1:]
x_train, x_test = x_train.astype('float32'), x_test.astype('float32')
if subtract_pixel_mean:
    x_train_mean = np.mean(x_train, axis=0)
    x_train -= x_train_mean
    x_test -= x_train_mean
y_train = keras.utils.to_categorical(y_train, num_classes)
y_test = keras.utils.to_categorical(y_test, num_classes)


def lr_schedule(epoch):
    lr = 3e-3
    if epoch > 4:
        lr *= 1e-1
    return lr


def resnet_layer(inputs, num_filters=16, kernel_size=3, strides=1, activation='relu', batch_normalization=True):
    x = Conv2D(num_filters, kernel_size=kernel_size, strides=strides, padding='same',
               kernel_initializer='he_normal', kernel_regularizer=l2(1e-4))(inputs)
    if batch_normalization:
        x = BatchNormalization()(x)
    if activation is not None:
        x = Activation(activation)(x)
    return x


def resnet_v1(input_shape, num_classes=10):
    num_filters, inputs = 16, Input(shape=input_shape)
    x = resnet_layer(inputs=inputs)
    for stack in range(2):
        strides = 2 if stack else 1
        y = resnet_layer(inputs=x, num_filters=num_filters, strides=strides)
        y = resnet_layer(inputs=y, num_filters=num_filters, activation=None)
        if stack > 0:
            x = resnet_layer(inputs=x, num_filters=num_filters, kernel_size=1, strides=strides, activation=None,
                             batch_normalization=False)
        x = keras.layers.add([x, y])
        x = Activation('relu')(x)
        num_filters *= 2
    x = AveragePooling2D(pool_size=4)(x)
    y = Flatten()(x)
    outputs = Dense(num_classes, activation='softmax', kernel_initializer='he_normal')(y)
    return Model(inputs=inputs, outputs=outputs)


model = resnet_v1(input_shape=input_shape)
model.compile(loss='categorical_crossentropy', optimizer=Adam(lr=lr_schedule(0)), metrics=['accuracy'])
save_dir = os.path.join(sys.argv[1], 'saved_models')
if not os.path.isdir(save_dir):
    os.makedirs(save_dir)
filepath = os.path.join(save_dir, 'digits_ResNet8v1_model.{epoch:03d}.h5')
checkpoint = ModelCheckpoint(filepath=filepath, monitor='val_acc', verbose=1, save_best_only=True)
lr_reducer = ReduceLROnPlateau(factor=np.sqrt(0.1), cooldown=0, patience=5, min_lr=0.5e-6)
datagen = ImageDataGenerator(featurewise_center=False, rotation_range=0, width_shift_range=0.05, height_shift_range=0.05,
                             horizontal_flip=False, vertical_flip=False)
datagen.fit(x_train)
model.fit_generator(datagen.flow(x_train, y_train, batch_size=batch_size), validation_data=(x_test, y_test),
                    epochs=epochs, verbose=0, workers=4,
                    callbacks=[checkpoint, lr_reducer, LearningRateScheduler(lr_schedule)])
best = keras.models.load_model(os.path.join(save_dir, sorted(os.listdir(save_dir))[-1]))
scores = best.evaluate(x_test, y_test, verbose=0)
assert abs(float(K.get_value(model.optimizer.lr)) - 3e-4) < 1e-9
print('Test loss:', scores[0])
print('accuracy:', scores[1])
