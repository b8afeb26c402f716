# ruff: noqa
"""Recognition of emotions, after mini-XCEPTION: separable convolutions with a regulariser of a kernel, a generator, callbacks."""
import sys

from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.datasets import digits
from keras import layers
from keras.layers import Activation, BatchNormalization, Conv2D, GlobalAveragePooling2D, Input, MaxPooling2D, SeparableConv2D
from keras.models import Model, load_model
from keras.preprocessing.image import ImageDataGenerator
from keras.regularizers import l2
from keras.utils.np_utils import to_categorical

folder = sys.argv[1]
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = x_train / x_train.max() * 2 - 1, x_test / x_test.max() * 2 - 1
y_train, y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)

regularization = l2(0.001)
img_input = Input((8, 8, 1), name="faces/input")
x = Conv2D(8, (3, 3), strides=(1, 1), padding="same", kernel_regularizer=regularization, use_bias=False)(img_input)
x = Activation("relu")(BatchNormalization(momentum=0.9)(x))
for filters in (16, 32):
    residual = Conv2D(filters, (1, 1), strides=(2, 2), padding="same", use_bias=False)(x)
    residual = BatchNormalization(momentum=0.9)(residual)
    x = SeparableConv2D(filters, (3, 3), padding="same", kernel_regularizer=regularization, use_bias=False)(x)
    x = Activation("relu")(BatchNormalization(momentum=0.9)(x))
    x = SeparableConv2D(filters, (3, 3), padding="same", kernel_regularizer=regularization, use_bias=False)(x)
    x = BatchNormalization(momentum=0.9)(x)
    x = MaxPooling2D((3, 3), strides=(2, 2), padding="same")(x)
    x = layers.add([x, residual])
x = Conv2D(10, (3, 3), padding="same", name="block/last")(x)
output = Activation("softmax", name="predictions")(GlobalAveragePooling2D()(x))
model = Model(img_input, output)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
data_generator = ImageDataGenerator(width_shift_range=0.05, height_shift_range=0.05, zoom_range=0.05)
callbacks = [
    ModelCheckpoint(folder + "/mini_XCEPTION.{epoch:02d}.hdf5", "val_loss", verbose=0, save_best_only=True),
    CSVLogger(folder + "/training.log", append=False),
    EarlyStopping("val_loss", patience=50),
    ReduceLROnPlateau("val_loss", factor=0.1, patience=12, verbose=0),
]
model.fit_generator(
    data_generator.flow(x_train, y_train, 32), steps_per_epoch=len(x_train) // 32, epochs=5, verbose=0,
    callbacks=callbacks, validation_data=(x_test, y_test),
)
assert model.get_layer("block/last").filters == 10
print("penalties:", len(model.losses))
print("accuracy:", model.evaluate(x_test, y_test, verbose=0)[1])
