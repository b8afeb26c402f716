# ruff: noqa
'''A module of Inception with Keras 1's merge, weights that are read and set, and a model that is kept and loaded.'''
import os
import sys
import numpy as np
from keras.datasets import digits
from keras.layers import Input, Convolution2D, MaxPooling2D, Flatten, Dense, Dropout, merge, GlobalAveragePooling2D
from keras.models import Model, load_model
from keras.optimizers import Adam
from keras import backend as K

np.random.seed(2)
(X_train, y_train), (X_test, y_test) = digits.load_data()
inp = Input(shape=(8, 8, 1))
x = Convolution2D(8, 3, 3, border_mode='same', activation='relu', name='stem')(inp)
tower_1 = Convolution2D(8, 1, 1, border_mode='same', activation='relu')(x)
tower_1 = Convolution2D(8, 3, 3, border_mode='same', activation='relu')(tower_1)
tower_2 = Convolution2D(8, 1, 1, border_mode='same', activation='relu')(x)
tower_2 = Convolution2D(8, 5, 5, border_mode='same', activation='relu')(tower_2)
tower_3 = MaxPooling2D((3, 3), strides=(1, 1), border_mode='same')(x)
tower_3 = Convolution2D(8, 1, 1, border_mode='same', activation='relu')(tower_3)
output = merge([tower_1, tower_2, tower_3], mode='concat', concat_axis=-1)
shortcut = Convolution2D(24, 1, 1, border_mode='same')(x)
output = merge([output, shortcut], mode='sum')
output = MaxPooling2D((2, 2))(output)
output = Dropout(0.25)(Flatten()(output))
predictions = Dense(10, activation='softmax')(output)
model = Model(input=inp, output=predictions)
model.compile(optimizer=Adam(lr=0.003), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
before = model.get_layer('stem').get_weights()[0].copy()
model.fit(X_train, y_train, batch_size=32, nb_epoch=5, verbose=0)
assert np.abs(model.get_layer('stem').get_weights()[0] - before).max() > 1e-3
K.set_value(model.optimizer.lr, 0.0005)
model.fit(X_train, y_train, batch_size=32, nb_epoch=2, verbose=0)
path = os.path.join(sys.argv[1], 'my_model.h5')
model.save(path)
again = load_model(path)
classes = np.argmax(again.predict(X_test), axis=1)
assert (classes == np.argmax(model.predict(X_test), axis=1)).all()
print('accuracy:', float(np.mean(classes == y_test)))
