"""What the input does to one number of a model: six methods, each with its sign explained, each with its doubt."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import number, whole
from pellucid.engines import Engine
from pellucid.errors import ArgumentError
from pellucid.graph import Node, Tensor, builder, ops
from pellucid.graph.gradients import RULES, gradient, nodes_before
from pellucid.inspection.answers import Answer, Answers
from pellucid.inspection.given import model_of, number_of, one_of
from pellucid.inspection.image_samples import OneSample
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.measured import SUM, Measured, Unit, answer_of, unit_of, unit_values
from pellucid.inspection.one_input import at_one_input
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.saliency_records import METHODS, Doubt, Saliency
from pellucid.layers import Layer
from pellucid.models import Model

_USUAL: dict[str, dict[str, Any]] = {
    "gradient": {},
    "smoothgrad": {"samples": 32, "noise": 0.15, "seed": 0},
    "integrated": {"baseline": 0.0, "steps": 64},
    "guided": {},
    "occlusion": {"baseline": 0.0, "patch": None, "stride": None},
    "gradcam": {"maps_of": None},
}
"""What each method can be told, and what it takes where it is not."""
_RANDOM_ORDERS, _SHARES = 3, 21
MOST_SAMPLES, MOST_STEPS = 1024, 4096


@explained
def saliency(
    model: Model,
    x: OneSample,
    method: str = "gradient",
    *,
    layer: str | Layer | None = None,
    unit: int | None = None,
    position: int | Sequence[int] | None = None,
    stage: str = SUM,
    samples: int | None = None,
    noise: float | None = None,
    seed: int | None = None,
    baseline: float | None = None,
    steps: int | None = None,
    patch: int | None = None,
    stride: int | None = None,
    maps_of: str | Layer | None = None,
    call: int = 0,
    input: str | None = None,
    engine: str | Engine | None = None,
) -> Saliency:
    """What each number of a sample does to one number of a model, the score: with its sign, and with its doubt.

    Beside each map stand deletion and insertion curves: how the unit's output changes when the places are taken away,
    or given, in the order in which the map calls them important, and in orders drawn at random.

    Args:
        model: a built model.
        x: one sample, or the path of an image file; of a model with several inputs a list of arrays, or arrays by name.
        method: "gradient"; "smoothgrad", its mean over noisy copies; "integrated", the gradient along the way from a
            baseline; "guided", the gradient with each ReLU passing on positive parts alone; "occlusion", what covering
            a patch takes away; "gradcam", a layer's maps weighed by their mean gradients.
        layer: whose unit the score is, by default the last one's.
        unit: its number; by default that of the largest score.
        position: place in the layer's map; by default the mean of the map.
        stage: "before activation", so that no softmax flattens the score; or "output".
        samples: of smoothgrad: how many copies, 32.
        noise: of smoothgrad: standard deviation, as a share of the sample's range, 0.15.
        seed: of smoothgrad: from which noise is drawn, 0.
        baseline: of integrated and occlusion: the number that stands for nothing, 0.
        steps: of integrated: at how many points the gradient is taken, 64.
        patch: of occlusion: rows and columns of the square; by default an eighth of the shorter side.
        stride: of occlusion: how far from one square to the next; by default a quarter of the patch, at least 1.
        maps_of: of gradcam: the layer whose maps are weighed; by default the last with maps before the unit.
        call: which use of the layer, where it is used several times.
        input: of several, the one that is asked about, the others being held; by default the first that leads there.
        engine: who computes; the native engine with exact sums by default.

    Returns:
        the map as a record; `views.saliency_figure` and `views.saliency_text` draw it.

    Raises:
        ArgumentError: layer, unit, position or method do not exist; a setting is another method's; no ReLU for guided,
            or no maps for gradcam are on the way.
        DataError: the sample does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.Flatten(), layers.Dense(2, name="head")])
        >>> model.layers[-1].kernel[...] = [[1, 0], [2, 0], [-3, 0], [0, 0]]
        >>> saliency(model, np.ones((2, 2, 1)), unit=0).by_place.tolist()
        [[1.0, 2.0], [-3.0, 0.0]]
        >>> saliency(model, np.full((2, 2, 1), 0.5), "integrated", unit=0).by_place.tolist()
        [[0.5, 1.0], [-1.5, 0.0]]

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, arXiv:1312.6034 (gradient); D. Smilkov et al., arXiv:1706.03825
        (SmoothGrad); M. Sundararajan, A. Taly, Q. Yan, ICML 2017 (integrated); J. T. Springenberg et al.,
        arXiv:1412.6806 (guided); M. Zeiler, R. Fergus, ECCV 2014 (occlusion); R. Selvaraju et al., ICCV 2017
        (Grad-CAM); J. Adebayo et al., NeurIPS 2018, on why each should be doubted.
    """
    one_of("method of saliency", method, METHODS)
    given = dict(samples=samples, noise=noise, seed=seed, baseline=baseline, steps=steps, patch=patch, stride=stride)
    settings = _settings(method, {**given, "maps_of": maps_of})
    model, x = seen_with(told_apart(model_of(model, "saliency"), layer), x)
    first, use = 0 if unit is None else number_of("unit", unit, "saliency"), number_of("call", call, "saliency")
    chosen = unit_of(model, layer, first, position, stage, use, "saliency")
    seen = at_one_input(model, x, input, chosen.layer, use)
    chosen = chosen if unit is not None else _largest(seen.model, chosen, seen.sample, engine)
    asked = Measured(seen.model, chosen, seen.sample.shape[1:], engine, _guided if method == "guided" else gradient)
    return replace(_found(asked, seen.sample, method, settings), input=seen.input)


def _found(asked: Measured, sample: np.ndarray, method: str, settings: dict[str, Any]) -> Saliency:
    """The record of a method's map, with its doubt."""
    found = _METHODS[method](asked, sample, settings)
    values = asked.arranged(found.pop("values"))
    image = asked.arranged(sample[0].astype(np.float64))
    order = np.argsort(-values.sum(axis=-1).ravel(), kind="stable")
    doubt = _doubt(asked, image, order, settings.get("baseline", 0.0))
    unit, score = asked.unit, float(asked.values(sample)[0])
    told = {name: value for name, value in settings.items() if isinstance(value, int | float)}
    whose = unit.layer, asked.kind, unit.number, unit.position, unit.stage
    return Saliency(method, *whose, score, image, values, doubt, told, **found)


