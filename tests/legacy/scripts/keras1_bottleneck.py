# ruff: noqa
'''Bottleneck features, as the blog's second part had them: what a network without its top says is kept in files.'''
import os
import sys
import numpy as np
from keras.preprocessing.image import ImageDataGenerator, array_to_img
from keras.models import Sequential
from keras.layers import Dropout, Flatten, Dense
from keras import applications

np.random.seed(1)
folder = sys.argv[1]
for part, count in (('train', 24), ('validation', 16)):
    for name in ('cats', 'dogs'):
        os.makedirs(os.path.join(folder, part, name))
        for number in range(count):
            pixels = np.random.uniform(0, 90, (32, 32, 3))
            pixels[:, ::4] += 120 * (name == 'cats')
            pixels[::4] += 120 * (name == 'dogs')
            array_to_img(pixels, scale=False).save(os.path.join(folder, part, name, '%d.png' % number))
nb_train_samples, nb_validation_samples, batch_size = 48, 32, 16
top_model_weights_path = os.path.join(folder, 'bottleneck_fc_model.h5')


def save_bottleneck_features():
    datagen = ImageDataGenerator(rescale=1. / 255)
    model = applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    for part, samples in (('train', nb_train_samples), ('validation', nb_validation_samples)):
        generator = datagen.flow_from_directory(
            os.path.join(folder, part), target_size=(32, 32), batch_size=batch_size, class_mode=None, shuffle=False)
        features = model.predict_generator(generator, samples // batch_size)
        np.save(open(os.path.join(folder, 'bottleneck_features_%s.npy' % part), 'wb'), features)


def train_top_model():
    train_data = np.load(open(os.path.join(folder, 'bottleneck_features_train.npy'), 'rb'))
    train_data, scale = train_data / train_data.std(), train_data.std()
    train_labels = np.array([0] * (nb_train_samples // 2) + [1] * (nb_train_samples // 2))
    validation_data = np.load(open(os.path.join(folder, 'bottleneck_features_validation.npy'), 'rb')) / scale
    validation_labels = np.array([0] * (nb_validation_samples // 2) + [1] * (nb_validation_samples // 2))
    model = Sequential()
    model.add(Flatten(input_shape=train_data.shape[1:]))
    model.add(Dense(64, activation='relu'))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation='sigmoid'))
    model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
    model.fit(train_data, train_labels, nb_epoch=20, batch_size=batch_size, verbose=0,
              validation_data=(validation_data, validation_labels))
    model.save_weights(top_model_weights_path)
    return model.evaluate(validation_data, validation_labels, verbose=0)[1]


save_bottleneck_features()
print('accuracy:', train_top_model())
