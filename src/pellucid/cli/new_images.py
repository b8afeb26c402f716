"""How good a model is on files of which it has seen some in its training: each is predicted once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from pellucid.cli.verdicts import Verdict
from pellucid.errors import escaped
from pellucid.inspection import Confusion, Deviations, Segmentation
from pellucid.inspection.confusion import MOST_MISTAKES, Mistake
from pellucid.inspection.segmentation import MOST_KEPT, MapMistake

MOST_NAMED = 4
ALL_KNOWN = "It was trained on all of these images: how good it is on new ones they do not tell."
Wrong = TypeVar("Wrong", Mistake, MapMistake)


def judged_apart(
    kind: str, digests: Sequence[str], known: Sequence[str], judge: Callable[[Sequence[int]], Verdict]
) -> tuple[Verdict, list[str]]:
    """How good a model is on files; and in a sentence how many it knows, and how good it is on the others.

    Args:
        kind: what it says of an image, see `TrainedOn`.
        digests: of what is in the files that it is tried on.
        known: of those that it was trained on.
        judge: says how good it is on some of them, by their places.
    """
    learned, everything = set(known), range(len(digests))
    new = [place for place in everything if digests[place] not in learned]
    if not new:
        return judge(everything), [ALL_KNOWN]
    if len(new) == len(digests):
        return judge(everything), []
    if kind in ("labels", "numbers"):
        whole = judge(everything)
        assert isinstance(whole, Deviations)
        found: Verdict = Deviations(whole.names, whole.true[new], whole.said[new], whole.are_labels)
    else:
        found, old = judge(new), [place for place in everything if digests[place] in learned]
        whole = joined(found, new, judge(old), old)
    return whole, [
        f"It was trained on {len(digests) - len(new):,} of these {len(digests):,} images; the other {len(new):,} tell "
        f"how good it is on new ones: {_in_short(found)}."
    ]


def joined(found: Verdict, places: Sequence[int], other: Verdict, other_places: Sequence[int]) -> Verdict:
    """What was found of two parts of the data, as of all of them.

    Args:
        found: of one part, `Confusion` or `Segmentation`.
        places: of its samples among all.
        other: of the other part, the same.
        other_places: see `places`.

    Example:
        >>> one, two = (Confusion(("a", "b"), np.array(counts)) for counts in ([[1, 0], [0, 0]], [[0, 2], [0, 3]]))
        >>> joined(one, [0], two, [1, 2, 3, 4, 5]).counts.tolist()
        [[1, 2], [0, 3]]
    """
    if isinstance(found, Confusion) and isinstance(other, Confusion):
        wrong = [*_moved(found.mistakes, places), *_moved(other.mistakes, other_places)]
        wrong.sort(key=lambda each: (-each.probability, each.number))
        silent = np.sum([each.unanswered for each in (found, other) if each.unanswered], axis=0)
        unanswered = tuple(silent.tolist()) if np.ndim(silent) else ()
        return Confusion(found.class_names, found.counts + other.counts, tuple(wrong[:MOST_MISTAKES]), unanswered)
    assert isinstance(found, Segmentation) and isinstance(other, Segmentation)
    worst = [*_moved(found.worst, places), *_moved(other.worst, other_places)]
    worst.sort(key=lambda each: (each.overlap, each.number))
    images, counts = found.images + other.images, found.counts + other.counts
    return Segmentation(found.class_names, counts, images, tuple(worst[:MOST_KEPT]))


def _moved(each: Sequence[Wrong], places: Sequence[int]) -> list[Wrong]:
    """With the numbers that the samples have among all."""
    return [replace(one, number=places[one.number]) for one in each]


def _in_short(found: Verdict) -> str:
    if isinstance(found, Confusion):
        right = int(np.trace(found.counts))
        return f"{right:,} {'is' if right == 1 else 'are'} right"
    if isinstance(found, Segmentation):
        return f"a mean IoU of {found.mean_overlap:.3f}"
    if found.are_labels:
        return f"of {found.exact:.1%} of them all labels are right"
    pairs = list(zip(found.names, found.mean_errors, strict=True))[:MOST_NAMED]
    return "mean errors " + ", ".join(f"{escaped(name)} {error:.4g}" for name, error in pairs)
