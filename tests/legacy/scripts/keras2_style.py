# ruff: noqa
'''Neural style transfer in small: features of three images in one batch, Gram matrices, L-BFGS by SciPy's kin.'''
import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Input
from keras.models import Model

np.random.seed(7)
content, style = (np.random.uniform(size=(1, 12, 12, 3)) for _ in range(2))
base_image, style_reference_image = K.variable(content), K.variable(style)
combination_image = K.placeholder((1, 12, 12, 3))
input_tensor = K.concatenate([base_image, style_reference_image, combination_image], axis=0)
features = Conv2D(6, (3, 3), activation='relu', padding='same', name='block1_conv1')(input_tensor)


def gram_matrix(x):
    flat = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(flat, K.transpose(flat))


def style_loss(style, combination):
    return K.sum(K.square(gram_matrix(style) - gram_matrix(combination))) / (4. * 9 * 144 ** 2)


loss = K.variable(0.)
loss = loss + 0.025 * K.sum(K.square(features[2, :, :, :] - features[0, :, :, :]))
loss = loss + 50. * style_loss(features[1, :, :, :], features[2, :, :, :])
f_outputs = K.function([combination_image], [loss] + K.gradients(loss, combination_image))
x = np.random.uniform(size=(1, 12, 12, 3))
losses = []
for i in range(30):
    loss_value, grad_values = f_outputs([x])
    losses.append(float(loss_value))
    x = x - 0.5 * grad_values
print('share of the first loss:', losses[-1] / losses[0])
