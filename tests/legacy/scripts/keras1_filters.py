# ruff: noqa
'''How convolutional networks see the world: images that a filter answers most to, by gradient ascent.'''
import numpy as np
from keras import backend as K
from keras.models import Sequential
from keras.layers import Convolution2D, MaxPooling2D

np.random.seed(1)
model = Sequential()
model.add(Convolution2D(6, 3, 3, activation='relu', border_mode='same', name='conv1', input_shape=(16, 16, 3)))
model.add(MaxPooling2D((2, 2)))
model.add(Convolution2D(8, 3, 3, activation='relu', border_mode='same', name='conv2'))
layer_dict = dict([(layer.name, layer) for layer in model.layers])
input_img = model.input


def normalize(x):
    return x / (K.sqrt(K.mean(K.square(x))) + 1e-5)


rises = []
for filter_index in range(4):
    layer_output = layer_dict['conv2'].output
    loss = K.mean(layer_output[:, :, :, filter_index])
    grads = normalize(K.gradients(loss, input_img)[0])
    iterate = K.function([input_img], [loss, grads])
    input_img_data = np.random.random((1, 16, 16, 3)) * 0.1
    values = []
    for i in range(15):
        loss_value, grads_value = iterate([input_img_data])
        input_img_data += grads_value * 0.2
        values.append(loss_value)
    rises.append(values[-1] > values[0])
print('share that rose:', np.mean(rises))
