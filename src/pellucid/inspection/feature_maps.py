"""What layers answer to one sample, as records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid import random
from pellucid.calls import explained
from pellucid.checks import flag
from pellucid.command_words import hint
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.graph import Tensor, builder, gradients, ops, windows
from pellucid.inspection.addresses import Place
from pellucid.inspection.elements import not_told_apart
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import described, model_of, one_of, path_of
from pellucid.inspection.image_samples import Samples, each_sample
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import STAGES, FeatureMaps
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Records
from pellucid.inspection.running import Use, run_graph, uses
from pellucid.inspection.seen import Answers, Run, Seen, SeenUse, channels_last, input_paths, look_at
from pellucid.inspection.weighted_sums import axis_of, bare_sum, is_reshaped, weighted_sum
from pellucid.layers import Layer
from pellucid.models import Model


@explained
def feature_maps(
    model: Model,
    x: Samples | Sequence[npt.ArrayLike] | Mapping[str, npt.ArrayLike],
    layers: str | Layer | Sequence[str | Layer] | None = None,
    *,
    stage: str = "output",
    winners: bool = False,
    training: bool = False,
    seed: int | None = None,
    engine: str | Engine | None = None,
) -> Records[FeatureMaps]:
    """What layers answer to one sample or several, in the order of the layers.

    Args:
        model: a built model.
        x: one sample, of the shape that the model was built for (of any size where that is open), without a batch
            axis; or the path of an image file, which is scaled to the model's size and to 0..1, or of a `.npy` file.
            Or up to 64 of them: a batch, a file that holds one, or a list of paths. Where the model has several inputs,
            a list of arrays, or a dictionary by the names of the inputs.
        layers: whose answers: a name, a layer, or several; "inner/conv2d" in a model inside, "input" for the sample
            itself (the name of the input, where there are several). By default the sample, all layers and all functions
            between them, those excepted that have no maps: no numbers for each sample, or more than 4 axes of them.
        stage: where in the layers: "output", "before activation", "before bias" or "input". Layers without such a
            stage have no record then.
        winners: whether a maximum pooling tells what it chose from, and which values won.
        training: whether layers do what they do in a training step: dropout drops, and its record says what it kept;
            batch normalisation normalises by this sample alone.
        seed: of what is drawn in training; another seed draws another mask. By default the model's, as in its next
            step. A layer that was given a seed of its own keeps to it.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        one record per layer, use of it, result and sample, a list that shows itself in notebooks: layer by layer, and
        within a layer sample by sample. Where channels come first, they are moved to the end.

    Raises:
        ArgumentError: a layer is unknown, or no layer has such a stage.
        DataError: a sample does not fit the model, or there are more than 64.
        FileError: there is no such file.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> conv = layers.Conv2D(4, 3, activation="relu", name="c")
        >>> model = Sequential([layers.Input((8, 8, 1)), conv, layers.Flatten()])
        >>> [(maps.kind, maps.maps.shape) for maps in feature_maps(model, np.ones((8, 8, 1)))]
        [('Input', (8, 8, 1)), ('Conv2D', (6, 6, 4)), ('Flatten', (144,))]
        >>> before, = feature_maps(model, np.ones((8, 8, 1)), "c", stage="before activation")
        >>> after, = feature_maps(model, np.ones((8, 8, 1)), "c")
        >>> bool((np.maximum(before.maps, 0) == after.maps).all())
        True
    """
    model, x = seen_with(told_apart(model_of(model, "feature_maps"), layers), x)
    flag("feature_maps", "winners", winners)
    seed = _checked_seed(seed, stage, training=training)
    samples, named, ends = each_sample(model, x), None if layers is None else _named(model, layers), input_paths(model)
    given, chosen, found = winners or stage != "output", list[str](), dict[str, list[FeatureMaps]]()
    look = partial(look_at, model, wanted=named, engine=engine, seed=seed, training=training, given=given)
    for names, seen, answers in _answered(samples, look, is_prediction=not training):
        if not chosen:
            chosen = seen.drawn if named is None else named
            found = {path: [] for path in chosen}
        for index, path in enumerate(ends if stage in ("output", STAGES[-1]) else ()):
            if path in found:
                found[path] += [seen.input_record(samples[name][index], name, path) for name in names]
        for path in chosen:
            uses = [seen.records(path, number, answers, names) for number in range(len(seen.found.get(path, ())))]
            told = partial(_Told, model, seen, path, answers, engine)
            asked = [_asked(told, number, use, stage, winners) for number, use in enumerate(uses)] if given else uses
            found[path] += [each for of_sample in zip(*asked, strict=True) for each in of_sample if each is not None]
    order = sorted(chosen, key=lambda path: path not in ends)
    records = Records[FeatureMaps](record for path in order for record in found[path])
    _check_found(model, records, chosen, stage, winners)
    return records


def _checked_seed(seed: int | None, stage: str, *, training: bool) -> int | None:
    """The seed of what is drawn; raises where stage, form and seed do not go together."""
    one_of("stage", stage, STAGES)
    flag("feature_maps", "training", training)
    form = hint("training=True", {"--training": "--training"})
    if seed is not None and not training:
        option = hint("seed", {"--seed": "--seed"})
        raise ArgumentError(f"a prediction draws nothing, so {option} means nothing: say {form} too, or leave it out")
    if training and stage in STAGES[1:3]:
        raise ArgumentError(f"maps {stage!r} are those of a prediction; leave out {form}, or the stage")
    return None if seed is None else random.check_seed(seed)


def _answered(
    samples: Mapping[str, list[np.ndarray]], look: Callable[..., tuple[Seen, Run]], *, is_prediction: bool
) -> Iterator[tuple[list[str], Seen, Answers]]:
    """The names of samples, with the answers to them, a row for each.

    Samples of one size go through the model together where each has its answers from itself alone; in a training step,
    where normalisation and draws depend on who else is there, each goes alone.
    """
    names, shapes = list(samples), {tuple(array.shape for array in arrays) for arrays in samples.values()}
    at_once = len(names) if is_prediction and len(shapes) == 1 else 1
    for start in range(0, len(names), at_once):
        part = names[start : start + at_once]
        if len(part) > 1:
            together = [np.concatenate(each) for each in zip(*(samples[name] for name in part), strict=True)]
            seen, run = look([array.shape for array in together])
            if seen.keeps_samples_apart:
                yield part, seen, run(together)
                continue
        for name in part:
            seen, run = look([array.shape for array in samples[name]])
            yield [name], seen, run(samples[name])


def _check_found(
    model: Model, records: Sequence[FeatureMaps], chosen: Sequence[str], stage: str, winners: bool
) -> None:
    """Raise `ArgumentError` where nothing was found of what was asked for."""
    if not records:
        inputs = input_paths(model)
        for path in chosen:
            if path not in inputs and not uses(model, path):
                raise not_told_apart(path)
        raise ArgumentError(
            f"{model.name}: none of {', '.join(chosen) or 'its layers'} has maps {stage!r}; "
            "convolutions and dense layers have, those with an activation or a bias of their own"
        )
    if winners and all(record.wins is None for record in records):
        raise ArgumentError(
            f"{model.name}: winners are those of maximum pooling, and none of {', '.join(chosen)} pools a maximum; "
            f"leave {hint('winners', {'--winners': '--winners'})} out, or name a layer that does"
        )


def _named(model: Model, layers: object) -> list[str]:
    """The paths of the layers that are asked for."""
    if isinstance(layers, str | Layer):
        several: Iterable[object] = [layers]
    elif isinstance(layers, Sequence):
        several = layers
    else:
        raise ArgumentTypeError(f"layers is the name of a layer, a layer, or a list of such, got {described(layers)}")
    ends = input_paths(model)
    paths = [path if path in ends else path_of(model, path) for path in several]
    if not paths:
        raise ArgumentError("layers is an empty list: name the layers that are wanted, or leave it out for all")
    for path in paths:
        if path not in ends:
            uses(model, path)  # raises where there is no such layer
    return list(dict.fromkeys(paths))


class _Told(NamedTuple):
    """A use of a layer, and where the answers to a sample stand."""

    model: Model
    seen: Seen
    path: str
    answers: Answers
    engine: str | Engine | None
    number: int
    row: int

    @property
    def use(self) -> SeenUse:
        """The use itself."""
        return self.seen.found[self.path][self.number]

    @property
    def given(self) -> list[np.ndarray]:
        """What it is given, each a batch of one."""
        inputs = range(len(self.use.inputs))
        return [self.answers[f"{self.use.name} input {index}"][self.row : self.row + 1] for index in inputs]


def _asked(
    told: Callable[[int, int], _Told], number: int, answers: Sequence[FeatureMaps], stage: str, winners: bool
) -> list[FeatureMaps | None]:
    """The records of a use of a layer, one for each sample, at another stage, or with what a pooling chose from."""
    return [_wanted(told(number, row), answer, stage, winners) for row, answer in enumerate(answers)]


def _wanted(told: _Told, record: FeatureMaps, stage: str, winners: bool) -> FeatureMaps | None:
    """The record at another stage, or with what a pooling chose from."""
    staged = record if stage == "output" else _staged(told, record, stage)
    return _with_winners(told, staged) if winners and staged is not None else staged


def _staged(told: _Told, record: FeatureMaps, stage: str) -> FeatureMaps | None:
    """The record of a stage of a layer of which there is the record of its answer; None where it has no such stage."""
    each, seen, given = told.use, told.seen, told.given
    behind = seen.behind(each.network, each.call)
    if stage == "input":
        if len(given) != 1 or given[0].ndim > 5:
            return None
        maps = channels_last(given[0][0], seen.behind(each.network, each.call.inputs[0].call))
        is_picture = id(each.inputs[0]) in seen.pictures
        return FeatureMaps(
            told.path, record.kind, maps, stage, is_picture=is_picture, sample=record.sample, call=record.call
        )
    found = maps_at(told.model, Use((each.call,), each.network), given, stage, behind, told.engine)
    if found is None:
        return None
    return FeatureMaps(told.path, record.kind, found, stage, sample=record.sample, call=record.call)


def maps_at(
    model: Model,
    use: Use,
    given: Sequence[np.ndarray],
    stage: str,
    behind: int = 0,
    engine: str | Engine | None = None,
) -> np.ndarray | None:
    """What a layer that is given this makes of it up to a stage, without the batch, the channels at the end.

    Args:
        model: that it stands in.
        use: of the layer.
        given: its inputs, each a batch of one.
        stage: "before activation" or "before bias".
        behind: how many axes of the layer's result lie behind that of its channels.
        engine: who computes; the model's own for None.

    Returns:
        the maps (spatial..., channels); None where the layer has no such stage.
    """
    emitted = EmittedLayer.of_use(use, [array.shape for array in given])
    tensor = _tensor_of(emitted, stage)
    if tensor is None:
        return None
    emitted.graph.outputs = {"maps": tensor}
    maps = run_graph(model, emitted.graph, given, engine, emitted.layer)["maps"]
    output = emitted.outputs[0]
    if is_reshaped(emitted, output, tensor):
        return maps.reshape(output.shape)[0]
    axis = output.rank - 1 - behind if output.rank > behind + 1 else output.rank - 1
    at = axis_of(emitted, output, axis, tensor)
    if at is None:
        return None
    return channels_last(maps[0], tensor.rank - 1 - at)


def largest_at(record: FeatureMaps) -> tuple[tuple[int, ...], int]:
    """The place of the largest answer, and its channel; raises `ArgumentError` if all answers are NaN."""
    if np.isnan(record.maps).all():
        raise ArgumentError(
            f"{record.layer}: all that it answers is NaN, so no value is the largest; look for the weights that are no "
            "numbers"
        )
    *place, channel = np.unravel_index(int(np.nanargmax(record.maps)), record.maps.shape)
    return tuple(int(at) for at in place), int(channel)


def _tensor_of(emitted: EmittedLayer, stage: str) -> Tensor | None:
    """Where in a layer its maps are before its activation, or before its bias; None where it has neither."""
    if len(emitted.outputs) != 1:
        return None
    (output,) = emitted.outputs
    found = weighted_sum(emitted, Place(output, (0,) * output.rank))
    if found is None or (not found.tail and (stage == STAGES[1] or found.bias is None)):
        return None
    return bare_sum(found) if stage == STAGES[2] else found.total.tensor


def _with_winners(told: _Told, record: FeatureMaps) -> FeatureMaps:
    """With what a maximum pooling chose from, and how often each value won: the gradient of the sum of its results."""
    each, seen = told.use, told.seen
    if len(each.inputs) != 1 or len(each.outputs) != 1:
        return record
    (given,) = told.given
    emitted = EmittedLayer.of_use(Use((each.call,), each.network), [given.shape])
    live = [node.op for node in emitted.graph.nodes if emitted.is_live(node.outputs[0])]
    chooses = any(isinstance(op, windows.MaxPool | ops.ReduceMax) for op in live)
    if not chooses or emitted.is_weighted(emitted.outputs[0]):
        return record
    (wins,) = gradients.gradient(builder.reduce_sum(emitted.outputs[0]), emitted.inputs)
    emitted.graph.outputs = {"wins": wins}
    found = run_graph(told.model, emitted.graph, [given], "reference", emitted.layer)["wins"]
    windows_won = np.count_nonzero(~np.isnan(record.maps))  # of which a NaN has no winner
    if not np.isclose(found.sum(), windows_won, rtol=1e-6):  # as a softmax, which takes a maximum and chooses none
        return record
    behind = seen.behind(each.network, each.call.inputs[0].call)
    beside = [channels_last(array[0], behind) for array in (given, np.rint(found).astype(np.int64))]
    return replace(record, given=beside[0], wins=beside[1])
