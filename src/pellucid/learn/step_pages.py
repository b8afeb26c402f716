"""Pages on what moves a filter: dropout, the gradient of a shared kernel, what makes filters differ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.kernel_gradient import KernelGradient, kernel_gradient
from pellucid.inspection.lint import lint
from pellucid.inspection.training_step import layer_at
from pellucid.inspection.update import update
from pellucid.layers import Dropout, Input, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from pellucid.learn.parts import Formula, Measured, Part, Question, told
from pellucid.learn.subject import Subject, bank_of
from pellucid.models import Sequential
from pellucid.views.boards import Board, Table
from pellucid.views.part_words import percent
from pellucid.views.precision import short

__all__ = ["QUESTIONS"]

_RATE = 0.25  # of the dropout that is shown
_BATCH = 32
_SPATIAL = {3: SpatialDropout1D, 4: SpatialDropout2D, 5: SpatialDropout3D}  # by axes of what they take


def _dropout(subject: Subject) -> Iterator[Part]:
    maps = np.asarray(feature_maps(subject.model, subject.sample, subject.path)[0].maps)
    yield (
        f"While a model trains, dropout sets each value to 0 with probability {_RATE}, drawn anew for each image and "
        f"step, and multiplies the others by 1 / (1 - {_RATE}), so that the mean stays. In prediction it does nothing, "
        f"and it has no weights. Here it stands behind {subject.path}; the mask is drawn beside its maps."
    )
    ways = [("plain dropout", Dropout(_RATE, name="dropout"))]
    if maps.ndim + 1 in _SPATIAL:
        ways.append(("dropout of whole maps", _SPATIAL[maps.ndim + 1](_RATE, name="spatial_dropout")))
    for words, layer in ways:
        behind = Sequential([Input(maps.shape), layer], name=words.replace(" ", "_"))
        kept = feature_maps(behind, maps, layer.name, training=True, seed=1)[0]
        yield f"{words.capitalize()}:"
        yield kept
        stays = maps != 0
        factor = np.abs(kept.maps[stays]).sum() / max(float(np.abs(maps[stays][kept.maps[stays] != 0]).sum()), 1e-30)
        yield Measured(f"{words}: share of the values other than 0 that is kept", float((kept.maps[stays] != 0).mean()))
        yield Measured(f"{words}: by what the kept ones are multiplied", float(factor))


def _shared_update(subject: Subject) -> Iterator[Part]:
    _, number = subject.busiest
    model = subject.trainable
    x, y = subject.x[:_BATCH], subject.classes[:_BATCH]
    yield (
        f"Filter {number} of {subject.path} is used at every place of every image, and has one set of weights. Its "
        "gradient is the sum over all these uses: input times error, added up, which is the correlation of the layer's "
        "input with the error at its output. One step then moves the one kernel."
    )
    gradient = kernel_gradient(model, x, y, subject.path, number)
    yield gradient
    tap = tuple(
        int(part) for part in np.unravel_index(int(np.abs(gradient.gradient).argmax()), gradient.gradient.shape)
    )
    yield Measured(f"gradient of filter {number} at {list(tap)}", float(gradient.gradient[tap]))
    pushes = gradient.pushes(tap, limit=None)
    yield Measured("the same, as the sum of input times error over all its uses", sum(push.product for push in pushes))
    yield Measured("how many uses had a part in it", len(pushes))
    yield from _by_class(gradient, y)
    yield "The step of the optimiser, split into its causes:"
    yield told(lambda: update(model, x, y, subject.path, number))


def _by_class(gradient: KernelGradient, y: np.ndarray) -> Iterator[Part]:
    """Which classes pushed the filter: the parts of their images, added up."""
    classes = np.asarray(y).reshape(len(y), -1)
    if classes.shape[1] != 1 or not np.issubdtype(classes.dtype, np.integer):
        return
    parts = gradient.by_image().reshape(len(y), -1)
    whole = parts.sum(axis=0)
    square = float(whole @ whole) or 1.0
    rows = []
    for number in np.unique(classes):
        mine = parts[classes[:, 0] == number]
        part = mine.sum(axis=0)
        length = short(float(np.sqrt(part @ part)), 3)
        rows.append([str(number), str(len(mine)), length, percent(float(part @ whole) / square)])
    yield Board(
        "Which classes pushed it",
        ["The share says how far a class pushes along the whole gradient: together 100%, below 0 against it."],
        [Table("", ["class", "images", "length of its part", "share"], rows)],
    )
    yield "Who wrote the filter over a whole training, class by class: inspection.influence(...)."


def _why_they_differ(subject: Subject) -> Iterator[Part]:
    yield (
        "Filters differ since they begin different: the initialiser draws each by itself. Were everything the same at "
        "first, all filters of a layer would get the same gradient for ever. Two copies of this model are trained to "
        "see it, without dropout: in one all weights begin at the same number, in the other only these filters do."
    )
    for words, apart in zip(
        ("all weights begin equal", "only these filters begin equal"), _spreads(subject), strict=True
    ):
        yield Measured(f"{words}: largest difference between filters after training", apart)
    if subject.bank.in_channels == 1 and "depthwise" in type(subject.layer).__name__.lower():
        yield "These filters read a channel each, so they can part in both copies: where their channels differ."
    yield "Filters that are dead or duplicates are found, with what cures them:"
    yield lint(subject.model, subject.x)


def _spreads(subject: Subject) -> Iterator[float]:
    """How far filters are apart after training from equal beginnings: of all weights, of this layer's alone."""
    for is_everywhere in (True, False):
        copy = subject.copy()
        for layer in copy.layers:
            if isinstance(layer, Dropout):  # treats equal filters differently
                layer.rate = 0.0
        chosen = copy.trainable_weights if is_everywhere else layer_at(copy, subject.path).trainable_weights
        for weight in chosen:
            weight.assign(np.full(weight.shape, 0.05, np.float32))
        copy.fit(subject.x, subject.classes, epochs=1, batch_size=_BATCH, verbose=0)
        kernel = np.asarray(bank_of(layer_at(copy, subject.path)).kernel)
        yield float((kernel.max(axis=-1) - kernel.min(axis=-1)).max())


