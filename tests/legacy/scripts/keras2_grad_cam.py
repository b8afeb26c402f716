# ruff: noqa
'''Grad-CAM as the gists of 2017 write it: where a class is seen, by K.gradients and K.function.'''
import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Dense, GlobalAveragePooling2D
from keras.models import Sequential
from keras.optimizers import Adam

np.random.seed(4)
x = np.random.uniform(0, 0.2, (200, 12, 12, 1))
y = np.zeros((200, 2))
for number in range(200):
    kind, row, column = number % 2, np.random.randint(9), np.random.randint(9)
    y[number, kind] = 1
    if kind:
        x[number, row:row + 3, column:column + 3] += 0.8
model = Sequential([Conv2D(8, (3, 3), activation='relu', input_shape=(12, 12, 1), name='conv'),
                    GlobalAveragePooling2D(), Dense(2, activation='softmax')])
model.compile(Adam(lr=0.02), 'categorical_crossentropy', metrics=['acc'])
model.fit(x, y, epochs=15, batch_size=20, verbose=0)

image = np.full((1, 12, 12, 1), 0.1)
image[0, 1:4, 7:10] = 0.9
class_output = model.output[:, 1]
last_conv_layer = model.get_layer('conv')
grads = K.gradients(class_output, last_conv_layer.output)[0]
pooled_grads = K.mean(grads, axis=(0, 1, 2))
iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
pooled_grads_value, conv_layer_output_value = iterate([image])
for i in range(8):
    conv_layer_output_value[:, :, i] *= pooled_grads_value[i]
heatmap = np.maximum(np.mean(conv_layer_output_value, axis=-1), 0)
row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
print('accuracy:', model.evaluate(x, y, verbose=0)[1])
print('distance:', np.hypot(row - 1, column - 7))
