"""A value followed back to the pixels: what adds most to it, what adds most to that, and so on."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace

from pellucid.calls import explained
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.inspection.addresses import Place
from pellucid.inspection.contributions import Apart, Body
from pellucid.inspection.elements import chosen_element, chosen_use, several_results
from pellucid.inspection.given import described, is_whole, model_of, path_of
from pellucid.inspection.image_samples import OneSample, inputs_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record
from pellucid.inspection.running import uses
from pellucid.inspection.traced_values import Contribution, TracedValue
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["Chain", "Contribution", "TracedValue", "trace"]

_MOST = 1024
_AHEAD = 2.0  # more than any share


class Chain(Record, Frozen):
    """A value with the values that it is made of, those that contribute most first.

    Args:
        values: the traced value, then what was followed, in that order; contributions tell the number of theirs.
        not_followed: how many contributions that are listed are values of layers that were not taken apart further.
        sample: what the model was given; None where that is several arrays, or has more axes than maps have.

    Example:
        >>> part = Contribution("input", (), 0, 2.0, 3.0, 6.0)
        >>> value = TracedValue("d", "Dense", (), 0, "sum of products", (part,), 0.0, 0, 0.5, 6.5, "linear", 6.5, 1e-6)
        >>> Chain((value,)).values[0].largest[0].product
        6.0
    """

    values: tuple[TracedValue, ...]
    not_followed: int = 0
    sample: FeatureMaps | None = None


@explained
def trace(
    model: Model,
    layer: str | Layer,
    sample: OneSample,
    position: int | Sequence[int] = (),
    filter: int = 0,
    *,
    largest: int = 5,
    values: int = 12,
    call: int = 0,
) -> Chain:
    """One output value of a layer, followed back to the pixels along what contributes most.

    Args:
        model: a built model.
        layer: name of the layer; in a model inside the model, the path to it: "inner/conv2d". Or the layer itself.
        sample: one sample, without a batch axis; or the path of an image file, or of a `.npy` file with one. Of a model
            with several inputs a list of arrays, or a dictionary by the names of the inputs.
        position: place in the output, one number per axis but batch and channels; () for a dense layer.
        filter: number of the filter, of the unit in a dense layer.
        largest: how many contributions to each value are listed; all others are one sum.
        values: how many values are taken apart: those on the way of the largest contributions to a pixel, however many,
            then those through which most of the value comes.
        call: which of its uses, where the layer is used several times: 0 for the first.

    Returns:
        the chain; `views.trace_text` writes it, `views.trace_figure` draws it.

    Raises:
        ArgumentError: layer, position, filter or call do not exist, or a number is out of range; up to there
            nothing is computed.
        DataError: the sample does not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> tripled = layers.Dense(1, weights=[np.array([[3.0], [1.0]]), [0.5]], name="tripled")
        >>> doubled = layers.Dense(1, weights=[np.array([[2.0]]), [0.0]], name="doubled")
        >>> chain = trace(Sequential([layers.Input((2,)), tripled, doubled]), "doubled", np.array([1.0, 2.0]))
        >>> [(value.layer, value.sum, [each.product for each in value.largest]) for value in chain.values]
        [('doubled', 11.0, [11.0]), ('tripled', 5.5, [3.0, 2.0])]

    Source: the definition of each layer; G. Montavon et al., "Layer-Wise Relevance Propagation: An Overview", 2019,
        for following what contributes most.
    """
    model, sample = seen_with(told_apart(model_of(model, "trace"), layer), sample)
    path = path_of(model, layer)
    for name, number in (("largest", largest), ("values", values)):
        if not is_whole(number) or not 1 <= number <= _MOST:
            raise ArgumentError(f"{name} is a whole number from 1 to {_MOST}, got {described(number)}")
    use = chosen_use(uses(model, path), call, path)
    body = Body(model, use, inputs_of(model, sample))
    if body.results > 1:
        raise several_results(use.layer, body.results)
    if not body.is_computed:
        raise ArgumentError(f"{use.layer.label} returns the input as it is; nothing is computed up to there")
    element = chosen_element(use.layer, body.emitted(body.target), position, filter)
    return _followed(body, Place(body.target, element.index), largest, values)


def _followed(body: Body, first: Place, largest: int, most: int) -> Chain:
    """First along the largest contributions down to a pixel, then whatever most of the value comes through."""
    found: list[Apart] = []
    numbers: dict[Place, int] = {}
    queue = [(-_AHEAD, -1.0, 0, first)]
    count = 1
    while queue and (len(found) < most or queue[0][0] == -_AHEAD):
        urgency, share, _, place = heapq.heappop(queue)
        if place in numbers:
            continue
        numbers[place] = len(found)
        apart = body.apart(place, largest, -share)
        found.append(apart)
        size = apart.size or 1.0
        for rank, (source, contribution) in enumerate(zip(apart.sources, apart.value.largest, strict=True)):
            if source is not None and contribution.product:
                led = share * abs(contribution.product) / size
                is_main = urgency == -_AHEAD and rank == 0
                heapq.heappush(queue, (-_AHEAD if is_main else led, led, count, source))
                count += 1
    values: list[TracedValue] = []
    left = 0
    for apart in found:
        told = [None if source is None else numbers.get(source) for source in apart.sources]
        left += sum(source is not None and number is None for source, number in zip(apart.sources, told, strict=True))
        parts = tuple(replace(each, value=number) for each, number in zip(apart.value.largest, told, strict=True))
        values.append(replace(apart.value, largest=parts))
    return Chain(tuple(values), left, body.sample_record())