def _settings(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The method's settings; one of another method's is refused."""
    usual = _USUAL[method]
    for name, value in given.items():
        if value is not None and name not in usual:
            takers = " and ".join(other for other, own in _USUAL.items() if name in own)
            raise ArgumentError(f"saliency: {name} is of the method {takers}; {method} has no use for it")
    told = {name: given[name] if given[name] is not None else value for name, value in usual.items()}
    for name, low, high in (("samples", 1, MOST_SAMPLES), ("steps", 1, MOST_STEPS), ("seed", 0, 2**63 - 1),
                            ("patch", 1, None), ("stride", 1, None)):  # fmt: skip
        if told.get(name) is not None:
            told[name] = whole("saliency", name, told[name], low, high)
    if "noise" in told:
        told["noise"] = number("saliency", "noise", told["noise"], 0.0, 10.0)
    if "baseline" in told:
        told["baseline"] = number("saliency", "baseline", told["baseline"])
    return told


def _largest(model: Model, unit: Unit, sample: np.ndarray, engine: str | Engine | None) -> Unit:
    """The same with the number of the unit whose score is largest."""
    asked = Measured(model, unit, sample.shape[1:], engine)
    answers = asked.emitted(1)
    answer = answer_of(answers, unit.layer, unit.call, model)
    answers.graph.outputs = {"scores": unit_values(answer, unit.position, unit.stage)}
    return replace(unit, number=int(asked.run(answers, sample)["scores"][0].argmax()))


# The methods: each gives the values in the model's own order of axes, and what else is to be kept.


def _gradient(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    return {"values": asked.gradients(sample)[0]}


def _smoothgrad(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    spread = settings["noise"] * float(np.ptp(sample.astype(np.float64)))
    draws = np.random.default_rng(settings["seed"])
    total, shape = np.zeros(sample.shape[1:]), asked.spatial
    for start in range(0, settings["samples"], asked.most):
        count = min(asked.most, settings["samples"] - start)
        noise = asked.disarranged(draws.normal(0.0, 1.0, (count, *shape)) * spread)
        total += asked.gradients(sample + noise).sum(axis=0)
    return {"values": total / settings["samples"]}


def _integrated(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    base, steps = np.full(sample.shape, settings["baseline"]), settings["steps"]
    along = (np.arange(steps) + 0.5) / steps
    total = np.zeros(sample.shape[1:])
    for start in range(0, steps, asked.most):
        shares = along[start : start + asked.most].reshape(-1, *(1,) * (sample.ndim - 1))
        total += asked.gradients(base + shares * (sample - base)).sum(axis=0)
    values = (sample[0] - base[0]) * total / steps
    begin, end = asked.values(np.concatenate([base, sample]))
    left = float(end - begin - values.sum())
    note = (
        f"The values add up to {values.sum():.4g}; from the baseline to the sample the score goes from {begin:.4g} to "
        f"{end:.4g}, {left:+.2g} of which {steps} steps do not account for."
    )
    return {"values": values, "notes": (note,)}


def _guided(target: Tensor, wanted: list[Tensor]) -> list[Tensor]:
    return gradient(target, wanted, {ops.Elementwise: _through_relu})


def _through_relu(op: Any, node: Node, grad: Tensor) -> Any:
    """The gradient; behind a ReLU its positive part."""
    if op.function == "relu":
        return RULES[ops.Elementwise](op, node, builder.relu(grad))
    return RULES[ops.Elementwise](op, node, grad)


def _of_guided(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    answers = asked.emitted(1)
    before = nodes_before(asked.value_at(answers, asked.unit.stage))
    if not any(isinstance(node.op, ops.Elementwise) and node.op.function == "relu" for node in before):
        raise ArgumentError(
            f"saliency: guided differs from the gradient at ReLUs alone, and none is on the way to {asked.unit.layer}; "
            "say method='gradient'"
        )
    note = "Guided maps change little when the layers above are drawn at random: look at the curves of doubt."
    return {"values": asked.gradients(sample)[0], "notes": (note,)}


def _occlusion(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    rank, channels = sample.ndim - 1, sample.ndim - 2 - asked.behind
    axes = [axis for axis in range(rank) if axis != channels] or [0]
    sizes = [sample.shape[1 + axis] for axis in axes]
    side = settings["patch"] or max(1, min(sizes) // 8)
    stride = settings["stride"] or max(1, side // 4)
    settings |= {"patch": side, "stride": stride}
    if side > min(sizes):
        raise ArgumentError(f"saliency: a patch of {side} does not lie in an input of {tuple(sizes)}")
    starts = [sorted({*range(0, size - side + 1, stride), size - side}) for size in sizes]
    places = list(itertools.product(*starts))
    score = asked.values(sample)[0]
    total, counts = np.zeros(sizes), np.zeros(sizes)
    for first in range(0, len(places), asked.most):
        some = places[first : first + asked.most]
        batch = np.repeat(sample.astype(np.float64), len(some), axis=0)
        windows = [tuple(slice(start, start + side) for start in place) for place in some]
        for number_, window in enumerate(windows):
            index: list[Any] = [slice(None)] * rank
            for axis, part in zip(axes, window, strict=True):
                index[axis] = part
            batch[(number_, *index)] = settings["baseline"]
        for window, without in zip(windows, asked.values(batch), strict=True):
            total[window] += score - without
            counts[window] += 1
    values = total / np.maximum(counts, 1)
    return {"values": np.expand_dims(values, channels) if len(axes) < rank else values}


def _gradcam(asked: Measured, sample: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    answers = asked.emitted(1)
    value = asked.value_at(answers, asked.unit.stage)
    chosen = _weighed(asked, answers, value, settings["maps_of"])
    (slopes,) = gradient(builder.reshape(value, ()), [chosen.tensor])
    answers.graph.outputs = {"maps": chosen.tensor, "slopes": slopes}
    found = asked.run(answers, sample)
    maps, grads = (chosen.channels_last(found[name].astype(np.float64))[0] for name in ("maps", "slopes"))
    coarse = maps @ grads.reshape(-1, grads.shape[-1]).mean(axis=0)
    channels = sample.ndim - 2 - asked.behind
    sizes = [size for axis, size in enumerate(sample.shape[1:]) if axis != channels]
    note = f"A map of {'x'.join(map(str, coarse.shape))}, stretched to the input: it tells no more than that."
    return {
        "values": np.expand_dims(stretched(coarse, sizes), channels),
        "coarse": coarse,
        "maps_of": chosen.path,
        "notes": (note,),
    }


def _weighed(asked: Measured, answers: Answers, value: Tensor, told: str | Layer | None) -> Answer:
    """The layer whose maps are weighed."""
    before = nodes_before(value)
    rank = answers.inputs[0].rank
    fitting = [
        each
        for each in answers.each
        if not each.is_input and each.tensor.node in before and each.tensor.rank == rank > 2
        if each.path != asked.unit.layer
    ]
    if told is not None:
        path = told if isinstance(told, str) else asked.path(told)
        answer_of(answers, path, 0, asked.model)
        fitting = [each for each in fitting if each.path == path]
        if not fitting:
            raise ArgumentError(f"saliency: {path} has no maps on the way to {asked.unit.layer}")
    if not fitting:
        raise ArgumentError(f"saliency: no layer with maps is on the way to {asked.unit.layer}, as gradcam needs")
    weighted = [each for each in fitting if getattr(each.callee, "weights", ())]
    return fitting[-1] if told is not None or not weighted else _behind_weights(fitting, weighted[-1])


def _behind_weights(fitting: Sequence[Answer], last: Answer) -> Answer:
    """What the activation behind the last convolution gives, where that is a layer of its own; else the convolution."""
    at = fitting.index(last) + 1
    follows = fitting[at] if at < len(fitting) else last
    is_activation = follows.tensor.shape == last.tensor.shape and not getattr(follows.callee, "weights", ())
    return follows if is_activation and follows.given == (last.tensor,) else last


_METHODS = {
    "gradient": _gradient,
    "smoothgrad": _smoothgrad,
    "integrated": _integrated,
    "guided": _of_guided,
    "occlusion": _occlusion,
    "gradcam": _gradcam,
}


def stretched(values: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Numbers (spatial...) in other sizes, linearly between their centres.

    Example:
        >>> stretched(np.array([0.0, 1.0]), [4]).tolist()
        [0.0, 0.25, 0.75, 1.0]
    """
    for axis, size in enumerate(sizes):
        old = values.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if each == axis else 1 for each in range(values.ndim)])
        values = values.take(low, axis) * (1 - share) + values.take(np.minimum(low + 1, old - 1), axis) * share
    return values


def _doubt(asked: Measured, image: np.ndarray, order: np.ndarray, baseline: float) -> Doubt:
    """Deletion and insertion, of places with all their channels, by what the unit gives in the end."""
    places, channels = len(order), image.shape[-1]
    counts = np.unique(np.rint(np.linspace(0, places, min(_SHARES, places + 1))).astype(int))
    draws = np.random.default_rng(0)
    orders = [order, *(draws.permutation(places) for _ in range(_RANDOM_ORDERS))]
    flat = image.reshape(places, channels)
    curves = []
    for each in orders:
        for keeps in (False, True):
            batch = np.empty((len(counts), places, channels))
            for row, count in zip(batch, counts, strict=True):
                row[:] = baseline if keeps else flat
                row[each[:count]] = flat[each[:count]] if keeps else baseline
            curves.append(asked.values(asked.disarranged(batch.reshape(-1, *image.shape)), "output"))
    chance = np.array(curves[2:]).reshape(_RANDOM_ORDERS, 2, -1).mean(axis=0)
    return Doubt(counts / places, curves[0], curves[1], chance[0], chance[1], baseline)
