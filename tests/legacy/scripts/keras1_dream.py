# ruff: noqa
'''Deep dream in small: a loss over several layers with a continuity penalty, raised by the gradient that K gives.'''
import numpy as np
from keras import backend as K
from keras.applications import vgg16
from keras.layers import Input

np.random.seed(0)
size = 32
settings = {'features': {'block1_conv2': 0.05, 'block2_conv1': 0.02}, 'continuity': 0.1, 'dream_l2': 0.8}
dream = Input(batch_shape=(1, size, size, 3))
model = vgg16.VGG16(input_tensor=dream, weights=None, include_top=False)
layer_dict = dict([(layer.name, layer) for layer in model.layers])


def continuity_loss(x):
    assert K.ndim(x) == 4
    a = K.square(x[:, :size - 1, :size - 1, :] - x[:, 1:, :size - 1, :])
    b = K.square(x[:, :size - 1, :size - 1, :] - x[:, :size - 1, 1:, :])
    return K.sum(K.pow(a + b, 1.25))


loss = K.variable(0.)
for layer_name in settings['features']:
    x = layer_dict[layer_name].output
    shape = layer_dict[layer_name].output_shape
    loss -= settings['features'][layer_name] * K.sum(K.square(x[:, 2: shape[1] - 2, 2: shape[2] - 2, :])) / np.prod(shape[1:])
loss += settings['continuity'] * continuity_loss(dream) / np.prod((size, size, 3))
loss += settings['dream_l2'] * K.sum(K.square(dream)) / np.prod((size, size, 3))
grads = K.gradients(loss, dream)
outputs = [loss]
if isinstance(grads, (list, tuple)):
    outputs += grads
else:
    outputs.append(grads)
f_outputs = K.function([dream], outputs)


class Evaluator(object):
    def __init__(self):
        self.loss_value = None
        self.grad_values = None

    def loss(self, x):
        assert self.loss_value is None
        outs = f_outputs([x.reshape((1, size, size, 3))])
        self.loss_value = outs[0]
        self.grad_values = np.array(outs[1:]).flatten().astype('float64')
        return self.loss_value

    def grads(self, x):
        grad_values = np.copy(self.grad_values)
        self.loss_value = self.grad_values = None
        return grad_values


from scipy.optimize import fmin_l_bfgs_b
evaluator = Evaluator()
x = np.random.uniform(-1, 1, (1, size, size, 3))
first = float(f_outputs([x])[0])
x, min_val, info = fmin_l_bfgs_b(evaluator.loss, x.flatten(), fprime=evaluator.grads, maxfun=7)
print('share of the first loss:', min_val / first)
