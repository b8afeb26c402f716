"""Pages on what filters are about: the patches that excite them, and whether two runs find the same ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.inspection.comparison import compare
from pellucid.inspection.maxima import activation_maximum
from pellucid.inspection.patches import top_patches
from pellucid.inspection.training_step import layer_at
from pellucid.learn.parts import Formula, Measured, Part, Question, told
from pellucid.learn.subject import Subject

__all__ = ["QUESTIONS"]

_EPOCHS, _BATCH, _STEPS = 6, 32, 48


def _patches(subject: Subject) -> Iterator[Part]:
    _, number = subject.busiest
    found = top_patches(subject.model, subject.x, subject.path)
    yield (
        f"The parts of the {len(subject.x)} samples that excite each filter of {subject.path} most, one of each "
        "sample. "
        "A patch is as large as what a unit sees. These are parts of the samples; the picture after them is one that "
        f"was climbed to from grey, to excite filter {number} as much as it can."
    )
    yield found
    sizes = subject.sample.shape
    yield told(
        lambda: activation_maximum(subject.model, subject.path, number, steps=_STEPS, step_size=0.1, shape=sizes)
    )
    row = found.units.tolist().index(number)
    yield Measured(f"filter {number}: its largest answer to any sample", float(found.values[row, 0]))


def _two_runs(subject: Subject) -> Iterator[Part]:
    one, other = subject.copy(), subject.copy()
    first = [np.asarray(layer_at(copy, subject.path).get_weights()[0]) for copy in (one, other)]
    if np.array_equal(first[0], first[1]):
        yield "Both begin with the same numbers, since the layer's initialiser has a seed."
    for copy in (one, other):
        copy.fit(subject.x, subject.classes, epochs=_EPOCHS, batch_size=_BATCH, verbose=0)
    found = compare(one, other, subject.x, layers=[subject.path])
    matched = found.layers[0]
    yield (
        f"Two copies of {subject.model.name} begin with other draws and learn the same samples. The order of filters "
        "means nothing, so each filter of the one is matched with one of the other, for the largest sum of likeness "
        "(the correlation of their answers); beside it stands how alike filters are that were paired by chance."
    )
    yield found
    yield Measured(f"{subject.path}: mean likeness of matched filters", float(np.mean(matched.likeness)))
    yield Measured("mean likeness by chance", float(matched.by_chance))
    same = found.same_answer
    if same is not None:
        yield Measured("share of samples to which both give the same answer", float(same))


QUESTIONS = (
    Question(
        15,
        "Which patches excite a filter?",
        "print(inspection.top_patches(model, x, 'conv1', count=4))",
        Formula(
            "patch[f] = the part of x that a unit sees, where map[f] is largest over images and places",
            "Zeiler and Fergus, ECCV 2014; climbing: Erhan and others, 2009",
        ),
        "that the weights of a deep filter show what it looks for. They lie on maps, not on pixels, and say little by "
        "themselves; the patches say it in terms of the input. And a few patches show what excites most, not all "
        "that does.",
        _patches,
        is_deep=True,
    ),
    Question(
        16,
        "Do two runs find the same filters?",
        "print(inspection.compare(model, learn.example()[0], x, layers=['conv1']))",
        Formula(
            "match = the permutation p with the largest sum over f of |correlation(a[f], b[p(f)])|",
            "Kuhn, Naval Research Logistics Quarterly 2, 1955; Li and others, Convergent learning, ICLR 2016",
        ),
        "'every run finds other filters' and 'every run finds the same' are both wrong: their order is always another, "
        "and after matching some recur and others do not, as the likeness above says filter by filter.",
        _two_runs,
    ),
)
