# ruff: noqa
# Text classification from scratch, after keras.io: raw text files, a vocabulary, 1D convolutions, and in the end one
# model that takes text as it is.
import os
import random
import re
import string
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
draws = random.Random(0)
praise = ["wonderful", "brilliant", "touching", "superb", "delightful"]
blame = ["dreadful", "boring", "clumsy", "awful", "pointless"]
filler = "the film and its actors were in a story of two cities that I saw with my friends last week".split()


def review(words):
    sentence = draws.choices(filler, k=14)
    for each in draws.sample(words, 2):
        sentence.insert(draws.randrange(len(sentence)), each.title() if draws.random() < 0.3 else each)
    return " ".join(sentence) + draws.choice([".", "!", "...<br />", " -- really."])


folder = os.path.join(sys.argv[1], "reviews")
for part, count in (("train", 120), ("test", 40)):
    for label, words in (("neg", blame), ("pos", praise)):
        place = os.path.join(folder, part, label)
        os.makedirs(place)
        for number in range(count):
            with open(os.path.join(place, f"{number}.txt"), "w") as file:
                file.write(review(words))

batch_size = 32
raw_train_ds, raw_val_ds = keras.utils.text_dataset_from_directory(
    os.path.join(folder, "train"), batch_size=batch_size, validation_split=0.2, subset="both", seed=1337
)
raw_test_ds = keras.utils.text_dataset_from_directory(os.path.join(folder, "test"), batch_size=batch_size)
print(f"Number of batches in raw_train_ds: {raw_train_ds.cardinality()}")
for text_batch, label_batch in raw_train_ds.take(1):
    for i in range(2):
        print(text_batch.numpy()[i], label_batch.numpy()[i])


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, f"[{re.escape(string.punctuation)}]", "")


max_features = 200
embedding_dim = 16
sequence_length = 24
vectorize_layer = keras.layers.TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode="int",
    output_sequence_length=sequence_length,
)
text_ds = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(text_ds)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(buffer_size=10)
val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(buffer_size=10)
test_ds = raw_test_ds.map(vectorize_text).cache().prefetch(buffer_size=10)

inputs = keras.Input(shape=(None,), dtype="int64")
x = layers.Embedding(max_features, embedding_dim)(inputs)
x = layers.Dropout(0.5)(x)
x = layers.Conv1D(32, 7, padding="valid", activation="relu", strides=3)(x)
x = layers.Conv1D(32, 5, padding="valid", activation="relu", strides=1)(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
x = layers.Dropout(0.5)(x)
predictions = layers.Dense(1, activation="sigmoid", name="predictions")(x)
model = keras.Model(inputs, predictions)
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.005), metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=15, verbose=0)
print("accuracy:", model.evaluate(test_ds, verbose=0)[1])

inputs = keras.Input(shape=(1,), dtype="string")
indices = vectorize_layer(inputs)
outputs = model(indices)
end_to_end_model = keras.Model(inputs, outputs)
end_to_end_model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
print("end to end accuracy:", end_to_end_model.evaluate(raw_test_ds, verbose=0)[1])
found = end_to_end_model.predict(tf.constant([["A wonderful, touching story!"], ["Boring and <br />awful."]]))
print("praise minus blame:", float(np.round(found[0, 0] - found[1, 0], 3)))
