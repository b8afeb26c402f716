# ruff: noqa
'''Two branches that are merged, with callbacks and the optimisers and activations of Keras 1.'''
import numpy as np
from keras.callbacks import EarlyStopping, LearningRateScheduler
from keras.datasets import digits
from keras.layers import Convolution2D, Dense, Flatten, Input, merge
from keras.models import Model
from keras.optimizers import Nadam
from keras.utils.np_utils import to_categorical

np.random.seed(5)
(X_train, y_train), (X_test, y_test) = digits.load_data()
a = Input(shape=X_train.shape[1:])
left = Convolution2D(8, 3, 3, init='he_normal', activation='hard_sigmoid', subsample=(2, 2))(a)
right = Convolution2D(8, 5, 5, init='orthogonal', activation='relu', W_regularizer='l2')(a)
both = merge([Flatten()(left), Flatten()(right)], mode='concat')
model = Model(input=a, output=Dense(10, activation='softmax')(both))
model.compile(optimizer=Nadam(), loss='categorical_crossentropy', metrics=['accuracy'])
stop = EarlyStopping(monitor='val_loss', patience=2)
rates = LearningRateScheduler(lambda epoch: 0.004 * 0.95 ** epoch)
history = model.fit(X_train, to_categorical(y_train, 10), nb_epoch=15, verbose=0, callbacks=[stop, rates],
                    validation_data=(X_test, to_categorical(y_test, 10)))
print('accuracy:', max(history.history['val_acc']))
