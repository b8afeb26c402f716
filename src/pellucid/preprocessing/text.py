"""Text as Keras 1 and 2 made it ready for `Embedding`: words as numbers by how often they come."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.checks import flag, whole, word
from pellucid.errors import ArgumentError, ArgumentTypeError, NotYetError, shown

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""Characters that are taken out of texts."""
_KEPT = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
MODES = ("binary", "count", "tfidf", "freq")


def text_to_word_sequence(text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        text: of any length.
        filters: characters that separate words as `split` does.
        lower: whether letters are made small.
        split: what stands between words.

    Example:
        >>> text_to_word_sequence("A cat, a dog!")
        ['a', 'cat', 'a', 'dog']

    Source: keras.preprocessing.text.text_to_word_sequence of Keras 2.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"text_to_word_sequence takes a text, got {shown(text)}")
    text = text.lower() if flag("text_to_word_sequence", "lower", lower) else text
    return [part for part in text.translate(dict.fromkeys(map(ord, filters), split)).split(split) if part]


def one_hot(text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[int]:
    """A number for each word of a text, by a hash: words may share one. It is no row with a one, whatever its name.

    Keras 2 took Python's own hash, which is another one in each process; this is the same everywhere (MD5).

    Args:
        text: of any length.
        n: numbers are from 1 to n - 1.
        filters, lower, split: see `text_to_word_sequence`.

    Example:
        >>> one_hot("a cat a", 50)
        [15, 32, 15]

    Source: keras.preprocessing.text.one_hot of Keras 2.
    """
    return hashing_trick(text, n, None, filters, lower, split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """A number for each word of a text, by a hash.

    Args:
        text: of any length.
        n: numbers are from 1 to n - 1.
        hash_function: of a word; "md5", or None, which is the same here (see `one_hot`).
        filters, lower, split: see `text_to_word_sequence`.

    Example:
        >>> hashing_trick("a cat a", 50, lambda word: len(word))
        [2, 4, 2]

    Source: keras.preprocessing.text.hashing_trick of Keras 2.
    """
    size = whole("hashing_trick", "n", n, 2)
    hashed = hash_function if callable(hash_function) else _md5
    if not callable(hash_function) and hash_function is not None:
        word("hashing_trick", "hash_function", hash_function, ("md5",))
    return [int(hashed(each)) % (size - 1) + 1 for each in text_to_word_sequence(text, filters, lower, split)]


def _md5(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Words as numbers: 1 is the word that comes most often in the texts that it was fitted on; 0 is none.

    Args:
        num_words: only words with smaller numbers are used, the num_words - 1 most frequent; None for all.
        filters: characters that separate words as `split` does.
        lower: whether letters are made small.
        split: what stands between words.
        char_level: whether characters take the place of words.
        oov_token: stands for words that are not known, as number 1; they are left out by default.
        analyzer: a function that gives the words of a text, instead of filters, lower and split.
        document_count: how many texts it was fitted on.
        nb_words: what Keras 1 called `num_words`.

    Attributes:
        word_counts: how often each word came, in the order in which they came first.
        word_docs: in how many texts each came.
        word_index: the number of each word.
        index_word: the word of each number.
        index_docs: in how many texts the word of each number came.

    Raises:
        ArgumentError: an argument is out of range, or is given in both spellings.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["A cat and a dog.", "A dog"])
        >>> tokenizer.word_index
        {'a': 1, 'dog': 2, 'cat': 3, 'and': 4}
        >>> tokenizer.texts_to_sequences(["the dog and a cat"])
        [[2, 4, 1, 3]]

    Source: keras.preprocessing.text.Tokenizer of Keras 2; today's is `keras.layers.TextVectorization`.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], list[str]] | None = None,
        document_count: int = 0,
        *,
        nb_words: int | None = None,
    ) -> None:
        if num_words is not None and nb_words is not None:
            raise ArgumentError("Tokenizer: nb_words is Keras 1's word for num_words; give one of them")
        most = num_words if nb_words is None else nb_words
        self.num_words = None if most is None else whole("Tokenizer", "num_words", most, 1)
        self.filters, self.split, self.oov_token, self.analyzer = filters, split, oov_token, analyzer
        self.lower, self.char_level = flag("Tokenizer", "lower", lower), flag("Tokenizer", "char_level", char_level)
        self.document_count = whole("Tokenizer", "document_count", document_count, 0)
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: defaultdict[str, int] = defaultdict(int)
        self.index_docs: defaultdict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: str | Sequence[str]) -> list[str]:
        """The words of a text; a list of them is taken as it is, but for its letters."""
        if self.char_level or not isinstance(text, str):
            words = list(text)
            return [each.lower() for each in words] if self.lower else words
        if self.analyzer is not None:
            return list(self.analyzer(text))
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, or of lists of words, and number them; may be called again with more."""
        if isinstance(texts, str):
            raise ArgumentTypeError(f"fit_on_texts takes a list of texts, got one text, {shown(texts)}")
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for each in words:
                self.word_counts[each] = self.word_counts.get(each, 0) + 1
            for each in set(words):
                self.word_docs[each] += 1
        ordered = sorted(self.word_counts, key=lambda each: self.word_counts[each], reverse=True)
        listed = [*([] if self.oov_token is None else [self.oov_token]), *ordered]
        self.word_index = {each: number for number, each in enumerate(dict.fromkeys(listed), 1)}
        self.index_word = {number: each for each, number in self.word_index.items()}
        for each, count in self.word_docs.items():
            self.index_docs[self.word_index[each]] = count

    def fit_on_sequences(self, sequences: Iterable[Sequence[int]]) -> None:
        """Count numbers of words, for `sequences_to_matrix` with mode "tfidf"."""
        for sequence in sequences:
            self.document_count += 1
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The same, one after the other."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            numbers = [self._number(each, unknown) for each in self._words(text)]
            yield [number for number in numbers if number is not None]

    def _number(self, each: str, unknown: int | None) -> int | None:
        number = self.word_index.get(each)
        is_used = number is not None and (self.num_words is None or number < self.num_words)
        return number if is_used else unknown

    def sequences_to_texts(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """The words of numbers, with spaces between them."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Sequence[int]]) -> Iterator[str]:
        """The same, one after the other."""
        for sequence in sequences:
            words = []
            for number in sequence:
                each = self.index_word.get(int(number))
                is_used = each is not None and (self.num_words is None or number < self.num_words)
                words.append(each if is_used else self.oov_token)
            yield " ".join(each for each in words if each is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """A row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Iterable[Sequence[int]], mode: str = "binary") -> np.ndarray:
        """A row for each list of numbers, with a place for each number.

        Args:
            sequences: lists of numbers.
            mode: "binary" for 1 where the number is there, "count" for how often, "freq" for that by the length, and
                "tfidf" for (1 + log count) log(1 + texts / (1 + texts with it)).

        Returns:
            (sequences, num_words), float64.

        Raises:
            NotYetError: neither `num_words` is given nor texts have been fitted.
        """
        word("sequences_to_matrix", "mode", mode, MODES)
        if self.num_words is None and not self.word_index:
            raise NotYetError("sequences_to_matrix: give Tokenizer(num_words=...), or call fit_on_texts first")
        if mode == "tfidf" and not self.document_count:
            raise NotYetError('sequences_to_matrix: mode "tfidf" needs fit_on_texts or fit_on_sequences first')
        size, rows = self.num_words or len(self.word_index) + 1, list(sequences)
        found = np.zeros((len(rows), size))
        for row, sequence in zip(found, rows, strict=True):
            for number, count in Counter(int(each) for each in sequence if each < size).items():
                row[number] = self._value(mode, number, count, len(sequence))
        return found

    def _value(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            documents = self.document_count / (1 + self.index_docs.get(number, 0))
            return (1 + math.log(count)) * math.log(1 + documents)
        return 1.0 if mode == "binary" else float(count) if mode == "count" else count / length

    def get_config(self) -> dict[str, Any]:
        """All that it knows, as text."""
        options = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        return {name: getattr(self, name) for name in options} | {
            name: json.dumps(getattr(self, name)) for name in _KEPT
        }

    def to_json(self, **options: Any) -> str:
        """A text from which `tokenizer_from_json` makes it again; options are those of `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **options)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The `Tokenizer` that its `to_json` told.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["a cat"])
        >>> tokenizer_from_json(tokenizer.to_json()).word_index
        {'a': 1, 'cat': 2}

    Source: keras.preprocessing.text.tokenizer_from_json of Keras 2.
    """
    try:
        config = dict(json.loads(json_string)["config"])
        counted = {name: json.loads(config.pop(name)) for name in _KEPT}
    except (KeyError, TypeError, ValueError) as error:
        raise ArgumentError(f"tokenizer_from_json takes what to_json gave, got {shown(json_string)}") from error
    found = Tokenizer(**config)
    found.word_counts = OrderedDict(counted["word_counts"])
    found.word_docs.update(counted["word_docs"])
    found.word_index = counted["word_index"]
    found.index_word = {int(number): each for number, each in counted["index_word"].items()}
    found.index_docs.update({int(number): count for number, count in counted["index_docs"].items()})
    return found
