"""How the first values of a layer's weights were drawn, held against the theory of the initialiser."""

from __future__ import annotations

import math

import numpy as np

from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, NotYetError, unknown_name
from pellucid.frozen import Frozen
from pellucid.initializers import FunctionInitializer, Initializer
from pellucid.inspection.given import described
from pellucid.inspection.laws import Law, law_of
from pellucid.inspection.record import Record
from pellucid.layers import Layer
from pellucid.layers.filter_values import initializer_of
from pellucid.layers.weight_names import named, short_names, weights_within
from pellucid.models import Model
from pellucid.naming import is_ours
from pellucid.provenance import fans_of
from pellucid.variables import Variable

MOST_BARS = 48
_ALONE = 24  # bars up to which each stands alone in the terminal; more are of an even number, drawn by two


class InitialDraw(Frozen, Record, eq=False):
    """The first values of a weight, and what theory says of them.

    Args:
        layer: name of the layer.
        weight: name of the weight.
        shape: of the weight.
        initializer: what drew the values, as it is written.
        fan_in: how many inputs feed one output, `fans`.
        fan_out: how many outputs one input feeds.
        law: the distribution that theory gives; None where nothing is drawn or nothing is known of it.
        formula: of its limit or standard deviation, with the numbers of this weight.
        values: that were drawn, in the order of the weight, read-only.
        edges: of the bars of the histogram, one more than there are bars.
        counts: how many values lie in each bar; NaN and infinite ones lie in none.
        distance: the largest difference between the share of values up to a number and the share that theory gives
            (Kolmogorov and Smirnov's); 0 is perfect. None where no distribution is known, or values are
            NaN or infinite.
        distance_now: the same of the weight's values as they are now; None where they are still those, or nothing is
            known.
        is_draw: whether `values` are the draw itself; otherwise it cannot be repeated, and they are those of now.
        provenance: how the values of now came about, in words.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(32, 3, name="c", kernel_initializer="glorot_uniform")
        >>> layer.build((None, 8, 8, 1))
        >>> draw = initial_draw(layer)
        >>> draw.fan_in, draw.fan_out, draw.formula[-54:]
        (9, 288, '6 / (fan_in + fan_out)) = sqrt(6 / (9 + 288)) = 0.1421')
        >>> draw.distance < 2 * draw.usual_distance
        True
    """

    layer: str
    weight: str
    shape: tuple[int, ...]
    initializer: str
    fan_in: int
    fan_out: int
    law: Law | None
    formula: str
    values: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    distance: float | None
    distance_now: float | None
    is_draw: bool
    provenance: str

    @property
    def usual_distance(self) -> float:
        """The distance that 95 of 100 draws of so many values do not exceed."""
        return 1.358 / math.sqrt(self.values.size)

    @property
    def limit(self) -> float | None:
        """The magnitude that no number exceeds, where there is one and numbers lie around 0."""
        bounded = self.law is not None and self.law.kind != "normal" and self.law.center == 0
        return self.law.reach if bounded and self.law is not None else None

    @property
    def densities(self) -> np.ndarray:
        """The height of each bar as a density: its share of the values divided by its width."""
        return self.counts / (max(int(self.counts.sum()), 1) * np.diff(self.edges))


@explained
def initial_draw(layer: Layer, which: str | None = None) -> InitialDraw:
    """The first values of a layer's weights as a histogram beside the density that they were drawn from.

    The draw is repeated from initialiser, seed and shape, so that it can be looked at after training too.

    Args:
        layer: that has weights.
        which: the name of the weight; by default the first, the kernel. Where other layers lie in the layer, the path
            to the weight, "first/kernel", or to the one of them whose kernel is meant.

    Returns:
        the record.

    Raises:
        ArgumentTypeError: it is no layer.
        ArgumentError: the layer has no weights, or none of that name.
        NotYetError: the layer has no weights yet.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(100, kernel_initializer="he_normal", name="d")
        >>> layer.build((None, 50))
        >>> print(initial_draw(layer).formula)
        normal, beyond 2 s drawn again, s = sqrt(2 / fan_in) / 0.8796 = sqrt(2 / 50) / 0.8796 = 0.2274

    Source: the distributions of `initializers`; Massey, The Kolmogorov-Smirnov test for goodness of fit, 1951.
    """
    weight = _weight_of(layer, which)
    story = weight.story.of()
    initializer = story.events[0].initializer or initializer_said(layer, weight)
    if initializer is None:
        raise ArgumentError(f"{layer.label}: nothing tells by what its {weight.name} was drawn; it is {story}")
    fans = story.fans or fans_of(initializer, weight.shape)
    law, formula = law_of(initializer, weight.shape, fans)
    now = weight.numpy()
    first = _repeated(initializer, weight, is_known=story.events[0].initializer is not None)
    values = now if first is None else first
    is_same = bool(np.array_equal(values, now, equal_nan=True))
    counts, edges = _histogram(values, law)
    return InitialDraw(
        layer.name,
        short_names(layer)[weight],
        weight.shape,
        repr(initializer),
        *fans,
        law,
        formula,
        _read_only(values),
        _read_only(edges),
        _read_only(counts),
        _distance(values, law, first),
        None if is_same else _distance(now, law, first),
        first is not None,
        str(story),
    )


