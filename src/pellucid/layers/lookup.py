"""Layers that look tokens up in a vocabulary: words, or whole numbers that stand for something."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid.checks import is_whole, whole, word
from pellucid.data.words.texts import encoding_of, texts_of
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, shown
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.looking_up import Lookup, refused, whole_numbers


class StringLookup(Lookup):
    """For each word its number in a vocabulary, or rows of such numbers; with `invert` the words again.

    It works on arrays and lists of text, and as the first layer of a model on `Input(shape, dtype="string")`.

    Args:
        max_tokens: how many numbers there are at most; None for as many as are found.
        num_oov_indices: how many numbers stand for words that are not known: 1, or 0 if there shall be none.
        mask_token: a word that stands for nothing: 0 where numbers are given, left out of rows.
        oov_token: what stands for words that are not known.
        vocabulary: words, most frequent first, or the path of a file with one in each line; else call `adapt`.
        idf_weights: what each word weighs, for "tf_idf" with a vocabulary that is given.
        invert: whether numbers become words.
        output_mode: "int" for numbers; "one_hot" for a row with a 1 for each word; "multi_hot", "count" or "tf_idf" for
            one row of each sample.
        pad_to_max_tokens: whether rows have `max_tokens` places, however few words are known.
        sparse: False: rows are dense.
        encoding: of bytes that come in.
        salt: None: no hash is computed here.
        oov_method: "floormod"; for whole numbers alone.
        vocabulary_size: how many numbers there will be, where a file brings the vocabulary later.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an option is out of range, or the vocabulary has a word twice.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.StringLookup()
        >>> layer.adapt(["cat", "dog", "cat"])
        >>> layer.get_vocabulary(), layer([["cat"], ["bird"]]).tolist()
        (['[UNK]', 'cat', 'dog'], [[1], [0]])

    Source: keras.layers.StringLookup.
    """

    untold_options: ClassVar[tuple[str, ...]] = ("vocabulary_size",)

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        *,
        salt: None = None,
        oov_method: str = "floormod",
        vocabulary_size: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.encoding = encoding_of(self.label, encoding)
        self.salt = None if salt is None else refused(self.label, "salt", salt)
        self.oov_method = word(self.label, "oov_method", oov_method, ("floormod",))
        if is_whole(num_oov_indices) and num_oov_indices > 1:
            raise ArgumentError(
                f"{self.label}: several numbers for unknown words come of a hash that is not here; num_oov_indices is "
                f"0 or 1, got {shown(num_oov_indices)}"
            )
        for name, token in (("mask_token", mask_token), ("oov_token", oov_token)):
            if not isinstance(token, str) and not (token is None and name == "mask_token"):
                raise ArgumentTypeError(f"{self.label}: {name} is text, got {shown(token)}")
        self._set_up(
            max_tokens=max_tokens, num_oov_indices=num_oov_indices, mask_token=mask_token, oov_token=oov_token,
            vocabulary=vocabulary, idf_weights=idf_weights, invert=invert, output_mode=output_mode, sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens, size=vocabulary_size,
        )  # fmt: skip

    def _tokens(self, data: Any) -> np.ndarray:
        return texts_of(self.label, data, self.encoding)

    def get_config(self) -> dict[str, Any]:
        """The options, those by name alone too."""
        return {**super().get_config(), "salt": self.salt, "oov_method": self.oov_method}


class IntegerLookup(Lookup):
    """For each whole number that stands for something its place in a vocabulary, or rows of such places.

    It works on arrays, and as the first layer of a model on `Input(shape, dtype="int64")`.

    Args:
        max_tokens: how many places there are at most; None for as many as are found.
        num_oov_indices: how many places stand for numbers that are not known; which of several, the remainder says.
        mask_token: a number that stands for nothing: place 0 where places are given, left out of rows.
        oov_token: what stands for numbers that are not known, where the vocabulary is listed.
        vocabulary: numbers, most frequent first, or the path of a file with one in each line; else call `adapt`.
        vocabulary_dtype: "int64".
        idf_weights, invert, output_mode, sparse, pad_to_max_tokens, vocabulary_size: see `StringLookup`.
        oov_method: "floormod".
        salt: None: no hash is computed here.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an option is out of range, or the vocabulary has a number twice.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.IntegerLookup(vocabulary=[12, 36], output_mode="one_hot")
        >>> layer([36, 7]).tolist()
        [[0, 0, 1], [1, 0, 0]]

    Source: keras.layers.IntegerLookup.
    """

    reads = "whole numbers"
    example = 'Input((1,), dtype="int64")'
    input_type = "int64"
    untold_options: ClassVar[tuple[str, ...]] = ("vocabulary_size",)

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: None = None,
        *,
        vocabulary_size: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.vocabulary_dtype = word(self.label, "vocabulary_dtype", vocabulary_dtype, ("int64",))
        self.salt = None if salt is None else refused(self.label, "salt", salt)
        self.oov_method = word(self.label, "oov_method", oov_method, ("floormod",))
        mask = None if mask_token is None else whole(self.label, "mask_token", mask_token)
        self._set_up(
            max_tokens=max_tokens, num_oov_indices=num_oov_indices, mask_token=mask,
            oov_token=whole(self.label, "oov_token", oov_token), vocabulary=vocabulary, idf_weights=idf_weights,
            invert=invert, output_mode=output_mode, sparse=sparse, pad_to_max_tokens=pad_to_max_tokens,
            size=vocabulary_size,
        )  # fmt: skip

    def reads_type(self, dtype: str) -> bool:
        """Whole numbers of any width."""
        return dtype.startswith(("int", "uint"))

    def _tokens(self, data: Any) -> np.ndarray:
        return whole_numbers(self.label, data)

    def _of_lines(self, lines: list[str]) -> list[int]:
        found = []
        for number, line in enumerate(lines, 1):
            try:
                found.append(int(line))
            except ValueError as error:
                wrong = f"{self.label}: line {number} of the vocabulary is no whole number: {shown(line)}"
                raise FileError(wrong) from error
        return self._tokens(found).tolist()
