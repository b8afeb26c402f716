# ruff: noqa
# Speaker recognition, after keras.io: noise is added to samples of one second, their Fourier transform goes through a
# 1D convnet with residual connections.
import os
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

DATASET_ROOT = os.path.join(sys.argv[1], "16000_pcm_speeches")
VALID_SPLIT = 0.2
SHUFFLE_SEED = 43
SAMPLING_RATE = 1600
SCALE = 0.5
BATCH_SIZE = 16
EPOCHS = 8
keras.utils.set_random_seed(SHUFFLE_SEED)

draws = np.random.default_rng(0)
times = np.arange(SAMPLING_RATE) / SAMPLING_RATE
for speaker, pitches in enumerate(((110, 330), (150, 450), (200, 610))):
    place = os.path.join(DATASET_ROOT, "audio", f"speaker_{speaker}")
    os.makedirs(place)
    for number in range(30):
        sound = sum(
            draws.uniform(0.1, 0.3) * np.sin(2 * np.pi * pitch * draws.uniform(0.97, 1.03) * times + draws.uniform(0, 6))
            for pitch in pitches
        )
        tf.io.write_file(os.path.join(place, f"{number}.wav"), tf.audio.encode_wav(sound[:, None], SAMPLING_RATE))
os.makedirs(os.path.join(DATASET_ROOT, "noise", "room"))
hum = draws.normal(0, 0.2, 3 * SAMPLING_RATE)
tf.io.write_file(os.path.join(DATASET_ROOT, "noise", "room", "hum.wav"), tf.audio.encode_wav(hum[:, None], SAMPLING_RATE))

noise_paths = [str(path) for path in Path(DATASET_ROOT, "noise").glob("*/*.wav")]


def load_noise_sample(path):
    sample, sampling_rate = tf.audio.decode_wav(tf.io.read_file(path), desired_channels=1)
    if sampling_rate == SAMPLING_RATE:
        slices = int(sample.shape[0] / SAMPLING_RATE)
        sample = tf.split(sample[: slices * SAMPLING_RATE], slices)
        return sample
    print(f"Sampling rate for {path} is incorrect. Ignoring it")
    return None


noises = []
for path in noise_paths:
    sample = load_noise_sample(path)
    if sample:
        noises.extend(sample)
noises = tf.stack(noises)
print(f"{len(noise_paths)} noise files were split into {noises.shape[0]} noise samples")


def paths_and_labels_to_dataset(audio_paths, labels):
    path_ds = tf.data.Dataset.from_tensor_slices(audio_paths)
    audio_ds = path_ds.map(lambda x: path_to_audio(x), num_parallel_calls=tf.data.AUTOTUNE)
    label_ds = tf.data.Dataset.from_tensor_slices(labels)
    return tf.data.Dataset.zip((audio_ds, label_ds))


def path_to_audio(path):
    audio = tf.io.read_file(path)
    audio, _ = tf.audio.decode_wav(audio, 1, SAMPLING_RATE)
    return audio


def add_noise(audio, noises=None, scale=0.5):
    if noises is not None:
        tf_rnd = tf.random.uniform((tf.shape(audio)[0],), 0, noises.shape[0], dtype=tf.int32)
        noise = tf.gather(noises, tf_rnd, axis=0)
        prop = tf.math.reduce_max(audio, axis=1) / tf.math.reduce_max(noise, axis=1)
        prop = tf.repeat(tf.expand_dims(prop, axis=1), tf.shape(audio)[1], axis=1)
        audio = audio + noise * prop * scale
    return audio


