# ruff: noqa
'''A keras.utils.Sequence of one's own, two outputs, a file of the log, TensorBoard, the drawing of the model.'''
import os
import sys
import numpy as np
import keras
from keras.callbacks import CSVLogger, LambdaCallback, TensorBoard
from keras.datasets import digits
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Model
from keras.utils import plot_model

np.random.seed(9)


class DataGenerator(keras.utils.Sequence):
    'Generates data for Keras'
    def __init__(self, images, labels, batch_size=32, n_classes=10, shuffle=True):
        self.images, self.labels, self.batch_size = images, labels, batch_size
        self.n_classes, self.shuffle = n_classes, shuffle
        self.on_epoch_end()

    def __len__(self):
        return int(np.floor(len(self.images) / self.batch_size))

    def __getitem__(self, index):
        indexes = self.indexes[index * self.batch_size:(index + 1) * self.batch_size]
        digit = keras.utils.to_categorical(self.labels[indexes], num_classes=self.n_classes)
        return self.images[indexes], {'digit': digit, 'odd': self.labels[indexes] % 2}

    def on_epoch_end(self):
        self.indexes = np.arange(len(self.images))
        if self.shuffle == True:
            np.random.shuffle(self.indexes)


(x_train, y_train), (x_test, y_test) = digits.load_data()
inputs = Input(shape=(8, 8, 1))
x = Conv2D(16, (3, 3), activation='relu')(inputs)
x = MaxPooling2D((2, 2))(x)
x = Flatten()(x)
digit = Dense(10, activation='softmax', name='digit')(x)
odd = Dense(1, activation='sigmoid', name='odd')(x)
model = Model(inputs=inputs, outputs=[digit, odd])
model.compile(optimizer='rmsprop', loss={'digit': 'categorical_crossentropy', 'odd': 'binary_crossentropy'},
              loss_weights={'digit': 1., 'odd': 0.5}, metrics=['accuracy'])
plot_model(model, to_file=os.path.join(sys.argv[1], 'model.png'), show_shapes=True)
seen = []
history = model.fit_generator(
    generator=DataGenerator(x_train, y_train), validation_data=DataGenerator(x_test, y_test, shuffle=False),
    use_multiprocessing=False, workers=2, epochs=8, verbose=0,
    callbacks=[TensorBoard(log_dir=os.path.join(sys.argv[1], 'logs'), histogram_freq=0, write_graph=True),
               CSVLogger(os.path.join(sys.argv[1], 'log.csv')),
               LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs['val_odd_acc']))])
assert len(seen) == 8 and os.listdir(os.path.join(sys.argv[1], 'logs'))
print('digit accuracy:', history.history['val_digit_acc'][-1])
print('odd accuracy:', history.history['val_odd_acc'][-1])
