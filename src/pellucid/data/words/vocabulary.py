"""A vocabulary: tokens with a number each, counted in data or given, and what rows of tokens are in terms of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import of_objects
from pellucid.errors import ArgumentError, DataError, NotYetError, shown
from pellucid.frozen import Frozen

__all__ = ["MODES", "Numbering", "Vocabulary"]

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
Token = Hashable


class Numbering(Frozen):
    """How tokens are numbered, and what is made of the numbers of a sample.

    Args:
        label: whose vocabulary it is, for messages.
        mode: one of `MODES`.
        limit: how many numbers there are at most, those for what is no token among them; None for any.
        oov: how many numbers stand for tokens that are not known.
        mask: the token that stands for nothing; None for none.
        unknown: what stands for tokens that are not known where tokens are listed.
        pads: whether rows have `limit` places, however few tokens are known.
    """

    label: str
    mode: str = "int"
    limit: int | None = None
    oov: int = 1
    mask: Token | None = None
    unknown: Token = "[UNK]"
    pads: bool = False

    @property
    def specials(self) -> list[Any]:
        """What comes before the tokens: the mask where numbers are given as they are, and the unknown ones."""
        return [*([self.mask] if self.mask is not None and self.mode == "int" else []), *[self.unknown] * self.oov]


class Vocabulary:
    """Tokens with their numbers.

    Args:
        numbering: how.
        size: how many numbers there will be, where the tokens come later, from a file.

    Example:
        >>> vocabulary = Vocabulary(Numbering("words", mask=""))
        >>> vocabulary.count([["b", "a", "b"]])
        >>> vocabulary.settle()
        >>> vocabulary.listed(), vocabulary.numbers(np.array(["a", "c", ""], object)).tolist()
        (['', '[UNK]', 'b', 'a'], [3, 1, 0])
    """

    def __init__(self, numbering: Numbering, size: int | None = None) -> None:
        self.numbering, self.weights = numbering, None
        self._promised = size
        self._tokens: list[Any] | None = None
        self._places: dict[Any, int] = {}
        self.forget_counts()

    weights: np.ndarray | None
    """For "tf_idf" what each number weighs, float32."""

    @property
    def is_known(self) -> bool:
        """Whether there are tokens."""
        return self._tokens is not None

    @property
    def size(self) -> int:
        """How many numbers there are: of tokens, and of what is none."""
        if self._tokens is None and self._promised is not None:
            return self._promised
        return len(self.numbering.specials) + len(self._tokens or [])

    @property
    def depth(self) -> int:
        """How many places a row has; raises `NotYetError` before the tokens are known."""
        if self.numbering.pads:
            return self.numbering.limit or 0
        if self._tokens is None and self._promised is None:
            raise self._not_yet()
        return self.size

    def _not_yet(self) -> NotYetError:
        return NotYetError(f"{self.numbering.label} has no vocabulary yet: call adapt(data), or give vocabulary=")

    def listed(self, specials: bool = True) -> list[Any]:
        """The tokens in the order of their numbers, by default behind what is none."""
        return [*(self.numbering.specials if specials else []), *(self._tokens or [])]

    # How it comes about.

    def forget_counts(self) -> None:
        """Count from zero."""
        self._counts: Counter[Any] = Counter()
        self._in_documents: Counter[Any] = Counter()
        self._documents = 0

    def count(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count the tokens of samples, a row each."""
        for row in rows:
            self._counts.update(row)
            if self.numbering.mode == "tf_idf":
                self._in_documents.update(set(row))
            self._documents += 1

    def settle(self) -> None:
        """Number what was counted: the most frequent first, and those that are as frequent from the last on."""
        how = self.numbering
        for special in (how.mask, how.unknown):
            self._counts.pop(special, None)
        if not self._counts:
            raise DataError(f"{how.label}: adapt() found no tokens")
        ordered = sorted(self._counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
        most = None if how.limit is None else max(how.limit - len(how.specials), 0)
        self._number([token for token, _ in ordered[:most]])
        if how.mode == "tf_idf":
            documents = np.array([self._in_documents[token] for token in self._tokens or []], np.float64)
            self.weigh(np.log(1.0 + self._documents / (1.0 + documents)))
        self.forget_counts()

    def give(self, tokens: Sequence[Any], weights: Any = None) -> None:
        """Take these tokens, with or without what is none before them; for "tf_idf" with what each weighs."""
        how = self.numbering
        tokens, start = list(tokens), how.specials
        begins_so = bool(start) and tokens[: len(start)] == start
        bare = tokens[len(start) :] if begins_so else tokens
        twice = [token for token, times in Counter(bare).items() if times > 1]
        if not tokens or twice or (how.mask is not None and how.mask in bare):
            wrong = f"{shown(twice[0])} is there twice" if twice else f"{shown(how.mask)} stands for no token"
            said = wrong if tokens else "there is none"
            raise ArgumentError(f"{how.label}: a vocabulary has each token once: {said} (it may begin with {start})")
        if how.limit is not None and len(start) + len(bare) > how.limit:
            raise ArgumentError(
                f"{how.label}: with {start} there are {len(start) + len(bare)} tokens, more than max_tokens={how.limit}"
            )
        if (how.mode == "tf_idf") != (weights is not None):
            raise ArgumentError(
                f"{how.label}: idf_weights go with a vocabulary for output_mode='tf_idf', and with that alone"
            )
        self._number(bare)
        if weights is not None:
            self._check_weights(weights, len(tokens))
            self.weigh(np.asarray(weights, np.float64), padded=begins_so)

    def _check_weights(self, weights: Any, count: int) -> None:
        array = np.asarray(weights)
        if array.shape != (count,) or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise ArgumentError(
                f"{self.numbering.label}: idf_weights are {count} finite numbers, one for each token, got "
                f"{shown(weights)}"
            )

    def weigh(self, weights: np.ndarray, *, padded: bool = False) -> None:
        """Set what tokens weigh; what is none weighs their mean, unless it is among them, and empty places 0."""
        front = 0 if padded else len(self.numbering.specials)
        row = np.concatenate([np.full(front, weights.mean()), weights])
        self.weights = np.pad(row, (0, self.depth - len(row))).astype(np.float32)

    def _number(self, tokens: list[Any]) -> None:
        start = len(self.numbering.specials)
        self._tokens = tokens
        self._places = {token: start + place for place, token in enumerate(tokens)}

    # What it is for.

    def numbers(self, tokens: np.ndarray) -> np.ndarray:
        """The number of each token, int64; -1 for the mask where rows are made of them."""
        how = self.numbering
        if self._tokens is None:
            raise self._not_yet()
        places, mask, nothing = self._places, how.mask, 0 if how.mode == "int" else -1
        found = [
            places[each] if each in places else nothing if each == mask else self._of_unknown(each)
            for each in tokens.ravel().tolist()
        ]
        return np.array(found, np.int64).reshape(tokens.shape)

    def _of_unknown(self, token: Any) -> int:
        how = self.numbering
        first = len(how.specials) - how.oov
        if not how.oov:
            raise DataError(
                f"{how.label}: {shown(token)} is not in the vocabulary; num_oov_indices=1 has a number for such tokens"
            )
        return first if how.oov == 1 else first + token % how.oov

    def tokens(self, numbers: np.ndarray) -> np.ndarray:
        """The token of each number; that of unknown ones where there is none."""
        known = dict(enumerate(self.listed()))
        found = [known.get(int(number), self.numbering.unknown) for number in numbers.ravel().tolist()]
        return of_objects(found, numbers.shape)

    def rows(self, samples: Sequence[np.ndarray]) -> np.ndarray:
        """One row for each sample: 1 at each of its numbers, how often it is there, or that by its weight."""
        mode, depth = self.numbering.mode, self.depth
        found = np.zeros((len(samples), depth), np.int64)
        for row, sample in zip(found, samples, strict=True):
            row += np.bincount(sample[sample >= 0], minlength=depth)
        if mode == "multi_hot":
            return np.minimum(found, 1)
        if mode == "count":
            return found
        if self.weights is None:
            raise NotYetError(f"{self.numbering.label} has no weights yet: call adapt(data), or give idf_weights=")
        return found.astype(np.float32) * self.weights

    def one_hot(self, numbers: np.ndarray) -> np.ndarray:
        """1 at the place of each number; a last axis of size 1 goes."""
        numbers = numbers[..., 0] if numbers.ndim > 1 and numbers.shape[-1] == 1 else numbers
        return (numbers[..., np.newaxis] == np.arange(self.depth)).astype(np.int64)