QUESTIONS = (
    Question(
        6,
        "What does dropout do between convolutions? The mask",
        "print(inspection.feature_maps(model, x[0], 'dropout', training=True, seed=1))",
        Formula(
            "training: y = m * x / (1 - rate), m is 1 with probability 1 - rate, else 0; prediction: y = x",
            "Srivastava and others, Journal of Machine Learning Research 15, 2014; maps: Tompson and others, CVPR 2015",
        ),
        "that dropout removes weights or filters, and that predictions must be scaled. It sets values to 0, other ones "
        "in each step; since the kept ones are enlarged in training, prediction needs nothing. Between convolutions a "
        "single value says little: its neighbours tell the same, so whole maps are dropped there.",
        _dropout,
    ),
    Question(
        7,
        "How is a kernel updated that is shared by all places, and what pushed it?",
        "gradient = inspection.kernel_gradient(model, x[:32], y[:32], 'conv1', 3)\nprint(gradient)\n"
        "print(inspection.update(model, x[:32], y[:32], 'conv1', 3))",
        Formula(
            "dL/dk[l, c] = sum over images n and places i of x[n, i*stride + l, c] * dL/dy[n, i]",
            "LeCun and others, Neural Computation 1, 1989",
        ),
        "that each place updates a copy of its own and the copies are averaged. There is one kernel; the parts of the "
        "places are added, not averaged. A mean is taken over the images alone, by the loss.",
        _shared_update,
    ),
    Question(
        8,
        "Why do filters differ, and which are dead or duplicates?",
        "print(inspection.lint(model, x))",
        Formula(
            "equal weights before, beside and behind: dL/dk[f] = dL/dk[g] for all filters f, g of the layer",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 8.4, breaking symmetry",
        ),
        "'filters that begin equal stay equal'. Only where those that read them treat them alike too: the filters part "
        "if the next layer's weights differ, which the second number above measures.",
        _why_they_differ,
    ),
)
