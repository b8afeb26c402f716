# ruff: noqa
"""keras.io's CutMix and MixUp by hand: beta distributions, boxes, mixed labels, in a pipeline of tf.data."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(42)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, y_train = x_train[:320], y_train[:320]
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)
AUTO, BATCH_SIZE, IMG_SIZE = tf.data.AUTOTUNE, 32, 8


def preprocess_image(image, label):
    image = tf.image.resize(image, (IMG_SIZE, IMG_SIZE))
    image = tf.image.convert_image_dtype(image, tf.float32)
    label = tf.cast(label, dtype="float32")
    return image, label


def sample_beta_distribution(size, concentration_0=0.2, concentration_1=0.2):
    gamma_1_sample = tf.random.gamma(shape=[size], alpha=concentration_1)
    gamma_2_sample = tf.random.gamma(shape=[size], alpha=concentration_0)
    return gamma_1_sample / (gamma_1_sample + gamma_2_sample)


@tf.function
def get_box(lambda_value):
    cut_rat = tf.math.sqrt(1.0 - lambda_value)
    cut_w = tf.cast(IMG_SIZE * cut_rat, tf.int32)  # rw
    cut_h = tf.cast(IMG_SIZE * cut_rat, tf.int32)  # rh
    cut_x = tf.random.uniform((1,), minval=0, maxval=IMG_SIZE, dtype=tf.int32)  # rx
    cut_y = tf.random.uniform((1,), minval=0, maxval=IMG_SIZE, dtype=tf.int32)  # ry
    boundaryx1 = tf.clip_by_value(cut_x[0] - cut_w // 2, 0, IMG_SIZE)
    boundaryy1 = tf.clip_by_value(cut_y[0] - cut_h // 2, 0, IMG_SIZE)
    bbx2 = tf.clip_by_value(cut_x[0] + cut_w // 2, 0, IMG_SIZE)
    bby2 = tf.clip_by_value(cut_y[0] + cut_h // 2, 0, IMG_SIZE)
    target_h = bby2 - boundaryy1
    if target_h == 0:
        target_h += 1
    target_w = bbx2 - boundaryx1
    if target_w == 0:
        target_w += 1
    return min(int(boundaryx1), IMG_SIZE - 1), min(int(boundaryy1), IMG_SIZE - 1), target_h, target_w


@tf.function
def cutmix(train_ds_one, train_ds_two):
    (image1, label1), (image2, label2) = train_ds_one, train_ds_two
    lambda_value = sample_beta_distribution(1, [0.25], [0.25])
    lambda_value = lambda_value[0][0]
    boundaryx1, boundaryy1, target_h, target_w = get_box(lambda_value)
    crop2 = tf.image.crop_to_bounding_box(image2, boundaryy1, boundaryx1, target_h, target_w)
    image2 = tf.image.pad_to_bounding_box(crop2, boundaryy1, boundaryx1, IMG_SIZE, IMG_SIZE)
    crop1 = tf.image.crop_to_bounding_box(image1, boundaryy1, boundaryx1, target_h, target_w)
    img1 = tf.image.pad_to_bounding_box(crop1, boundaryy1, boundaryx1, IMG_SIZE, IMG_SIZE)
    image1 = image1 - img1
    image = image1 + image2
    lambda_value = 1 - (target_w * target_h) / (IMG_SIZE * IMG_SIZE)
    lambda_value = tf.cast(lambda_value, tf.float32)
    label = lambda_value * label1 + (1 - lambda_value) * label2
    return image, label


train_ds_one = (tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1024)
                .map(preprocess_image, num_parallel_calls=AUTO))
train_ds_two = (tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1024)
                .map(preprocess_image, num_parallel_calls=AUTO))
train_ds_cmu = (tf.data.Dataset.zip((train_ds_one, train_ds_two)).shuffle(1024)
                .map(cutmix, num_parallel_calls=AUTO).batch(BATCH_SIZE).prefetch(AUTO))
image_batch, label_batch = next(iter(train_ds_cmu))
assert np.allclose(np.sum(label_batch, axis=1), 1, atol=1e-5)
model = keras.Sequential([layers.Conv2D(16, 3, activation="relu", input_shape=(8, 8, 1)), layers.Flatten(),
                          layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(3e-3), metrics=["accuracy"])
model.fit(train_ds_cmu, epochs=4, verbose=0)
print("accuracy:", model.evaluate(x_test, y_test, verbose=0)[1])
