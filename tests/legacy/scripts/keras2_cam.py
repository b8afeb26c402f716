# ruff: noqa
"""CAM (Zhou), Grad-CAM, Grad-CAM++ and SmoothGrad with K.function; pictures of activations by matplotlib; predict_classes."""
import os
import sys
import numpy as np
import keras
import keras.backend as K
from keras.models import Sequential, Model, load_model
from keras.layers import Conv2D, GlobalAveragePooling2D, Dense, Activation
from keras.utils import np_utils
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
from scipy.ndimage import zoom

(x, y), (xt, yt) = keras.datasets.digits.load_data()
x, xt = x.reshape(-1, 8, 8, 1), xt.reshape(-1, 8, 8, 1)
Y, Yt = np_utils.to_categorical(y, 10), np_utils.to_categorical(yt, 10)
model = Sequential()
model.add(Conv2D(16, (3, 3), activation='relu', padding='same', input_shape=x.shape[1:], name='c1'))
model.add(Conv2D(32, (3, 3), activation='relu', padding='same', name='c2'))
model.add(GlobalAveragePooling2D())
model.add(Dense(10, name='logits'))
model.add(Activation('softmax'))
model.compile(keras.optimizers.Adam(lr=0.01), 'categorical_crossentropy', ['accuracy'])
model.fit(x, Y, epochs=14, batch_size=64, verbose=0)
assert model.predict_classes(xt[:5]).shape == (5,) and model.predict_proba(xt[:2]).shape == (2, 10)

# CAM: the weights of the last layer
final_conv = model.get_layer('c2')
class_weights = model.get_layer('logits').get_weights()[0]
get_output = K.function([model.layers[0].input], [final_conv.output, model.layers[-1].output])
conv_outputs, predictions = get_output([xt[:1]])
target = np.argmax(predictions)
cam = np.zeros(dtype=np.float32, shape=conv_outputs.shape[1:3])
for i, w in enumerate(class_weights[:, target]):
    cam += w * conv_outputs[0, :, :, i]
assert zoom(cam, 4).shape == (32, 32)

# Grad-CAM and Grad-CAM++
y_c = model.get_layer('logits').get_output_at(0)[0, target]
conv_output = final_conv.output
grads = K.gradients(y_c, conv_output)[0]
first = K.exp(y_c) * grads
second = K.exp(y_c) * grads * grads
third = K.exp(y_c) * grads * grads * grads
gradient_function = K.function([model.input], [first, second, third, conv_output, grads])
conv_first_grad, conv_second_grad, conv_third_grad, conv_output, grads_val = gradient_function([xt[:1]])
grad_cam = np.dot(conv_output[0], np.mean(grads_val[0], axis=(0, 1)))
print('correlation with CAM:', np.corrcoef(cam.ravel(), grad_cam.ravel())[0, 1])
global_sum = np.sum(conv_output[0].reshape((-1, 32)), axis=0)
alpha_denom = conv_second_grad[0] * 2.0 + conv_third_grad[0] * global_sum.reshape((1, 1, 32))
alphas = conv_second_grad[0] / np.where(alpha_denom != 0.0, alpha_denom, np.ones(alpha_denom.shape))
weights = np.maximum(conv_first_grad[0], 0.0)
normalization = np.sum(alphas, axis=(0, 1))
alphas /= np.where(normalization != 0.0, normalization, np.ones(normalization.shape))
deep_linearization_weights = np.sum(weights * alphas, axis=(0, 1))
assert np.maximum(np.sum(deep_linearization_weights * conv_output[0], axis=2), 0).max() > 0

# SmoothGrad
saliency = K.function([model.input, K.learning_phase()], K.gradients(K.sum(model.output * K.constant(Yt[:1])), model.inputs))
total = np.mean([saliency([xt[:1] + np.random.normal(0, 0.1, xt[:1].shape), 0])[0] for _ in range(5)], axis=0)
assert total.shape == (1, 8, 8, 1) and np.abs(total).max() > 0

# what a layer sees, and what it has learned
layer_outputs = [layer.output for layer in model.layers[:2]]
activations = Model(inputs=model.input, outputs=layer_outputs).predict(xt[:1])
fig, axes = plt.subplots(4, 4)
for i, ax in enumerate(axes.flat):
    ax.matshow(activations[0][0, :, :, i], cmap='viridis')
    ax.imshow(model.layers[0].get_weights()[0][:, :, 0, i], cmap='gray')
fig.savefig(os.path.join(sys.argv[1], 'layers.png'))
model.save(os.path.join(sys.argv[1], 'my_model.h5'))
before = model.evaluate(xt, Yt, verbose=0)
del model
model = load_model(os.path.join(sys.argv[1], 'my_model.h5'))
assert model.evaluate(xt, Yt, verbose=0) == before
print('accuracy:', before[1])
