# ruff: noqa
'''A U-Net for masks: a loss of one's own from K, pairs of generators zipped with one seed, weights loaded again.'''
import os
import sys
import numpy as np
from keras import backend as K
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.layers import Conv2D, Conv2DTranspose, Dropout, Input, MaxPooling2D, UpSampling2D, concatenate
from keras.models import Model, load_model
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(8)
smooth = 1.


def dice_coef(y_true, y_pred):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_coef_loss(y_true, y_pred):
    return -dice_coef(y_true, y_pred)


def get_unet():
    inputs = Input((16, 16, 1))
    conv1 = Conv2D(8, (3, 3), activation='relu', padding='same', kernel_initializer='he_normal')(inputs)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = Conv2D(16, (3, 3), activation='relu', padding='same', kernel_initializer='he_normal')(pool1)
    drop2 = Dropout(0.2)(conv2)
    up3 = concatenate([Conv2DTranspose(8, (2, 2), strides=(2, 2), padding='same')(drop2), conv1], axis=3)
    conv3 = Conv2D(8, 3, activation='relu', padding='same', kernel_initializer='he_normal')(up3)
    conv4 = Conv2D(1, (1, 1), activation='sigmoid')(conv3)
    model = Model(inputs=[inputs], outputs=[conv4])
    model.compile(optimizer=Adam(lr=5e-3), loss=dice_coef_loss, metrics=[dice_coef])
    return model


def shapes(count):
    masks = np.zeros((count, 16, 16, 1), dtype='float32')
    for mask in masks:
        row, column = np.random.randint(1, 8, 2)
        mask[row:row + 7, column:column + 7] = 1.
    return masks * 0.5 + np.random.normal(0.2, 0.1, masks.shape), masks


x_train, y_train = shapes(96)
x_test, y_test = shapes(32)
data_gen_args = dict(rotation_range=10., width_shift_range=0.1, height_shift_range=0.1, horizontal_flip=True)
image_datagen, mask_datagen = ImageDataGenerator(**data_gen_args), ImageDataGenerator(**data_gen_args)
image_generator = image_datagen.flow(x_train, batch_size=16, seed=1)
mask_generator = mask_datagen.flow(y_train, batch_size=16, seed=1)
train_generator = zip(image_generator, mask_generator)
path = os.path.join(sys.argv[1], 'unet.hdf5')
model = get_unet()
model.fit_generator(train_generator, steps_per_epoch=6, epochs=8, verbose=0, validation_data=(x_test, y_test),
                    callbacks=[ModelCheckpoint(path, monitor='val_loss', verbose=0, save_best_only=True)])
best = load_model(path, custom_objects={'dice_coef_loss': dice_coef_loss, 'dice_coef': dice_coef})
print('dice:', best.evaluate(x_test, y_test, verbose=0)[1])
