"""Files in a folder with a sub-folder for each class: which there are, of which class each is, and the split of them.

What `image_dataset_from_directory` and its kin for texts and sounds have in common, with Keras's order of files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pellucid import random
from pellucid.checks import flag, fraction, is_whole, several, word
from pellucid.data.folders.class_folders import Listing, list_images
from pellucid.data.labels import to_categorical
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, escaped, shown
from pellucid.formats.paths import checked_path
from pellucid.frozen import Frozen

T = TypeVar("T")
SUBSETS = ("training", "validation", "both")
LABEL_MODES = ("int", "categorical", "binary")


class Wanted(Frozen):
    """What a function for a kind of files is called for, with arguments of Keras's names.

    Args:
        owner: the function, for messages.
        kind: of files, "images".
        endings: of their names.
    """

    owner: str
    kind: str
    endings: tuple[str, ...]

    def found_in(
        self,
        directory: Any,
        labels: Any,
        label_mode: Any,
        class_names: Any,
        follow_links: Any,
        verbose: bool,
    ) -> Files:
        """The files of a folder with what is to be learned of each.

        Raises:
            ArgumentError: an argument is out of range, or there are no such files.
            FileError: the folder cannot be read.
        """
        mode = None if label_mode is None else word(self.owner, "label_mode", label_mode, LABEL_MODES)
        follows = flag(self.owner, "follow_links", follow_links)
        listing = self._listed(directory, None if mode is None else labels, class_names, follows)
        self._say_what_was_found(listing, directory, mode, verbose)
        return Files(self.owner, listing, self._targets(listing, mode))

    def _listed(self, directory: Any, labels: Any, class_names: Any, follow_links: bool) -> Listing:
        """The files with their labels, wherever those come from."""
        folder = os.fspath(checked_path(directory, "a folder"))
        if labels is None or not isinstance(labels, str):
            if class_names is not None:
                raise ArgumentError(
                    f"{self.owner}: class_names are those of sub-folders; they go with labels='inferred' alone"
                )
            found = list_images(folder, has_classes=False, follow_links=follow_links, extensions=self.endings)
            return found if labels is None else self._labelled(found, labels)
        word(self.owner, "labels", labels, ("inferred",))
        names = None if class_names is None else several(self.owner, "class_names", class_names, "names of sub-folders")
        if names is not None and not (names and all(isinstance(name, str) for name in names)):
            raise ArgumentTypeError(f"{self.owner}: class_names must be names of sub-folders, got {shown(class_names)}")
        found = list_images(folder, class_names=names, follow_links=follow_links, extensions=self.endings)
        if not found.class_names:
            raise FileError(
                f"{self.owner}: {escaped(folder)} has no sub-folders; expected one for each class, or labels=None for "
                f"{self.kind} alone"
            )
        return found

    def _labelled(self, found: Listing, labels: Any) -> Listing:
        numbers = several(self.owner, "labels", labels, "whole numbers, one for each file; or 'inferred' or None")
        if not all(is_whole(number) and 0 <= number < 2**31 for number in numbers):
            raise ArgumentTypeError(f"{self.owner}: labels must be whole numbers from 0, got {shown(labels)}")
        if len(numbers) != len(found.files):
            raise ArgumentError(
                f"{self.owner}: got {len(numbers)} labels for the {len(found.files)} files of {self.kind} there"
            )
        return Listing(found.files, tuple(map(int, numbers)), tuple(str(each) for each in sorted(set(numbers))))

    def _say_what_was_found(self, found: Listing, directory: Any, mode: str | None, verbose: bool) -> None:
        names = found.class_names
        if verbose:
            print(f"Found {len(found.files)} files{'' if names is None else f' belonging to {len(names)} classes'}.")
        if not found.files:
            endings = ", ".join(self.endings)
            raise ArgumentError(
                f"{self.owner}: there are no {self.kind} in {escaped(directory)}; their names end in {endings}"
            )
        if mode == "binary" and names is not None and len(names) != 2:
            raise ArgumentError(f"{self.owner}: label_mode 'binary' is for 2 classes, got {shown(names)}")

    def _targets(self, found: Listing, mode: str | None) -> np.ndarray | None:
        if mode is None or found.labels is None:
            return None
        numbers = np.array(found.labels, np.int32)
        classes = len(found.class_names or ())
        if mode != "int" and numbers.size and numbers.max() >= classes:
            raise ArgumentError(
                f"{self.owner}: for label_mode {mode!r} labels number the classes without gaps, 0 to {classes - 1}; "
                f"got {numbers.max()} among {shown(found.class_names)}"
            )
        if mode == "binary":
            return numbers[:, np.newaxis].astype(np.float32)
        return numbers if mode == "int" else to_categorical(numbers, classes)


def check_split(owner: str, split: Any, subset: Any, shuffle: bool, seed: Any) -> None:
    """Raise `ArgumentError` unless the arguments that keep a part aside go together."""
    if seed is not None:
        random.check_seed(seed)
    if split is not None and not 0 < fraction(owner, "validation_split", split) < 1:
        raise ArgumentError(f"{owner}: validation_split must be between 0 and 1 (both excluded), got {shown(split)}")
    if subset is not None:
        word(owner, "subset", subset, SUBSETS)
    if (split is None) != (subset is None):
        raise ArgumentError(
            f"{owner}: validation_split and subset go together: say which part is wanted, 'training', 'validation' or "
            f"'both', got validation_split={split}, subset={subset!r}"
        )
    if split is not None and shuffle and seed is None:
        raise ArgumentError(
            f"{owner}: with validation_split and shuffle give a seed, so that both parts come of one order and do not "
            "overlap; or shuffle=False"
        )


class Files(Frozen, eq=False):
    """Files with what is to be learned of them.

    Args:
        owner: see `Wanted`.
        listing: the files.
        targets: of each; None where there are none.
    """

    owner: str
    listing: Listing
    targets: np.ndarray | None

    def parts(
        self,
        make: Callable[[list[str], np.ndarray | None, bool], T],
        *,
        shuffle: bool,
        seed: int | None,
        split: float | None,
        subset: str | None,
        verbose: bool,
    ) -> T | list[T]:
        """What is made of the files in their order, or of the part of them that is wanted, or of both.

        Args:
            make: called with files, targets, and whether each epoch is to have an order of its own.
            shuffle, seed, split, subset, verbose: as users give them, checked.
        """
        order = np.arange(len(self.listing.files))
        if shuffle:
            np.random.RandomState((random.next_seed() if seed is None else seed) % 2**32).shuffle(order)

        def part(rows: np.ndarray, shuffled: bool) -> T:
            chosen = None if self.targets is None else self.targets[rows]
            return make([self.listing.files[row] for row in rows], chosen, shuffled)

        if subset is None:
            return part(order, shuffle)
        kept = int((split or 0.0) * len(order))
        parts = {"training": order[: len(order) - kept], "validation": order[len(order) - kept :]}
        wanted = ("training", "validation") if subset == "both" else (subset,)
        for name in wanted:
            if not len(parts[name]):
                raise ArgumentError(
                    f"{self.owner}: validation_split={split} of {len(order)} files leaves none for {name}"
                )
            if verbose:
                print(f"Using {len(parts[name])} files for {name}.")
        made = [part(parts[name], shuffle and (name == "training" or subset != "both")) for name in wanted]
        return made if subset == "both" else made[0]