def audio_to_fft(audio):
    audio = tf.squeeze(audio, axis=-1)
    fft = tf.signal.fft(tf.cast(tf.complex(real=audio, imag=tf.zeros_like(audio)), tf.complex64))
    fft = tf.expand_dims(fft, axis=-1)
    return tf.math.abs(fft[:, : (audio.shape[1] // 2), :])


class_names = sorted(os.listdir(os.path.join(DATASET_ROOT, "audio")))
audio_paths, labels = [], []
for label, name in enumerate(class_names):
    speaker_sample_paths = [str(each) for each in sorted(Path(DATASET_ROOT, "audio", name).glob("*.wav"))]
    audio_paths += speaker_sample_paths
    labels += [label] * len(speaker_sample_paths)
rng = np.random.RandomState(SHUFFLE_SEED)
rng.shuffle(audio_paths)
rng = np.random.RandomState(SHUFFLE_SEED)
rng.shuffle(labels)
num_val_samples = int(VALID_SPLIT * len(audio_paths))
train_audio_paths, train_labels = audio_paths[:-num_val_samples], labels[:-num_val_samples]
valid_audio_paths, valid_labels = audio_paths[-num_val_samples:], labels[-num_val_samples:]

train_ds = paths_and_labels_to_dataset(train_audio_paths, train_labels)
train_ds = train_ds.shuffle(buffer_size=BATCH_SIZE * 8, seed=SHUFFLE_SEED).batch(BATCH_SIZE)
valid_ds = paths_and_labels_to_dataset(valid_audio_paths, valid_labels)
valid_ds = valid_ds.shuffle(buffer_size=32 * 8, seed=SHUFFLE_SEED).batch(32)
train_ds = train_ds.map(lambda x, y: (add_noise(x, noises, scale=SCALE), y), num_parallel_calls=tf.data.AUTOTUNE)
train_ds = train_ds.map(lambda x, y: (audio_to_fft(x), y), num_parallel_calls=tf.data.AUTOTUNE)
train_ds = train_ds.prefetch(tf.data.AUTOTUNE)
valid_ds = valid_ds.map(lambda x, y: (audio_to_fft(x), y), num_parallel_calls=tf.data.AUTOTUNE)
valid_ds = valid_ds.prefetch(tf.data.AUTOTUNE)


def residual_block(x, filters, conv_num=3, activation="relu"):
    s = keras.layers.Conv1D(filters, 1, padding="same")(x)
    for i in range(conv_num - 1):
        x = keras.layers.Conv1D(filters, 3, padding="same")(x)
        x = keras.layers.Activation(activation)(x)
    x = keras.layers.Conv1D(filters, 3, padding="same")(x)
    x = keras.layers.Add()([x, s])
    x = keras.layers.Activation(activation)(x)
    return keras.layers.MaxPool1D(pool_size=2, strides=2)(x)


def build_model(input_shape, num_classes):
    inputs = keras.layers.Input(shape=input_shape, name="input")
    x = residual_block(inputs, 8, 2)
    x = residual_block(x, 16, 2)
    x = residual_block(x, 16, 3)
    x = keras.layers.AveragePooling1D(pool_size=3, strides=3)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(64, activation="relu")(x)
    outputs = keras.layers.Dense(num_classes, activation="softmax", name="output")(x)
    return keras.models.Model(inputs=inputs, outputs=outputs)


model = build_model((SAMPLING_RATE // 2, 1), len(class_names))
model.compile(optimizer="Adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model_save_filename = os.path.join(sys.argv[1], "model.keras")
callbacks = [
    keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint(model_save_filename, monitor="val_accuracy", save_best_only=True),
]
model.fit(train_ds, epochs=EPOCHS, validation_data=valid_ds, callbacks=callbacks, verbose=0)
print("accuracy:", model.evaluate(valid_ds, verbose=0)[1])

test_ds = paths_and_labels_to_dataset(valid_audio_paths, valid_labels)
test_ds = test_ds.shuffle(buffer_size=BATCH_SIZE * 8, seed=SHUFFLE_SEED).batch(BATCH_SIZE)
test_ds = test_ds.map(lambda x, y: (add_noise(x, noises, scale=SCALE), y), num_parallel_calls=tf.data.AUTOTUNE)
for audios, labels in test_ds.take(1):
    y_pred = np.argmax(model.predict(audio_to_fft(audios), verbose=0), axis=-1)
    print("with noise:", float(np.mean(y_pred == labels.numpy())))
