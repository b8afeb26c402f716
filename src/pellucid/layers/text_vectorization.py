"""Text as numbers: cleaned, taken apart into words, and each word looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid.arraylike import of_objects
from pellucid.calls import called
from pellucid.checks import is_whole, whole, word
from pellucid.data.words.texts import characters, encoding_of, grams, lower, texts_of, without_punctuation, words_in
from pellucid.data.words.vocabulary import MODES
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shown
from pellucid.layers.input_reader import InputReader
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.looking_up import OLD_MODES, batches_of, refused
from pellucid.layers.lookup import StringLookup

CLEANED = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLITS: dict[str, Callable[[str], list[str]]] = {"whitespace": words_in, "character": characters}

MOST_WORDS = 2**24
"""That are taken of a text: numbers of as many texts as a batch has stand in one array."""
MOST_JOINED = 1000
"""Neighbours that are one word: no text has more that come twice."""


class TextVectorization(InputReader):
    """Text as numbers: a row of the numbers of its words, or one row that says which words are in it.

    It works on arrays and lists of text (in a `Dataset.map`, say), and as the first layer of a model, on
    `Input((1,), dtype="string")`: texts then go into `fit`, `evaluate` and `predict` as they are.

    Args:
        max_tokens: how many numbers there are at most: the words that come most often, 0 for padding and 1 for words
            that are not known. None for as many as are found.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None; or a function of an array of
            text. Letters and punctuation are those of ASCII.
        split: "whitespace", "character", None; or a function of an array of text that gives a list of words for each.
        ngrams: neighbours that are taken together: 2 for single words and pairs; a tuple for these sizes alone.
        output_mode: "int", a number for each word; "multi_hot", "count" or "tf_idf", one row for each text.
        output_sequence_length: how many numbers each text has, filled up with 0 or cut off; that of the longest of a
            batch by default. For "int" alone.
        pad_to_max_tokens: whether rows have `max_tokens` places, however few words are known.
        vocabulary: words, most frequent first, or the path of a file with one in each line; else call `adapt`.
        idf_weights: what each word weighs, for "tf_idf" with a vocabulary that is given.
        sparse, ragged: False: results are dense arrays.
        encoding: of bytes that come in.
        vocabulary_size: how many numbers there will be, where a file brings the vocabulary later.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an option is out of range or unknown, or two do not go together.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["The cat sat.", "The dog!"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
        >>> layer(["the bird sat"]).tolist()
        [[2, 1, 3, 0]]

    Source: keras.layers.TextVectorization.
    """

    untold_options: ClassVar[tuple[str, ...]] = ("vocabulary_size",)

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[[Any], Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[[Any], Any] | None = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        *,
        vocabulary_size: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.standardize = self._word_or_function("standardize", standardize, CLEANED)
        self.split = self._word_or_function("split", split, SPLITS)
        self.ngrams, self._sizes = ngrams, self._checked_sizes(ngrams)
        mode = OLD_MODES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
        self.output_mode = word(self.label, "output_mode", mode, [mode for mode in MODES if mode != "one_hot"])
        if output_sequence_length is not None and self.output_mode != "int":
            raise ArgumentError(f"{self.label}: output_sequence_length goes with output_mode='int' alone")
        length = output_sequence_length
        self.output_sequence_length = (
            None if length is None else whole(self.label, "output_sequence_length", length, 1, MOST_WORDS)
        )
        self.sparse, self.ragged = (refused(self.label, *pair) for pair in (("sparse", sparse), ("ragged", ragged)))
        self.encoding = encoding_of(self.label, encoding)
        self._lookup_layer = StringLookup(
            max_tokens, 1, "", "[UNK]", vocabulary, idf_weights, output_mode=self.output_mode, encoding=encoding,
            pad_to_max_tokens=pad_to_max_tokens, vocabulary_size=vocabulary_size, name=f"{self.name}_lookup",
        )  # fmt: skip
        self.max_tokens, self.pad_to_max_tokens = self._lookup_layer.max_tokens, self._lookup_layer.pad_to_max_tokens
        self.vocabulary, self.idf_weights = self._lookup_layer.vocabulary, self._lookup_layer.idf_weights
        self.batch_input_shape = self.batch_input_shape or (None, 1)

    def _word_or_function(self, name: str, value: Any, known: Any) -> Any:
        is_free = value is None or (callable(value) and not isinstance(value, type))
        return value if is_free else word(self.label, name, value, known)

    def _checked_sizes(self, ngrams: Any) -> tuple[int, ...] | None:
        if ngrams is None:
            return None
        if is_whole(ngrams):
            return tuple(range(1, whole(self.label, "ngrams", ngrams, 1, MOST_JOINED) + 1))
        if isinstance(ngrams, tuple) and ngrams and all(is_whole(size) and size > 0 for size in ngrams):
            return tuple(int(size) for size in ngrams)
        raise ArgumentTypeError(f"{self.label}: ngrams is a whole number, or a tuple of several, got {shown(ngrams)}")

    # What a user calls.

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Number the words of texts: that which comes most often gets the first number.

        Args:
            data: texts in an array or list; or batches to go through, of which x is taken where they are (x, y).
            batch_size: not needed; for Keras's sake.
            steps: how many batches are gone through; all by default.

        Raises:
            ArgumentError: a vocabulary was given.
            DataError: there are no words.
        """
        self.reset_state()
        for batch in batches_of(self.label, data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def update_state(self, data: Any) -> None:
        """Count the words of a batch of texts."""
        texts = texts_of(self.label, data, self.encoding)
        self._lookup_layer.count(self._words(texts if self.split is None else np.atleast_1d(texts)))

    def finalize_state(self) -> None:
        """Number what was counted."""
        self._lookup_layer.finalize_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their numbers, by default behind those for padding and for unknown words."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these words instead of measuring them; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def vocabulary_size(self) -> int:
        """How many numbers there are, with those for padding and for unknown words."""
        return self._lookup_layer.vocabulary_size()

    # What it computes.

    def _words(self, texts: np.ndarray) -> list[list[str]]:
        """The words of each text."""
        texts = self._cleaned(texts)
        if self.split is None:
            rows = [list(row) for row in (texts.tolist() if texts.ndim > 1 else [texts.ravel().tolist()])]
        else:
            rows = self._taken_apart(self._in_a_row(texts))
        return rows if self._sizes is None else [grams(row, self._sizes) for row in rows]

    def _in_a_row(self, texts: np.ndarray) -> np.ndarray:
        if texts.ndim > 2 or (texts.ndim == 2 and texts.shape[1] != 1):
            raise DataError(f"{self.label} takes one text for each sample, (batch,) or (batch, 1), got {texts.shape}")
        return texts.reshape(-1)

    def _cleaned(self, texts: np.ndarray) -> np.ndarray:
        how = self.standardize
        if how is None:
            return texts
        if callable(how):
            found = called(f"standardize of {self.label}", how, texts.astype(str))
            return texts_of(f"{self.label}: what standardize gives", found, self.encoding).reshape(texts.shape)
        flat = texts.ravel().tolist()
        flat = [lower(text) for text in flat] if how != "strip_punctuation" else flat
        flat = [without_punctuation(text) for text in flat] if how != "lower" else flat
        return of_objects(flat, texts.shape)

    def _taken_apart(self, texts: np.ndarray) -> list[list[str]]:
        if not callable(self.split):
            return [SPLITS[str(self.split)](text) for text in texts.tolist()]
        found = called(f"split of {self.label}", self.split, texts.astype(str))
        if not isinstance(found, list | tuple | np.ndarray) or len(found) != len(texts):
            raise DataError(f"{self.label}: split gives a list of words for each of {len(texts)}, got {shown(found)}")
        for row in found:
            if not isinstance(row, list | tuple | np.ndarray):
                raise DataError(f"{self.label}: split gives a list of words for each text, got {shown(row)} for one")
        return [texts_of(f"{self.label}: what split gives", list(row), self.encoding).ravel().tolist() for row in found]

    def read(self, inputs: Any) -> np.ndarray:
        """The numbers of words, or a row for each text."""
        texts = texts_of(self.label, inputs, self.encoding)
        if self.split is None and self.output_mode == "int" and self._sizes is None:
            return self._of_length(self._lookup_layer.read(self._cleaned(texts)))
        rows = [np.array(row, object) for row in self._words(texts)]
        if self.output_mode != "int":
            found = self._lookup_layer.rows(rows)
        else:
            found = self._filled(self._lookup_layer.numbers(rows))
        return found if texts.ndim else found[0]

    def _filled(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        length = self.output_sequence_length
        found = np.zeros((len(rows), max(map(len, rows), default=0) if length is None else length), np.int64)
        for place, row in zip(found, rows, strict=True):
            place[: len(row)] = row[: len(place)]
        return found

    def _of_length(self, numbers: np.ndarray) -> np.ndarray:
        length = self.output_sequence_length
        if length is None:
            return numbers
        kept = numbers[..., :length]
        return np.pad(kept, [*[(0, 0)] * (kept.ndim - 1), (0, length - kept.shape[-1])])

    def shape_read(self, input_shape: SymbolicShape) -> SymbolicShape:
        """(batch, output_sequence_length), or a row for each text."""
        if self.output_mode == "int":
            return (input_shape[0], self.output_sequence_length)
        return self._lookup_layer.shape_read((input_shape[0], None))

    # What files hold.

    def get_config(self) -> dict[str, Any]:
        """The options; a vocabulary that was measured stands in files beside them."""
        config = super().get_config() | {"standardize": self.standardize, "split": self.split}
        return config | {"vocabulary_size": self._lookup_layer.get_config()["vocabulary_size"]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TextVectorization:
        """A new layer from `get_config`'s result."""
        ngrams = config.get("ngrams")
        return cls(**(config | {"ngrams": tuple(ngrams) if isinstance(ngrams, list) else ngrams}))

    def check_savable(self) -> None:
        """Functions of the user's own are in no file."""
        for name in ("standardize", "split"):
            if callable(getattr(self, name)):
                raise ArgumentError(
                    f"{self.label}: its {name} is a function, which no file holds: save the model behind it, Model("
                    f"inputs, outputs) without this layer, and make the layer again with the words of get_vocabulary()"
                )

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary beside the weights, as Keras does: here, and where the lookup has its own."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Read it from there."""
        if not self._lookup_layer._vocabulary.is_known and Path(dir_path).exists():
            self._lookup_layer.load_assets(dir_path)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put what words weigh into a store, for "tf_idf"."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take it from there."""
        self._lookup_layer.load_own_variables(store)
