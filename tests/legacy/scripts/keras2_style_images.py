# ruff: noqa
'''Keras 2's neural_style_transfer.py: three images go through one network, which begins with their concatenation.'''
from __future__ import print_function
import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from keras.applications import mobilenet
from keras import backend as K

np.random.seed(0)
rows = cols = 32
lines = np.tile(np.sin(np.arange(rows) * 1.5)[:, None, None], (1, cols, 3))[np.newaxis]
spots = np.random.uniform(-1, 1, (1, rows, cols, 3))
base_image, style_reference_image = K.variable(spots), K.variable(lines)
combination_image = K.placeholder((1, rows, cols, 3))
input_tensor = K.concatenate([base_image, style_reference_image, combination_image], axis=0)
model = mobilenet.MobileNet(alpha=0.25, input_tensor=input_tensor, weights=None, include_top=False)
outputs_dict = dict([(layer.name, layer.output) for layer in model.layers])


def gram_matrix(x):
    assert K.ndim(x) == 3
    features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(features, K.transpose(features))


def total_variation_loss(x):
    a = K.square(x[:, :rows - 1, :cols - 1, :] - x[:, 1:, :cols - 1, :])
    b = K.square(x[:, :rows - 1, :cols - 1, :] - x[:, :rows - 1, 1:, :])
    return K.sum(K.pow(a + b, 1.25))


loss = K.variable(0.0)
features = outputs_dict['conv_pw_2_relu']
loss = loss + 0.001 * K.sum(K.square(features[2, :, :, :] - features[0, :, :, :]))
for name in ['conv1_relu', 'conv_pw_1_relu']:
    features = outputs_dict[name]
    loss = loss + K.sum(K.square(gram_matrix(features[1, :, :, :]) - gram_matrix(features[2, :, :, :]))) / 100.
loss = loss + 1e-4 * total_variation_loss(combination_image)
grads = K.gradients(loss, combination_image)
outputs = [loss]
if isinstance(grads, (list, tuple)):
    outputs += grads
else:
    outputs.append(grads)
f_outputs = K.function([combination_image], outputs)


def loss_and_grads(x):
    outs = f_outputs([x.reshape((1, rows, cols, 3))])
    return float(outs[0]), outs[1].flatten().astype('float64')


x = spots.flatten()
first, _ = loss_and_grads(x)
x, last, info = fmin_l_bfgs_b(loss_and_grads, x, maxfun=20)
print('share of the first loss:', last / first)
