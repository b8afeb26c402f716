# ruff: noqa
'''The classifier from very little data of the Keras blog: images in folders, generators, samples that are counted.'''
import os
import sys
import numpy as np
from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img
from keras.models import Sequential
from keras.layers import Convolution2D, MaxPooling2D
from keras.layers import Activation, Dropout, Flatten, Dense

np.random.seed(0)
folder = sys.argv[1]
for part, count in (('train', 40), ('validation', 16)):
    for name in ('bright', 'dark'):
        os.makedirs(os.path.join(folder, part, name))
        for number in range(count):
            pixels = np.random.uniform(0, 120, (12, 12, 3)) + (100 if name == 'bright' else 0)
            array_to_img(pixels, scale=False).save(os.path.join(folder, part, name, '%d.png' % number))

img = load_img(os.path.join(folder, 'train', 'dark', '0.png'))
x = img_to_array(img)
assert x.shape == (12, 12, 3)

model = Sequential()
model.add(Convolution2D(8, 3, 3, input_shape=(12, 12, 3)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(16))
model.add(Activation('relu'))
model.add(Dropout(0.5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])

train_datagen = ImageDataGenerator(rescale=1. / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
test_datagen = ImageDataGenerator(rescale=1. / 255)
train_generator = train_datagen.flow_from_directory(
    os.path.join(folder, 'train'), target_size=(12, 12), batch_size=16, class_mode='binary')
validation_generator = test_datagen.flow_from_directory(
    os.path.join(folder, 'validation'), target_size=(12, 12), batch_size=16, class_mode='binary')
model.fit_generator(
    train_generator, samples_per_epoch=80, nb_epoch=20, verbose=0,
    validation_data=validation_generator, nb_val_samples=32)
print('accuracy:', model.evaluate_generator(validation_generator, val_samples=32)[1])
