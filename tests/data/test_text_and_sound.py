"""Folders of texts and sounds, WAV files, and the `Tokenizer` of Keras 1 and 2."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras.src.utils import dataset_utils
from scipy.io import wavfile

from pellucid import layers, utils
from pellucid.data.words.sounds import decode_wav, encode_wav
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, NotYetError
from pellucid.preprocessing import text

SOUND = np.array([[0.5, -0.25], [1.0, -1.0], [0.3, 0.7], [2.0, -3.0], [1e-5, -0.99999]])
OF_TENSORFLOW = (
    "524946463800000057415645666d74201000000001000200401f0000007d0000040010006461746114000000004000e0ff7f008066269a59"
    "ff7f008000000080"
)
"""What `tf.audio.encode_wav(SOUND, 8000)` of TensorFlow 2.21 gives."""


def test_wav_files_are_tensorflows() -> None:
    content = encode_wav(SOUND, 8000)
    assert content.hex() == OF_TENSORFLOW
    sound, rate = decode_wav(content)
    kept = [[0.5, -0.25], [0.999969482421875, -1.0], [0.29998779296875, 0.70001220703125]]
    assert (sound[:3].tolist(), rate, sound.dtype) == (kept, 8000, np.float32)
    assert decode_wav(content, channels=1)[0].tolist() == sound[:, :1].tolist()
    assert decode_wav(content, channels=3)[0].tolist() == sound[:, [0, 1, 1]].tolist()
    assert decode_wav(content, samples=3)[0].tolist() == kept
    assert decode_wav(content, samples=7)[0].tolist() == [*sound.tolist(), [0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "float32", "float64"])
def test_other_samples_are_scipys(kind: str) -> None:
    values = np.clip(SOUND, -0.9, 0.9)
    scale, middle = {"uint8": (128, 128), "int16": (2**15, 0), "int32": (2**31, 0)}.get(kind, (1, 0))
    file = io.BytesIO()
    wavfile.write(file, 16000, (values * scale + middle).astype(kind))
    np.testing.assert_allclose(decode_wav(file.getvalue())[0], values, atol=1e-2 if kind == "uint8" else 1e-4)


def test_samples_of_24_bits() -> None:
    content = bytearray(encode_wav(np.zeros((2, 1)), 8000))
    content[34:36] = struct.pack("<H", 24)
    content[40:] = struct.pack("<I", 6) + (2**22).to_bytes(3, "little") + (-(2**23)).to_bytes(3, "little", signed=True)
    assert decode_wav(bytes(content))[0].tolist() == [[0.5], [-1.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: b"", "no WAV file"),
        (lambda content: b"OggS" + content[4:], "no WAV file: it begins with b'OggS"),
        (lambda content: content[:36], "is cut off: it has no samples"),
        (lambda content: content[:-1], "cut off in the middle of a sample"),
        (lambda content: content[:20] + b"\x11\x00" + content[22:], "of kind 17"),
    ],
)
def test_what_is_no_sound_is_said(change: Any, message: str) -> None:
    with pytest.raises(FileError, match=message):
        decode_wav(change(encode_wav(SOUND, 8000)), "bird.wav")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(10):
        place = tmp_path / ("no", "yes")[number % 2]
        place.mkdir(exist_ok=True)
        (place / f"{number}.txt").write_text(f"text {number} é")
        (place / f"{number}.wav").write_bytes(encode_wav(np.full((4 + number, 1), 0.5), 8000))
    return tmp_path


def test_files_and_labels_are_keras_s(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs, labels, names = dataset_utils.index_directory(
        str(folder), "inferred", formats=(".txt",), shuffle=True, seed=3, verbose=False
    )
    train, kept = utils.text_dataset_from_directory(folder, seed=3, validation_split=0.3, subset="both", batch_size=4)
    assert [*train.file_paths, *kept.file_paths] == theirs
    assert train.class_names == names
    found = [(each.decode(), int(y)) for x, batch in kept for each, y in zip(x.numpy(), batch, strict=True)]
    assert found == [(Path(path).read_text(), label) for path, label in zip(theirs[7:], labels[7:], strict=True)]
    first, second = ([x.tolist() for x, _ in train] for _ in range(2))
    assert first != second
    assert sorted(each for batch in first for each in batch) == sorted(each for batch in second for each in batch)
    assert "Using 7 files for training." in capsys.readouterr().out


def test_texts_and_sounds_become_numbers(folder: Path) -> None:
    texts = utils.text_dataset_from_directory(folder, verbose=False, label_mode=None, max_length=4, shuffle=False)
    reader = layers.TextVectorization(output_sequence_length=2)
    reader.adapt(texts)
    assert reader.get_vocabulary() == ["", "[UNK]", "text"]
    assert [x.tolist() for x in texts.map(reader)] == [[[2, 0]] * 10]
    sounds = utils.audio_dataset_from_directory(folder, verbose=False, shuffle=False, label_mode="categorical")
    ((x, y),) = sounds
    assert (x.shape, y.tolist()[0], x[0, :, 0].tolist()) == ((10, 13, 1), [1.0, 0.0], [0.5] * 4 + [0.0] * 9)
    assert sounds.element_spec[0].shape == (None, 13, 1)
    with pytest.raises(ArgumentError, match="sounds keep their rate"):
        utils.audio_dataset_from_directory(folder, sampling_rate=8000)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="there are no texts in"):
        utils.text_dataset_from_directory(empty(folder), labels=None, verbose=False)
    (folder / "no" / "bad.txt").write_bytes(b"caf\xe9")
    with pytest.raises(FileError, match=r"bad.txt is no text in UTF-8"):
        list(utils.text_dataset_from_directory(folder, verbose=False))


def test_texts_in_the_encodings_that_tell_themselves(folder: Path) -> None:
    """A mark in front is no letter of the first word; what is kept of a text is counted in UTF-8."""
    place = folder / "marked" / "yes"
    place.mkdir(parents=True)
    (place / "1.txt").write_bytes("café noir".encode("utf-16"))
    (place / "2.txt").write_bytes("café noir".encode("utf-8-sig"))
    for most, kept in ((None, "café noir"), (5, "café"), (4, "caf")):
        texts = utils.text_dataset_from_directory(
            folder / "marked", max_length=most, shuffle=False, label_mode=None, verbose=False
        )
        assert [x.tolist() for x in texts] == [[kept, kept]]


def empty(folder: Path) -> Path:
    place = folder / "empty"
    place.mkdir()
    return place


def test_a_tokenizer_numbers_words_as_keras_2_did() -> None:
    """Worked out by hand from the documentation of Keras 2."""
    tokenizer = text.Tokenizer(num_words=4, oov_token="<oov>")
    tokenizer.fit_on_texts(["A cat, and a dog!", "the dog\tand THE bird", ["a", "Dog"]])
    assert tokenizer.word_index == {"<oov>": 1, "a": 2, "dog": 3, "and": 4, "the": 5, "cat": 6, "bird": 7}
    assert tokenizer.texts_to_sequences(["a dog and a fish"]) == [[2, 3, 1, 2, 1]]
    assert tokenizer.sequences_to_texts([[2, 3, 7]]) == ["a dog <oov>"]
    assert dict(tokenizer.word_docs) == {"a": 2, "cat": 1, "and": 2, "dog": 3, "the": 1, "bird": 1}
    again = text.tokenizer_from_json(tokenizer.to_json())
    assert again.get_config() == tokenizer.get_config()
    for mode, row in {
        "binary": [0, 1, 1, 1],
        "count": [0, 2, 2, 1],
        "freq": [0, 0.4, 0.4, 0.2],
        "tfidf": [0, (1 + np.log(2)) * np.log(4), (1 + np.log(2)) * np.log(2), np.log(1 + 3 / 4)],
    }.items():
        np.testing.assert_allclose(again.texts_to_matrix(["a dog and a fish"], mode), [row])
    letters = text.Tokenizer(char_level=True)
    letters.fit_on_texts(["abb"])
    assert letters.texts_to_sequences(["bac"]) == [[1, 2]]
    assert text.Tokenizer(nb_words=3).num_words == 3
    with pytest.raises(NotYetError, match="num_words"):
        text.Tokenizer().texts_to_matrix(["a"])
    with pytest.raises(ArgumentTypeError, match="takes a list of texts"):
        tokenizer.fit_on_texts("a cat")
    with pytest.raises(ArgumentError, match="tokenizer_from_json takes what to_json gave"):
        text.tokenizer_from_json("{}")
