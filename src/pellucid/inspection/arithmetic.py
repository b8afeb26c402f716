"""One output value, down to the last product: which inputs, which weights, which sums.

A layer is explained by the operations that it emits, whoever wrote it. The sums are made here, in float64 and by the
definition; what the engine computed stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, ops
from pellucid.inspection.addresses import Place, Values, broadcast_place, origin
from pellucid.inspection.agreement import check_sum, exact_sum, is_close
from pellucid.inspection.element_values import ElementValues
from pellucid.inspection.elements import chosen_element, chosen_use, told_call
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import model_of, path_of, place_of
from pellucid.inspection.image_samples import OneSample, inputs_of
from pellucid.inspection.layer_formulas import sum_formula
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.long_sums import Rest
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.records import Arithmetic, Product, Step, rounding_of_sum
from pellucid.inspection.rounding import rounding, winograd_bound
from pellucid.inspection.rules import EXPRESSION, MEAN, PRODUCTS, Term
from pellucid.inspection.running import Runner, Use, layer_inputs, uses
from pellucid.inspection.squares import with_squares
from pellucid.inspection.tracing import Trace
from pellucid.inspection.weighted_sums import FURTHER, WeightedSum, activation_name, factors, weighted_sum
from pellucid.layers import Layer
from pellucid.models import Model


@explained
def arithmetic(
    model: Model,
    layer: str | Layer,
    sample: OneSample,
    position: int | Sequence[int] = (),
    filter: int = 0,
    *,
    call: int = 0,
    engine: str | Engine | None = None,
) -> Arithmetic:
    """How one output value of a layer comes about for one sample.

    Any layer is explained by the operations that it emits: convolutions of all kinds, dense layers, pooling,
    normalisation, layers of users' own.

    Args:
        model: a built model.
        layer: name of the layer; in a model inside the model, the path to it: "inner/conv2d". Or the layer itself.
        sample: one sample, without a batch axis; or the path of an image file, or of a `.npy` file with one. Of a model
            with several inputs a list of arrays, or a dictionary by the names of the inputs.
        position: place in the output, one number per axis but batch and channels (for one axis it may stand alone);
            () for a dense layer.
        filter: number of the filter (of the unit, in a dense layer): the place along the axis of channels.
        call: which of its uses, where the layer is used several times: 0 for the first.
        engine: whose value is compared with the sum; the model's own by default.

    Returns:
        every product input * weight with its place, the sum per channel, bias, total, activation, value, and what the
        engine computed. For other layers the terms of a mean or a maximum, or a formula with the steps that lead to it.

    Raises:
        ArgumentError: layer, position, filter or call do not exist, or there is no rule for an operation of the layer.
        DataError: the sample does not fit the model.
        EngineError: the engine computed something else than the calculation leads to, by more than rounding explains.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> bump = layers.Conv1D(1, 3, weights=[np.array([0, 1, 0]).reshape(3, 1, 1), [0]], name="bump")
        >>> model = Sequential([layers.Input((8, 1)), bump])
        >>> x = np.array([0, 0, 0, 1, 1, 0, 0, 0]).reshape(8, 1)
        >>> value = arithmetic(model, "bump", x, position=(2,))
        >>> [(p.input, p.weight, p.product) for p in value.products], value.value
        ([(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)], 1.0)
    """
    model, sample = seen_with(told_apart(model_of(model, "arithmetic"), layer), sample)
    path = path_of(model, layer)
    found = uses(model, path)
    use = chosen_use(found, call, path)
    given = layer_inputs(model, use, inputs_of(model, sample), engine)
    record = arithmetic_of_use(model, use, given, position, filter, engine)
    return replace(record, layer=path, call=told_call(found, call))


def arithmetic_of_use(
    model: Model,
    use: Use,
    given: Sequence[np.ndarray],
    position: int | Sequence[int] = (),
    filter: int = 0,
    engine: str | Engine | None = None,
    *,
    is_brief: bool = False,
) -> Arithmetic:
    """As `arithmetic`, of a layer of which is known what it is given: nothing before it is computed.

    Args:
        model: that it stands in.
        use: of the layer.
        given: its inputs, each a batch of one.
        position: as in `arithmetic`, and the rest too.
        filter: see there.
        engine: see there.
        is_brief: of sums of thousands of terms the strongest are told one by one, and the rest as one sum: `others`
            and `rest` of the record.
    """
    emitted = EmittedLayer.of_use(use, [array.shape for array in given])
    chosen = chosen_element(use.layer, emitted, position, filter)
    trace = Trace(emitted, ElementValues(emitted, model, list(given)), is_brief=is_brief)
    emitted.graph.outputs = {"y": chosen.tensor}  # alone, on the same input
    run = Runner(model, emitted.graph, engine, use.layer)
    computed, place = run(given)["y"][chosen.index], place_of(position, use.layer.label)
    outcome = _Outcome(emitted, trace.values, chosen, place, int(filter), float(computed), run.kernels)
    found = weighted_sum(emitted, chosen)
    record = _of_sum(trace, found, outcome) if found is not None else None
    return _of_formula(trace, outcome) if record is None else record


class _Outcome(Frozen):
    """What came out: the element, where the layer's maps have it, what the engine computed for it, and how."""

    emitted: EmittedLayer
    values: Values
    chosen: Place
    index: tuple[int, ...]
    filter: int
    engine_value: float
    kernels: Sequence[str]

    def bound(self, terms: Sequence[Product], bias: float, rest: Rest) -> float | None:
        """How far rounding may lead the engine; None where the products, all of them told, explain it."""
        value = self.chosen.value(self.values)
        sizes = [abs(term.product) for term in terms]
        plain = rounding_of_sum(sizes, abs(bias) + abs(value), rest.count, rest.size)
        if is_close(value, self.engine_value, plain):
            return plain if rest.count else None
        return rounding(self.emitted, self.values, self.chosen, self.kernels)

    @property
    def winograd(self) -> float | None:
        """How far the engine's sum may be off by Winograd's method; None where it is not computed by it."""
        return winograd_bound(self.emitted, self.values, self.kernels)


