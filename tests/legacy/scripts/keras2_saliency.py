# ruff: noqa
'''Activations of layers by K.function with a learning phase, and saliency by K.gradients, as questions asked for them.'''
import numpy as np
from keras import backend as K
from keras import models
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential

np.random.seed(3)
x = np.random.uniform(0, 0.3, (256, 12, 12, 1))
y = np.arange(256) % 2
x[y == 1, 4:8, 4:8] += 0.6
model = Sequential([
    Conv2D(4, (3, 3), activation='relu', input_shape=(12, 12, 1), name='conv'), MaxPooling2D((2, 2)), Flatten(),
    Dropout(0.5), Dense(1, activation='sigmoid', name='dense')])
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['acc'])
model.fit(x, y, epochs=12, verbose=0)

get_3rd_layer_output = K.function([model.layers[0].input, K.learning_phase()], [model.layers[3].output])
testing = get_3rd_layer_output([x[:8], 0])[0]
training = get_3rd_layer_output([x[:8], 1])[0]
assert np.allclose(testing, models.Model(inputs=model.input, outputs=model.layers[2].output).predict(x[:8]), atol=1e-5)
assert (training == 0).mean() > (testing == 0).mean()

saliency = K.gradients(K.sum(model.output), model.input)[0]
compute = K.function([model.input, K.learning_phase()], [saliency])
maps = np.abs(compute([x[y == 1][:32], 0])[0]).mean(axis=0)[..., 0]
print('accuracy:', model.evaluate(x, y, verbose=0)[1])
print('inside over outside:', maps[4:8, 4:8].mean() / maps[[0, 1, 10, 11]].mean())
