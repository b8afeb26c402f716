# ruff: noqa
# Basic text classification, after tensorflow.org: words as numbers, the mean of their embeddings, logits, and an
# exported model that reads text.
import os
import random
import re
import string
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, losses

tf.keras.utils.set_random_seed(0)
draws = random.Random(1)
kinds = {
    "csharp": ["using", "namespace", "linq", "Console"],
    "java": ["import", "package", "System.out", "maven"],
    "python": ["def", "lambda", "numpy", "elif"],
}
common = "how can I call this function with a value from the list when it returns nothing".split()
folder = os.path.join(sys.argv[1], "questions")
for part, count in (("train", 60), ("test", 25)):
    for kind, words in kinds.items():
        os.makedirs(os.path.join(folder, part, kind))
        for number in range(count):
            parts = draws.choices(common, k=10) + draws.sample(words, 2)
            draws.shuffle(parts)
            with open(os.path.join(folder, part, kind, f"{number}.txt"), "w") as file:
                file.write(" ".join(parts) + "?<br /><br />")

batch_size, seed = 16, 42
raw_train_ds = tf.keras.utils.text_dataset_from_directory(
    os.path.join(folder, "train"), batch_size=batch_size, validation_split=0.2, subset="training", seed=seed
)
raw_val_ds = tf.keras.utils.text_dataset_from_directory(
    os.path.join(folder, "train"), batch_size=batch_size, validation_split=0.2, subset="validation", seed=seed
)
raw_test_ds = tf.keras.preprocessing.text_dataset_from_directory(os.path.join(folder, "test"), batch_size=batch_size)
for i, label in enumerate(raw_train_ds.class_names):
    print("Label", i, "corresponds to", label)


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, "[%s]" % re.escape(string.punctuation), "")


max_features, sequence_length = 100, 16
vectorize_layer = layers.TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode="int",
    output_sequence_length=sequence_length,
)
train_text = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(train_text)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


text_batch, label_batch = next(iter(raw_train_ds))
first_question, first_label = text_batch[0], label_batch[0]
print("Question", first_question)
print("Label", raw_train_ds.class_names[first_label])
print("Vectorized question", vectorize_text(first_question, first_label))
print("2 --->", vectorize_layer.get_vocabulary()[2])
print("Vocabulary size: {}".format(len(vectorize_layer.get_vocabulary())))

AUTOTUNE = tf.data.AUTOTUNE
train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(buffer_size=AUTOTUNE)
val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(buffer_size=AUTOTUNE)
test_ds = raw_test_ds.map(vectorize_text).cache().prefetch(buffer_size=AUTOTUNE)

embedding_dim = 16
model = tf.keras.Sequential(
    [
        layers.Embedding(max_features, embedding_dim),
        layers.Dropout(0.2),
        layers.GlobalAveragePooling1D(),
        layers.Dropout(0.2),
        layers.Dense(3),
    ]
)
model.compile(
    loss=losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=tf.keras.optimizers.Adam(0.02),
    metrics=["accuracy"],
)
model.summary()
history = model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=0)
loss, accuracy = model.evaluate(test_ds, verbose=0)
print("accuracy:", accuracy)

export_model = tf.keras.Sequential([vectorize_layer, model, layers.Activation("softmax")])
export_model.compile(
    loss=losses.SparseCategoricalCrossentropy(from_logits=False), optimizer="adam", metrics=["accuracy"]
)
metrics = export_model.evaluate(raw_test_ds, return_dict=True, verbose=0)
print("exported accuracy:", metrics["accuracy"])
examples = tf.constant(["a lambda in numpy", "linq and a namespace", "the maven package"])
print("told:", "".join(str(each) for each in np.argmax(export_model.predict(examples), axis=1)))
