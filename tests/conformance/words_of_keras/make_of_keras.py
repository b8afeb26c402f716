"""What Keras on TensorFlow makes of words: `values.json`, and a model with such layers, `words.keras`.

To be run where both are installed: `.venv-bench/bin/python tests/conformance/words_of_keras/make_of_keras.py`. It also
reads a file of ours that the tests write, where its path is given, and prints what that predicts.
"""

import json
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

HERE = Path(__file__).parent
TEXTS = [
    "The cat sat on the mat.",
    "A dog!  The DOG barks; the cat runs",
    "",
    "Élan vital\u00a0naïve cat, it's a-b <br />x",
]
TEXTS += ["one two two three three three"]
NEW = ["the cat and a zebra", "", "two dogs; dog dog ÉLAN", "three\tcat\nmat x y z one two three the a dog"]
VECTORIZED = [
    *({}, {"standardize": None}, {"standardize": "lower"}, {"standardize": "strip_punctuation"}),
    *({"split": "character"}, {"split": None}, {"ngrams": 2}, {"ngrams": [2, 3]}, {"ngrams": [2, 1]}),
    *({"max_tokens": 6}, {"max_tokens": 6, "output_sequence_length": 4}, {"output_sequence_length": 12}),
    *({"output_mode": "multi_hot"}, {"output_mode": "count"}, {"output_mode": "tf_idf"}, {"output_mode": "binary"}),
    {"output_mode": "tf-idf", "max_tokens": 8},
    {"output_mode": "multi_hot", "max_tokens": 40, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf", "max_tokens": 40, "pad_to_max_tokens": True, "ngrams": 2},
    {"output_mode": "count", "max_tokens": 5},
    *({"vocabulary": ["cat", "dog", "the"]}, {"vocabulary": ["", "[UNK]", "cat", "dog"]}),
    {"vocabulary": ["[UNK]", "cat", "dog"], "output_mode": "count"},
    {"vocabulary": ["cat", "dog", "the"], "output_mode": "tf_idf", "idf_weights": [0.5, 1.0, 2.0]},
]
WORDS, ASKED = [["a", "b", "b"], ["c", "a", "m"], ["", "b", "d"]], [["a", "q", ""], ["b", "b", "d"]]
LOOKED_UP = [
    *({}, {"mask_token": ""}, {"output_mode": "one_hot"}, {"output_mode": "multi_hot"}, {"output_mode": "count"}),
    *({"output_mode": "tf_idf"}, {"max_tokens": 4}, {"oov_token": "?", "mask_token": "m"}, {"vocabulary": ["a", "b"]}),
    {"max_tokens": 9, "pad_to_max_tokens": True, "output_mode": "multi_hot"},
    {"num_oov_indices": 0, "vocabulary": ["a", "b", "c", "d", "q", ""]},
    {"mask_token": "", "output_mode": "multi_hot", "vocabulary": ["a", "b"]},
]
CODES, ASKED_CODES, KNOWN_CODES = (
    [[5, 7, 7], [1, 5, 0], [-1, 7, 9]],
    [[5, 8, 0], [7, 7, 9]],
    [[5, 6, 7], [10**9 + 7, 5, 5]],
)
OF_CODES = [
    *({}, {"mask_token": 0}, {"output_mode": "one_hot"}, {"output_mode": "multi_hot"}, {"output_mode": "count"}),
    *({"output_mode": "tf_idf"}, {"num_oov_indices": 3, "vocabulary": [5, 7]}, {"max_tokens": 4}),
    {"num_oov_indices": 0, "vocabulary": [5, 6, 7, 10**9 + 7]},
    {"vocabulary": [5, 7], "mask_token": 9, "oov_token": -7},
]


def plain(values):
    return np.round(keras.ops.convert_to_numpy(values), 6).tolist()


def told(layer, options, asked):
    """What there is to compare of one layer."""
    config = {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable", "dtype")}
    found = layer(np.array(asked))
    values = {"values": plain(found), "type": keras.ops.convert_to_numpy(found).dtype.name}
    listed = [each if isinstance(each, str) else int(each) for each in layer.get_vocabulary()]
    return {"options": options, "asked": asked, "vocabulary": listed, "config": config, **values}


def made(cls, options, data):
    layer = cls(**{key: tuple(value) if key == "ngrams" and value != 2 else value for key, value in options.items()})
    if "vocabulary" not in options:
        layer.adapt(data)
    return layer


def write_model():
    """A model of text, of classes with names, and of codes."""
    keras.utils.set_random_seed(1)
    words = layers.TextVectorization(output_mode="tf_idf", name="words")
    words.adapt(["the cat sat on the mat", "a dog and a cat", "dogs bark"])
    kinds = layers.StringLookup(name="kinds", output_mode="one_hot")
    kinds.adapt(["b", "a", "a"])
    codes = layers.IntegerLookup(name="codes", output_mode="multi_hot", vocabulary=[4, 9])
    text, kind = (keras.Input((1,), dtype="string", name=name) for name in ("text", "kind"))
    code = keras.Input((2,), dtype="int64", name="code")
    row = layers.Reshape((words.vocabulary_size(),), name="row")(words(text))
    joined = layers.Concatenate(name="all")([row, kinds(kind), codes(code)])
    model = keras.Model([text, kind, code], layers.Dense(1, name="out")(joined), name="of_words")
    model.save(HERE / "words.keras")
    return predicted(model)


def predicted(model):
    text, kind = tf.constant([["the cat and the bird"], ["dogs"]]), tf.constant([["a"], ["z"]])
    return model([text, kind, tf.constant([[4, 7], [9, 9]], tf.int64)]).numpy().tolist()


if len(sys.argv) > 1:
    print(json.dumps(predicted(keras.models.load_model(sys.argv[1]))))
else:
    found = {
        "made_by": f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
        "texts": TEXTS,
        "words": WORDS,
        "codes": CODES,
        "TextVectorization": [told(made(layers.TextVectorization, o, TEXTS), o, NEW) for o in VECTORIZED],
        "StringLookup": [told(made(layers.StringLookup, o, WORDS), o, ASKED) for o in LOOKED_UP],
        "IntegerLookup": [
            told(made(layers.IntegerLookup, o, CODES), o, KNOWN_CODES if o.get("num_oov_indices") == 0 else ASKED_CODES)
            for o in OF_CODES
        ],
        "predicted": write_model(),
    }
    (HERE / "values.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