def _weight_of(layer: object, which: object) -> Variable:
    if isinstance(layer, Model) or not isinstance(layer, Layer):
        raise ArgumentTypeError(f"initial_draw looks at one layer, such as model.layers[0], got {described(layer)}")
    weights = short_names(layer)
    if not weights:
        if not layer.built:
            raise NotYetError(f"{layer.label} has no weights before it knows its input; use it in a model first")
        raise ArgumentError(f"{layer.label} has no weights, so nothing was drawn")
    if which is None:
        return next(iter(weights))
    if not isinstance(which, str):
        raise unknown_name(f"weight of {layer.label}", described(which), list(weights.values()))
    # the name of what lies in the layer means its kernel, as the layer's own means that of the layer
    inside = [weight for path, weight in weights_within(layer).items() if path.rpartition("/")[0] == which]
    found = next((each for each in (named(layer, which), *inside) if each is not None), None)
    if found is None:
        raise unknown_name(f"weight of {layer.label}", which, list(weights.values()))
    return found


def initializer_said(layer: Layer, weight: Variable) -> Initializer | None:
    """What a layer says that it draws a weight by; the innermost that has the weight, as within a wrapper, is asked
    first."""
    for part in reversed(list(layer.with_parts())):
        if any(each is weight for each in part.weights):
            found: object
            try:
                found = initializer_of(part, weight.name)
            except StopIteration:
                found = getattr(part, f"{weight.name}_initializer", None)
            if isinstance(found, Initializer):
                return found
    return None


def _repeated(initializer: Initializer, weight: Variable, *, is_known: bool) -> np.ndarray | None:
    """The draw once more; None where that cannot be: the seed is not known, or it is a function of the user's."""
    draws = "seed" in initializer.get_config() if is_ours(type(initializer)) else True
    if (draws and not is_known) or isinstance(initializer, FunctionInitializer):
        return None
    return initializer(weight.shape)


def _histogram(values: np.ndarray, law: Law | None) -> tuple[np.ndarray, np.ndarray]:
    """Counts and edges; bars end where the law ends, so that none is half empty for that reason.

    Values that are NaN or infinite lie in no bar.
    """
    flat = values[np.isfinite(values)].astype(np.float64)
    low, high = float(flat.min(initial=np.inf)), float(flat.max(initial=-np.inf))
    if not flat.size:
        low = high = 0.0 if law is None else law.center
    bars = int(np.clip(round(2 * flat.size ** (1 / 3)), 5, MOST_BARS))
    bars += bars % 2 if bars > _ALONE else 0
    if law is not None:
        low, high = min(low, law.center - law.reach), max(high, law.center + law.reach)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.histogram(flat, bars, (low, high))


def _distance(values: np.ndarray, law: Law | None, first: np.ndarray | None) -> float | None:
    """Kolmogorov and Smirnov's distance from the law; where nothing is drawn, from the values that were given.

    None of values that are not finite.
    """
    if not np.isfinite(values).all():
        return None
    ordered = np.sort(values.ravel().astype(np.float64))
    count = ordered.size
    if law is not None:
        theory = law.below(ordered)
        above = np.arange(1, count + 1) / count - theory
        return float(max(above.max(), (theory - np.arange(count) / count).max()))
    if first is None:
        return None
    given = np.sort(first.ravel().astype(np.float64))
    at = np.concatenate([ordered, given])
    shares = (np.searchsorted(each, at, side="right") / count for each in (ordered, given))
    return float(np.abs(np.subtract(*shares)).max())


def _read_only(values: np.ndarray) -> np.ndarray:
    values = np.array(values)
    values.setflags(write=False)
    return values
