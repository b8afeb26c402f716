# ruff: noqa
# Simple audio recognition, after tensorflow.org: WAV files of short commands, spectrograms in the pipeline, a small 2D
# convnet with a Normalization layer that is adapted to them.
import os
import pathlib
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

seed = 42
tf.random.set_seed(seed)
np.random.seed(seed)
data_dir = pathlib.Path(sys.argv[1]) / "mini_speech_commands"
rate, length = 4000, 4000
for command, (start, end) in {"down": (900, 300), "stop": (500, 500), "up": (300, 900)}.items():
    os.makedirs(data_dir / command)
    for number in range(40):
        samples = np.random.randint(3000, length)
        sweep = np.linspace(start, end, samples) * np.random.uniform(0.9, 1.1)
        sound = 0.6 * np.sin(2 * np.pi * np.cumsum(sweep) / rate) + np.random.normal(0, 0.1, samples)
        content = tf.audio.encode_wav(tf.constant(sound[:, np.newaxis], tf.float32), rate)
        tf.io.write_file(str(data_dir / command / f"{number}.wav"), content)

commands = np.array(tf.io.gfile.listdir(str(data_dir)))
print("Commands:", commands)
train_ds, val_ds = tf.keras.utils.audio_dataset_from_directory(
    directory=data_dir,
    batch_size=16,
    validation_split=0.4,
    seed=0,
    output_sequence_length=length,
    subset="both",
)
label_names = np.array(train_ds.class_names)
print("label names:", label_names, train_ds.element_spec)


def squeeze(audio, labels):
    audio = tf.squeeze(audio, axis=-1)
    return audio, labels


train_ds = train_ds.map(squeeze, tf.data.AUTOTUNE)
val_ds = val_ds.map(squeeze, tf.data.AUTOTUNE)
test_ds = val_ds.shard(num_shards=2, index=0)
val_ds = val_ds.shard(num_shards=2, index=1)
for example_audio, example_labels in train_ds.take(1):
    print(example_audio.shape, example_labels.shape)


def get_spectrogram(waveform):
    spectrogram = tf.signal.stft(waveform, frame_length=255, frame_step=128)
    spectrogram = tf.abs(spectrogram)
    return spectrogram[..., tf.newaxis]


for i in range(2):
    waveform = example_audio[i]
    print("Label:", label_names[example_labels[i]], waveform.shape, get_spectrogram(waveform).shape)


def make_spec_ds(ds):
    return ds.map(
        map_func=lambda audio, label: (get_spectrogram(audio), label), num_parallel_calls=tf.data.AUTOTUNE
    )


train_spectrogram_ds = make_spec_ds(train_ds)
val_spectrogram_ds = make_spec_ds(val_ds)
test_spectrogram_ds = make_spec_ds(test_ds)
for example_spectrograms, example_spect_labels in train_spectrogram_ds.take(1):
    break
train_spectrogram_ds = train_spectrogram_ds.cache().shuffle(10000).prefetch(tf.data.AUTOTUNE)
val_spectrogram_ds = val_spectrogram_ds.cache().prefetch(tf.data.AUTOTUNE)
test_spectrogram_ds = test_spectrogram_ds.cache().prefetch(tf.data.AUTOTUNE)

input_shape = example_spectrograms.shape[1:]
print("Input shape:", input_shape)
norm_layer = layers.Normalization()
norm_layer.adapt(data=train_spectrogram_ds.map(map_func=lambda spec, label: spec))
model = models.Sequential(
    [
        layers.Input(shape=input_shape),
        layers.Resizing(32, 32),
        norm_layer,
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(len(label_names)),
    ]
)
model.compile(
    optimizer=tf.keras.optimizers.Adam(),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(
    train_spectrogram_ds,
    validation_data=val_spectrogram_ds,
    epochs=8,
    callbacks=tf.keras.callbacks.EarlyStopping(verbose=1, patience=2),
    verbose=0,
)
print("accuracy:", model.evaluate(test_spectrogram_ds, return_dict=True, verbose=0)["accuracy"])
y_pred = tf.argmax(model.predict(test_spectrogram_ds), axis=1)
y_true = tf.concat(list(test_spectrogram_ds.map(lambda s, lab: lab)), axis=0)
print("on the diagonal:", int(np.trace(tf.math.confusion_matrix(y_true, y_pred))) / len(y_true))

x = tf.io.read_file(str(data_dir / "up" / "0.wav"))
x, sample_rate = tf.audio.decode_wav(x, desired_channels=1, desired_samples=length)
x = tf.squeeze(x, axis=-1)
x = get_spectrogram(x)[tf.newaxis, ...]
print("this is:", int(tf.argmax(tf.nn.softmax(model(x)[0]))))
assert int(sample_rate) == rate

mel = tf.signal.linear_to_mel_weight_matrix(20, example_spectrograms.shape[2], rate, 80.0, 1900.0)
log_mel = tf.math.log(tf.tensordot(example_spectrograms[..., 0], mel, 1) + 1e-6)
mfccs = tf.signal.mfccs_from_log_mel_spectrograms(log_mel)[..., :13]
assert mfccs.shape == (16, 30, 13)
