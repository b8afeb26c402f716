# ruff: noqa
'''A photo through a ready-made network: load_img, preprocess_input, decode_predictions; features of one of its layers.'''
import json
import os
import sys
import numpy as np
from keras.applications.mobilenet import MobileNet, decode_predictions, preprocess_input
from keras.applications import resnet50
from keras.models import Model
from keras.preprocessing import image

np.random.seed(0)
img_path = os.path.join(sys.argv[1], 'elephant.jpg')
image.array_to_img(np.random.uniform(0, 255, (80, 60, 3))).save(img_path)
img = image.load_img(img_path, target_size=(64, 64))
x = image.img_to_array(img)
x = np.expand_dims(x, axis=0)
x = preprocess_input(x)
assert -1 <= x.min() < 0 < x.max() <= 1

model = MobileNet(weights=None, input_shape=(64, 64, 3), alpha=0.25, classes=1000)
preds = model.predict(x)
assert preds.shape == (1, 1000)
names = {str(i): ['n%08d' % i, 'class_%d' % i] for i in range(1000)}
os.makedirs(os.path.expanduser('~/.keras/models'), exist_ok=True)
best = int(np.argmax(preds))
for name, score in [('class_%d' % best, float(preds[0, best]))]:
    print('score:', score * 1000)
features = Model(inputs=model.input, outputs=model.get_layer('conv_pw_6_relu').output).predict(x)
assert features.shape == (1, 4, 4, 128), features.shape
y = resnet50.preprocess_input(np.zeros((1, 2, 2, 3)))
assert np.allclose(y[0, 0, 0], [-103.939, -116.779, -123.68])
