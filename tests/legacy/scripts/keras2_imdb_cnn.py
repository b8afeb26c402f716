# ruff: noqa
# imdb_cnn.py of Keras 2 on texts of one's own, as blogs had it: a Tokenizer, padded sequences, Conv1D.
from __future__ import print_function

import random

import numpy as np
from keras.layers import Activation, Conv1D, Dense, Dropout, Embedding, GlobalMaxPooling1D
from keras.models import Sequential
from keras.preprocessing import sequence
from keras.preprocessing.text import Tokenizer, text_to_word_sequence
from keras.utils import to_categorical

np.random.seed(7)
draws = random.Random(7)
max_features, maxlen, batch_size, embedding_dims, filters, kernel_size, hidden_dims, epochs = 60, 20, 16, 12, 32, 3, 24, 12
subjects = {
    "sport": ["match", "goal", "team", "league"],
    "money": ["bank", "shares", "profit", "market"],
    "weather": ["rain", "storm", "sunny", "degrees"],
}
filler = "yesterday people said that there would be more of it in the north than anywhere else".split()
texts, labels = [], []
for number in range(240):
    label = number % 3
    words = draws.choices(filler, k=draws.randrange(8, 18))
    for each in draws.sample(list(subjects.values())[label], 2):
        words.insert(draws.randrange(len(words)), each)
    texts.append(" ".join(words).capitalize() + ".")
    labels.append(label)
print(text_to_word_sequence(texts[0])[:4])

tokenizer = Tokenizer(num_words=max_features)
tokenizer.fit_on_texts(texts[:180])
print("Found %s unique tokens." % len(tokenizer.word_index))
x = sequence.pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=maxlen)
y = to_categorical(np.array(labels), 3)
x_train, y_train, x_test, y_test = x[:180], y[:180], x[180:], y[180:]
print("x_train shape:", x_train.shape)

model = Sequential()
model.add(Embedding(max_features, embedding_dims, input_length=maxlen))
model.add(Dropout(0.2))
model.add(Conv1D(filters, kernel_size, padding="valid", activation="relu", strides=1))
model.add(GlobalMaxPooling1D())
model.add(Dense(hidden_dims))
model.add(Dropout(0.2))
model.add(Activation("relu"))
model.add(Dense(3))
model.add(Activation("softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, validation_data=(x_test, y_test), verbose=0)
print("accuracy:", model.evaluate(x_test, y_test, verbose=0)[1])

bags = tokenizer.texts_to_matrix(texts, mode="tfidf")
dense = Sequential([Dense(16, activation="relu", input_shape=(max_features,)), Dense(3, activation="softmax")])
dense.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
dense.fit(bags[:180], y_train, batch_size=batch_size, epochs=15, verbose=0)
print("accuracy of bags of words:", dense.evaluate(bags[180:], y_test, verbose=0)[1])
