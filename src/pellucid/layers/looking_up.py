"""What layers that look tokens up in a vocabulary have in common: it is measured or given, used, and kept in files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of, array_that
from pellucid.checks import flag, several, whole, word
from pellucid.data.words.token_files import read_tokens, write_tokens
from pellucid.data.words.vocabulary import MODES, Numbering, Vocabulary
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shown
from pellucid.layers.input_reader import InputReader

OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
FILE = "vocabulary.txt"
MOST_TOKENS = 2**24
"""Of a vocabulary: float32 holds whole numbers up to there."""


class Lookup(InputReader):
    """What `StringLookup` and `IntegerLookup` have in common."""

    vocabulary: Any
    """As it was given; None where it was measured."""

    def _set_up(
        self,
        *,
        max_tokens: Any,
        num_oov_indices: Any,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: Any,
        output_mode: Any,
        sparse: Any,
        pad_to_max_tokens: Any,
        size: Any,
    ) -> None:
        """Check the options and keep them."""
        mode = OLD_MODES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
        self.output_mode = word(self.label, "output_mode", mode, MODES)
        self.max_tokens = None if max_tokens is None else whole(self.label, "max_tokens", max_tokens, 2, MOST_TOKENS)
        self.num_oov_indices = whole(self.label, "num_oov_indices", num_oov_indices, 0, MOST_TOKENS)
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse = flag(self.label, "invert", invert), refused(self.label, "sparse", sparse)
        self.pad_to_max_tokens = flag(self.label, "pad_to_max_tokens", pad_to_max_tokens)
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ArgumentError(f"{self.label}: pad_to_max_tokens=True needs max_tokens")
        if self.invert and self.output_mode != "int":
            raise ArgumentError(f"{self.label}: invert=True gives tokens of numbers; output_mode must be 'int' then")
        how = (self.output_mode, self.max_tokens, self.num_oov_indices, mask_token, oov_token, self.pad_to_max_tokens)
        promised = None if size is None else whole(self.label, "vocabulary_size", size, 0, MOST_TOKENS)
        self._vocabulary = Vocabulary(Numbering(self.label, *how), promised)
        is_file = isinstance(vocabulary, str | os.PathLike)
        self.vocabulary = None if vocabulary is None or is_file else [*self._listed(vocabulary)]
        self.idf_weights = None if idf_weights is None else self._weights(idf_weights)
        self._is_given = vocabulary is not None
        if vocabulary is not None:
            self._give(vocabulary, self.idf_weights)
        elif idf_weights is not None:
            raise ArgumentError(f"{self.label}: idf_weights go with a vocabulary")

    def _weights(self, weights: Any) -> list[float]:
        found: list[float] = array_that(f"{self.label}: idf_weights", weights).astype(np.float64).tolist()
        return found

    def _tokens(self, data: Any) -> np.ndarray:
        """Tokens of any shape."""
        raise NotImplementedError

    def _listed(self, vocabulary: Any) -> list[Any]:
        """Tokens that are given, one after the other."""
        if isinstance(vocabulary, str | os.PathLike):
            return self._of_file(Path(vocabulary))
        array = self._tokens(several(self.label, "vocabulary", _plain(vocabulary), "tokens, or the path of a file"))
        found: list[Any] = array.ravel().tolist()
        return found

    def _of_file(self, path: Path) -> list[Any]:
        lines = read_tokens(path, self.label)
        while lines and not lines[-1]:
            lines.pop()
        return self._of_lines(lines)

    def _of_lines(self, lines: list[str]) -> list[Any]:
        """The tokens of a file, one in each line."""
        found: list[Any] = self._tokens(lines).ravel().tolist()
        return found

    def _give(self, vocabulary: Any, idf_weights: Any) -> None:
        self._vocabulary.give(self._listed(vocabulary), idf_weights)

    # What a user calls.

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these tokens instead of measuring them.

        Args:
            vocabulary: tokens, most frequent first, with or without those for nothing and for unknown ones before; or
                the path of a file with one in each line.
            idf_weights: what each weighs, for `output_mode="tf_idf"`.

        Raises:
            ArgumentError: there is none, one is there twice, or they are more than `max_tokens`.
        """
        self._give(vocabulary, None if idf_weights is None else self._weights(idf_weights))

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: whether those for nothing and for unknown tokens come first.
        """
        return self._vocabulary.listed(flag(self.label, "include_special_tokens", include_special_tokens))

    def vocabulary_size(self) -> int:
        """How many numbers there are, with those for nothing and for unknown tokens."""
        return self._vocabulary.size

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Number the tokens in data: the most frequent gets the first number.

        Args:
            data: an array or lists; or batches to go through, of which x is taken where they are (x, y).
            batch_size: not needed; for Keras's sake.
            steps: how many batches are gone through; all by default.

        Raises:
            ArgumentError: a vocabulary was given.
            DataError: there are no tokens.
        """
        self.reset_state()
        for batch in batches_of(self.label, data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._vocabulary.forget_counts()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch."""
        tokens = self._tokens(data)
        self.count(tokens.reshape(-1, tokens.shape[-1]) if tokens.ndim > 1 else tokens.reshape(1, -1))

    def count(self, rows: Any) -> None:
        """Count the tokens of samples, a row each."""
        if self._is_given:
            raise ArgumentError(f"{self.label}: its vocabulary was given, so there is nothing to measure")
        self._vocabulary.count(row.tolist() if isinstance(row, np.ndarray) else row for row in rows)

    def finalize_state(self) -> None:
        """Number what was counted."""
        self._vocabulary.settle()

    # What it computes.

    def read(self, inputs: Any) -> np.ndarray:
        """The numbers of tokens, or the tokens of numbers."""
        if self.invert:
            return self._vocabulary.tokens(whole_numbers(self.label, inputs))
        tokens = self._tokens(inputs)
        return self.encoded(self._vocabulary.numbers(tokens))

    def encoded(self, numbers: np.ndarray) -> np.ndarray:
        """What is made of the numbers of tokens."""
        if self.output_mode == "int":
            return numbers
        if self.output_mode == "one_hot":
            return self._vocabulary.one_hot(np.atleast_1d(numbers))
        if numbers.ndim > 2:
            raise DataError(f"{self.label}: {self.output_mode} makes a row of each row of tokens, got {numbers.shape}")
        found = self._vocabulary.rows(list(np.atleast_2d(numbers)))
        return found if numbers.ndim == 2 else found[0]

    def rows(self, samples: Sequence[np.ndarray]) -> np.ndarray:
        """A row for each sample of tokens, however many it has."""
        return self._vocabulary.rows(self.numbers(samples))

    def numbers(self, samples: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The numbers of the tokens of each sample, however many it has."""
        return [self._vocabulary.numbers(sample) for sample in samples]

    def shape_read(self, input_shape: SymbolicShape) -> SymbolicShape:
        """A row of `vocabulary_size` for each token or each sample; the same for whole numbers."""
        if self.invert:
            raise ArgumentError(
                f"{self.label}: invert=True gives words, which no model computes with: call it on arrays"
            )
        if self.output_mode == "int":
            return input_shape
        depth = self._vocabulary.depth
        ends_in_one = len(input_shape) > 1 and input_shape[-1] == 1
        if self.output_mode == "one_hot" and not ends_in_one:
            return (*input_shape, depth)
        return (*input_shape[:-1], depth) if len(input_shape) > 1 else (*input_shape, depth)

    # What files hold.

    def get_config(self) -> dict[str, Any]:
        """The options; a vocabulary that was measured stands in files beside them."""
        config = {**super().get_config(), "vocabulary_size": self.vocabulary_size()}
        return config if self._vocabulary.is_known or config["vocabulary_size"] else config | {"vocabulary_size": None}

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary beside the weights, unless the configuration has it."""
        if self.vocabulary is None and self._vocabulary.is_known:
            write_tokens(Path(dir_path, FILE), [str(token) for token in self.get_vocabulary()], self.label)

    def load_assets(self, dir_path: str) -> None:
        """Read what `save_assets` wrote."""
        if self.vocabulary is None and Path(dir_path, FILE).exists():
            weights = self._vocabulary.weights if self.output_mode == "tf_idf" else None
            self._vocabulary.give(self._of_lines(read_tokens(Path(dir_path, FILE), self.label)), weights)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put what tokens weigh into a store, for "tf_idf"."""
        if self._vocabulary.weights is not None:
            store["idf_weights"] = self._vocabulary.weights

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take it from there."""
        if "idf_weights" in store:
            self._vocabulary.weights = np.asarray(store["idf_weights"], np.float32)


def refused(label: str, name: str, value: Any) -> bool:
    """False; raises `ArgumentError` for what only TensorFlow's tensors can be."""
    if value is not False:
        raise ArgumentError(f"{label}: {name} must be left out: results are dense arrays; got {shown(value)}")
    return False


def batches_of(label: str, data: Any, steps: int | None) -> Iterator[Any]:
    """Data to be measured, batch by batch; an array of one axis has samples of one token each."""
    if isinstance(data, str | bytes) or not (hasattr(data, "__iter__") or hasattr(data, "__array__")):
        raise ArgumentTypeError(
            f"{label}: adapt() takes an array or lists, or batches to go through, got {shown(data)}"
        )
    if isinstance(data, list | tuple) or hasattr(data, "__array__"):
        if steps is not None:
            raise ArgumentError(f"{label}: steps counts batches, and adapt() got an array")
        array = np.asarray(data, object)
        yield array[:, np.newaxis] if array.ndim == 1 else array
        return
    most = None if steps is None else whole(label, "steps", steps, 1)
    for number, batch in enumerate(data):
        if number == most:
            return
        yield batch[0] if isinstance(batch, tuple) else batch


def _plain(vocabulary: Any) -> Any:
    """With a column of a table, or a tensor, as NumPy's array."""
    if not hasattr(vocabulary, "__array__"):
        return vocabulary
    try:
        return np.asarray(vocabulary)
    except Exception:  # whatever a foreign object says; it is refused as what it is
        return vocabulary


def whole_numbers(label: str, data: Any) -> np.ndarray:
    """As int64; raises `DataError` for what is none, or would be another number there."""
    try:
        array = array_of(data)
    except NoNumbers as error:
        raise DataError(f"{label} takes whole numbers, got {error}") from error
    is_real = array.dtype.kind not in "iub"
    if is_real and not np.array_equal(array, np.floor(array)):
        raise DataError(f"{label} takes whole numbers, got {shown(data)}")
    if array.dtype.kind in "uf" and array.size and (array.max() >= 2.0**63 or (is_real and array.min() < -(2.0**63))):
        raise DataError(f"{label} takes whole numbers of 64 bits, from -2^63 to 2^63 - 1, got {shown(data)}")
    return array.astype(np.int64)
