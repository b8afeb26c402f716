# ruff: noqa
'''A Siamese network: one base for two images, their distance, a contrastive loss of one's own.'''
import numpy as np
from keras import backend as K
from keras.datasets import digits
from keras.layers import Dense, Dropout, Flatten, Input, Lambda
from keras.models import Model, Sequential
from keras.optimizers import RMSprop

np.random.seed(8)
(x_train, y_train), _ = digits.load_data()
x_train = x_train.astype('float32') / x_train.max()


def euclidean_distance(vects):
    x, y = vects
    return K.sqrt(K.maximum(K.sum(K.square(x - y), axis=1, keepdims=True), K.epsilon()))


def contrastive_loss(y_true, y_pred):
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(1 - y_pred, 0)))


def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, K.dtype(y_true))))


first = np.random.randint(len(x_train), size=3000)
same = np.array([np.random.choice(np.flatnonzero(y_train == y_train[number])) for number in first])
second = np.where(np.arange(3000) % 2, same, np.random.randint(len(x_train), size=3000))
y = (y_train[first] == y_train[second]).astype('float32')[:, None]
base = Sequential([Flatten(input_shape=(8, 8, 1)), Dense(64, activation='relu'), Dropout(0.1), Dense(32)])
input_a, input_b = Input((8, 8, 1)), Input((8, 8, 1))
distance = Lambda(euclidean_distance)([base(input_a), base(input_b)])
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer=RMSprop(lr=0.002), metrics=[accuracy])
model.fit([x_train[first], x_train[second]], y, batch_size=128, epochs=10, verbose=0)
near = model.predict([x_train[first], x_train[second]]) < 0.5
print('accuracy:', (near == y).mean())