def _of_sum(trace: Trace, found: WeightedSum, outcome: _Outcome) -> Arithmetic | None:
    """The record of a sum of products, a mean or a maximum; None where nothing is added up."""
    pair = factors(trace.emitted, found.at.tensor)
    one = None if pair is None else (PRODUCTS, _one_term(found.at, pair), Rest())
    combination, terms, rest = one or trace.told_terms(found.at)
    combination, terms = with_squares(combination, terms)
    if pair is None:
        is_of_squares = combination == PRODUCTS and all(term.read == term.factor for term in terms)
        trace.call(found.at, "sum of squares" if is_of_squares else "sum" if combination == PRODUCTS else combination)
    else:
        trace.name_all([terms[0].read, terms[0].factor])
    if found.divisor != 1.0:
        combination = MEAN if found.divisor == len(terms) + rest.count else combination
        rest = rest.divided(found.divisor)
        terms = [replace(term, factor=_divided(term, found.divisor)) for term in terms]
    trace.name_all([found.bias])
    products = trace.products(terms)
    if not products:
        return None
    sums, bias = _channel_sums(products), trace.value(found.bias)
    activation = activation_name(trace.emitted.layer, found)
    total = exact_sum((*sums, rest.sum)) + bias
    what = f"{trace.emitted.layer.label}, before the activation"
    terms_and_rest = [*(product.product for product in products), rest.sum]
    check_sum(terms_and_rest, bias, trace.value(found.total), what, rest.count, rest.size)
    return Arithmetic(
        layer=trace.emitted.layer.name,
        kind=type(trace.emitted.layer).__name__,
        output_index=outcome.index,
        filter=outcome.filter,
        products=products,
        channel_sums=sums,
        bias=bias,
        total=total,
        activation=activation,
        value=trace.value(outcome.chosen) if found.tail else total,
        engine_value=outcome.engine_value,
        formula=_formula(trace, found, outcome.chosen, products, activation),
        combination=combination,
        steps=tuple(trace.steps),
        left_out=trace.left_out,
        rounding=outcome.bound(products, bias, rest),
        winograd=outcome.winograd,
        others=rest.count,
        rest=rest.sum,
        has_bias=found.bias is not None,
    )


def _one_term(at: Place, pair: tuple[Tensor, Tensor]) -> list[Term]:
    """An element times weights, each with its broadcasting."""
    read, factor = (broadcast_place(tensor, at.index) for tensor in pair)
    return [Term(read, factor)]


def _divided(term: Term, divisor: float) -> float:
    """The share of a term of a sum that is divided."""
    assert isinstance(term.factor, float)
    return term.factor / divisor


def _channel_sums(products: Sequence[Product]) -> tuple[float, ...]:
    terms: dict[int, list[float]] = {}
    for product in products:
        terms.setdefault(product.channel, []).append(product.product)
    return tuple(exact_sum(values) for values in terms.values())


def _formula(trace: Trace, found: WeightedSum, chosen: Place, products: Sequence[Product], activation: str) -> str:
    """In general where the operation has a formula and reads the layer's input; else that of this element."""
    node, weight = found.at.tensor.node, _weight(trace, products)
    bias = "" if found.bias is None else _weight_of(trace, found.bias)
    is_dense = not products[0].tap
    if weight is not None and bias is not None and (is_dense or not isinstance(node.op, ops.Matmul)):
        general = "" if activation == FURTHER else sum_formula(node, weight, bias, activation)
        if general and not any(product.source for product in products):
            return general
    if activation in ("linear", FURTHER):
        return f"y = {trace.whole(chosen).text}"
    return f"y = {activation}({trace.whole(found.total).text})"


def _weight(trace: Trace, products: Sequence[Product]) -> str | None:
    """The one weight that the products multiply with; "" for shares, None where it is computed."""
    first = next(
        (each for each in products if not each.is_padding), products[0]
    )  # padding has no factor that is computed
    return None if first.weight_name and not first.weight_index else first.weight_name


def _weight_of(trace: Trace, place: Place) -> str | None:
    """The name of the weight that a place is an element of."""
    found = origin(place)
    is_weight = found is not None and isinstance(found.tensor.node.op, ops.Parameter)
    return trace.emitted.weight_name(found.tensor) if found is not None and is_weight else None


def _of_formula(trace: Trace, outcome: _Outcome) -> Arithmetic:
    """The record of a result that is a formula of inputs, weights and steps."""
    formula, value = trace.whole(outcome.chosen), trace.value(outcome.chosen)
    return Arithmetic(
        layer=trace.emitted.layer.name,
        kind=type(trace.emitted.layer).__name__,
        output_index=outcome.index,
        filter=outcome.filter,
        products=(),
        channel_sums=(),
        bias=0.0,
        total=value,
        activation="linear",
        value=value,
        engine_value=outcome.engine_value,
        formula=f"y = {formula.text}",
        combination=EXPRESSION,
        steps=(*trace.steps, Step("y", EXPRESSION, formula.text, formula.operands, (), value)),
        left_out=trace.left_out,
        rounding=outcome.bound((), 0.0, Rest()),
    )
