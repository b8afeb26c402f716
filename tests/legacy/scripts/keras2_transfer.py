# ruff: noqa
'''Fine-tuning as the documentation of Keras 2 has it: a base without its top, frozen, and a new head.'''
import numpy as np
from keras.applications.vgg16 import VGG16, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.optimizers import SGD

np.random.seed(9)
x = np.random.uniform(0, 255, (12, 32, 32, 3))
y = (np.arange(12) % 2)[:, None]
x[y[:, 0] == 1] /= 4
base_model = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
head = Dense(1, activation='sigmoid')(GlobalAveragePooling2D()(base_model.output))
model = Model(inputs=base_model.input, outputs=head)
for layer in base_model.layers:
    layer.trainable = False
model.compile(optimizer=SGD(lr=0.1, momentum=0.9), loss='binary_crossentropy')
before = base_model.get_weights()[0].copy()
history = model.fit(preprocess_input(x), y, epochs=3, verbose=0)
assert (base_model.get_weights()[0] == before).all()
print('trainable:', len(model.trainable_weights))
