# ruff: noqa
'''A table of files and classes through flow_from_dataframe, its classes told in a report of one's own.'''
import os
import sys
import numpy as np
from collections import OrderedDict
from keras.layers import Conv2D, Dense, GlobalAveragePooling2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator, array_to_img

np.random.seed(2)
rows = []
for number in range(96):
    kind = ['red', 'green', 'blue'][number % 3]
    pixels = np.random.uniform(0, 110, (10, 10, 3))
    pixels[..., number % 3] += 90
    array_to_img(pixels, scale=False).save(os.path.join(sys.argv[1], '%d.png' % number))
    rows.append(('%d.png' % number, kind))
df = OrderedDict(id=[row[0] for row in rows], label=[row[1] for row in rows])  # or a DataFrame of pandas
datagen = ImageDataGenerator(rescale=1. / 255., validation_split=0.25)
options = dict(dataframe=df, directory=sys.argv[1], x_col='id', y_col='label', batch_size=8, seed=42,
               class_mode='categorical', target_size=(10, 10))
train_generator = datagen.flow_from_dataframe(subset='training', shuffle=True, **options)
valid_generator = datagen.flow_from_dataframe(subset='validation', shuffle=False, **options)
model = Sequential([Conv2D(8, (1, 1), activation='relu', input_shape=(10, 10, 3)), GlobalAveragePooling2D(),
                    Dense(3, activation='softmax')])
model.compile('adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.optimizer.lr = 0.03
STEP_SIZE_TRAIN = train_generator.n // train_generator.batch_size
STEP_SIZE_VALID = valid_generator.n // valid_generator.batch_size
model.fit_generator(generator=train_generator, steps_per_epoch=STEP_SIZE_TRAIN, validation_data=valid_generator,
                    validation_steps=STEP_SIZE_VALID, epochs=15, verbose=0)
valid_generator.reset()
pred = model.predict_generator(valid_generator, steps=STEP_SIZE_VALID)
predicted_class_indices = np.argmax(pred, axis=1)
labels = dict((v, k) for k, v in train_generator.class_indices.items())
assert labels == {0: 'blue', 1: 'green', 2: 'red'}, labels
print('accuracy:', float(np.mean(predicted_class_indices == np.array(valid_generator.classes))))
