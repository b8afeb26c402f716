"""Attention of several heads, each with projections of its own: what transformers are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any, Unpack

from pellucid import regularizers
from pellucid.checks import is_whole
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.einstein import einsum
from pellucid.layers import arguments
from pellucid.layers.attending import all_of, band, dropped, equations, lower_triangle, shares
from pellucid.layers.einsum_dense import EinsumDense, result_sizes
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.regularization.noise import Noise, checked_rate
from pellucid.layers.weighted_sum import Initial

LEAST_AXES = 3
FUSED_AXES = 4  # batch, places, heads, features


class MultiHeadAttention(Noise):
    """Several attentions side by side: each head looks for something else, and a last projection joins what they find.

    A head makes query, key and value of its inputs by weighted sums; its result is, for each place of the query, the
    mean of the values weighted by softmax(query · key / sqrt(key_dim)) along the places of the keys.

    It is called on `query` (batch, places..., features) and `value`, with `key` where that is not the value; both are
    the same thing for self-attention: `layer(x, x)`. A call also takes `query_mask`, `value_mask`, `key_mask` (batch,
    places) and `attention_mask` (batch, places of the query, of the keys), 1 for what counts, 0 for what does not;
    `use_causal_mask=True` (no place sees what comes behind it) and `return_attention_scores=True` (the weights of the
    means as a second result: batch, heads, places of the query, of the keys).

    Args:
        num_heads: how many heads, >= 1.
        key_dim: features of a query and a key in each head.
        value_dim: features of a value in each head; `key_dim` by default.
        dropout: which share of the weights of the means is set to 0 in training.
        use_bias: whether the projections add a bias.
        output_shape: features of the result, a whole number or several; those of the query by default.
        attention_axes: the axes of places along which is looked, one or several, batch as 0; all by default.
        sliding_window: if given, each place sees only places less than so many away.
        flash_attention: None or False. The formula is the same with it; there is one way to compute it here.
        kernel_initializer, bias_initializer: of the four projections, see `EinsumDense`.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties of each projection, added to the loss.
        kernel_constraint, bias_constraint: what their weights are projected to after each update.
        use_gate: whether what the heads find is multiplied by sigmoid(a projection of the query), as a gate.
        seed: draws the same wherever it is used.
        options: name, trainable, weights (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or `flash_attention` is True.
        ShapeError: the inputs do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((16, 8))
        >>> y, weights = layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x, return_attention_scores=True)
        >>> y.shape, weights.shape, Model(x, y).count_params()
        ((None, 16, 8), (None, 2, 16, 16), 288)

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017, arXiv 1706.03762; keras.layers.MultiHeadAttention.
    """

    untold_options = ("output_shape", "flash_attention")  # the first is a property; Keras does not tell the second

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        use_gate: bool = False,
        seed: int | None = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(seed, **options)
        self.num_heads = arguments.whole_number("num_heads", num_heads, self.label)
        self.key_dim = arguments.whole_number("key_dim", key_dim, self.label)
        self.value_dim = (
            self.key_dim if value_dim is None else arguments.whole_number("value_dim", value_dim, self.label)
        )
        self.dropout = checked_rate(dropout, self.label, below_one=True)
        self.use_bias = arguments.flag("use_bias", use_bias, self.label)
        self.use_gate = arguments.flag("use_gate", use_gate, self.label)
        self.result_sizes = None if output_shape is None else result_sizes(output_shape, self.label)
        self.attention_axes = _axes(attention_axes, self.label)
        window = sliding_window
        self.sliding_window = None if window is None else arguments.whole_number("sliding_window", window, self.label)
        if flash_attention is not None and arguments.flag("flash_attention", flash_attention, self.label):
            raise ArgumentError(
                f"{self.label}: flash_attention=True asks for a kernel of GPUs that there is not here; leave it out: "
                "the results are the same"
            )
        self.kernel_initializer = arguments.initializer(kernel_initializer, self.label)
        self.bias_initializer = arguments.initializer(bias_initializer, self.label)
        self.kernel_regularizer = arguments.regularizer(kernel_regularizer, self.label)
        self.bias_regularizer = arguments.regularizer(bias_regularizer, self.label)
        self.kernel_constraint = arguments.constraint(kernel_constraint, self.label)
        self.bias_constraint = arguments.constraint(bias_constraint, self.label)
        self.penalty_of_parts = arguments.regularizer(activity_regularizer, self.label)

    @property
    def is_active(self) -> bool:
        """Whether weights are dropped in training."""
        return self.dropout > 0

    def build(
        self,
        query_shape: SymbolicShape,
        value_shape: SymbolicShape | None = None,
        key_shape: SymbolicShape | None = None,
    ) -> None:
        """Create the projections, for inputs of these shapes."""
        value = query_shape if value_shape is None else value_shape
        key = value if key_shape is None else key_shape
        self.shapes_built = {"query_shape": query_shape, "value_shape": value}
        self.shapes_built |= {} if key_shape is None else {"key_shape": key}
        if any(not isinstance(shape, tuple) or len(shape) < LEAST_AXES for shape in (query_shape, value, key)):
            raise ShapeError(f"{self.label}: expected inputs (batch, places..., features), got {query_shape}, {value}")
        if value[1:-1] != key[1:-1]:
            raise ShapeError(
                f"{self.label}: value and key need the same axes but for the last, got value {value} and key {key}"
            )
        self._places(len(query_shape))
        self.query_dense = self._projection("query", query_shape, self.key_dim)
        self.key_dense = self._projection("key", key, self.key_dim)
        if self.use_gate:
            self._gate_dense = self._projection("gate", query_shape, self.value_dim, "sigmoid")
        self.value_dense = self._projection("value", value, self.value_dim)
        self.output_dense = self._last_projection(query_shape)

    def _places(self, rank: int) -> list[int]:
        """The axes along which is looked, of inputs with so many."""
        axes = self.attention_axes
        if axes is None:
            return list(range(1, rank - 1))
        if any(not -rank < axis < rank or axis % rank in (0, rank - 1) for axis in axes):
            raise ArgumentError(
                f"{self.label}: attention_axes={shown(axes)} are not axes of places of an input of {rank} axes"
            )
        return [axis % rank for axis in axes]

    def _projection(self, name: str, shape: SymbolicShape, features: int, activation: str | None = None) -> EinsumDense:
        """(batch, places..., features) to (batch, places..., heads, features of a head)."""
        free = ascii_lowercase[: len(shape) - 1]
        sizes = (*(None,) * (len(free) - 1), self.num_heads, features)
        return self._part(name, f"{free}x,xyz->{free}yz", sizes, "yz", shape, activation)

    def _last_projection(self, query_shape: SymbolicShape) -> EinsumDense:
        """(batch, places..., heads, features of a head) to the features of the result."""
        free = ascii_lowercase[: len(query_shape) - 1]
        sizes = self.result_sizes or (query_shape[-1],)
        letters = "uvwrst"[: len(sizes)]
        shape = (*query_shape[:-1], self.num_heads, self.value_dim)
        sizes = (*(None,) * (len(free) - 1), *sizes)
        return self._part("attention_output", f"{free}yz,yz{letters}->{free}{letters}", sizes, letters, shape, None)

    def _part(
        self,
        name: str,
        equation: str,
        sizes: Sequence[int | None],
        bias_axes: str,
        shape: SymbolicShape,
        activation: str | None,
    ) -> EinsumDense:
        part = EinsumDense(
            equation,
            sizes,
            activation,
            bias_axes if self.use_bias else None,
            self.kernel_initializer,
            self.bias_initializer,
            self.kernel_regularizer,
            self.bias_regularizer,
            self.kernel_constraint,
            self.bias_constraint,
            activity_regularizer=self.penalty_of_parts,
            name=name,
            dtype=self.dtype_policy,
        )
        part.ensure_built(shape)
        return part

    def call(  # type: ignore[override]
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor | None = None,
        query_mask: Tensor | None = None,
        value_mask: Tensor | None = None,
        key_mask: Tensor | None = None,
        attention_mask: Tensor | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Project, weigh, sum up, join; see the class."""
        key = value if key is None else key
        axes = self._places(query.rank)
        masks = (query_mask, value_mask, key_mask)
        seen = self._seen(query, key, axes, masks, attention_mask, use_causal_mask)
        gate = self._gate_dense.emit(query) if self.use_gate else None
        projected = self.query_dense.emit(query) * (1.0 / math.sqrt(self.key_dim))
        keys, values = self.key_dense.emit(key), self.value_dense.emit(value)
        scoring, summing = equations(projected.rank, axes)
        scores = einsum(scoring, keys, projected)
        tells = arguments.flag("return_attention_scores", return_attention_scores, self.label)
        # Where nothing is seen Keras's fused form gives the mean of all values, its other one 0.
        is_fused = not (tells or self.dropout > 0 or projected.rank != FUSED_AXES)
        weights = shares(scores, seen, len(axes), nothing_gives_zero=not is_fused)
        kept = dropped(self, weights, self.dropout) if weights.graph.training and self.is_active else weights
        found = einsum(summing, kept, values)
        result = self.output_dense.emit(found if gate is None else found * gate)
        return (result, weights) if tells else result

    def _seen(
        self,
        query: Tensor,
        key: Tensor,
        axes: Sequence[int],
        masks: Sequence[Tensor | None],
        attention_mask: Tensor | None,
        use_causal_mask: bool,
    ) -> Tensor | None:
        """Which place of the query sees which of the keys: something that broadcasts to the scores, 0 where not."""
        is_causal = arguments.flag("use_causal_mask", use_causal_mask, self.label)
        if len(axes) > 1 and (is_causal or self.sliding_window is not None or any(m is not None for m in masks)):
            raise ArgumentError(
                f"{self.label}: a causal mask, a sliding window and masks of inputs are for one axis of places; it "
                f"looks along {len(axes)} of them, for which attention_mask says what is seen"
            )
        of_query, *of_keys = masks
        queries, keys = query.shape[axes[0]], key.shape[axes[0]]
        found = [None if of_query is None else builder.reshape(of_query, (*of_query.shape, 1))]
        found += [None if m is None else builder.reshape(m, (m.shape[0], 1, m.shape[1])) for m in of_keys]
        found += [lower_triangle(query.graph, queries, keys)] if is_causal else []
        found += [] if self.sliding_window is None else [band(query.graph, queries, keys, self.sliding_window)]
        return all_of([attention_mask, *found])

    def get_build_config(self) -> dict[str, Any]:
        """The shapes of the inputs that the projections are for, as Keras writes them down."""
        return {"shapes_dict": {name: list(shape) for name, shape in self.shapes_built.items()}} if self.built else {}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Create the projections for the shapes that `get_build_config` gave."""
        shapes = config.get("shapes_dict") or {}
        known = {name: tuple(shape) for name, shape in shapes.items() if isinstance(shape, list | tuple)}
        if "query_shape" in known:
            self.ensure_built(known.pop("query_shape"), **known)

    def compute_output_shape(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> SymbolicShape:
        """That of the query, with the features of the result."""
        sizes: SymbolicShape = (*query_shape[:-1], *(self.result_sizes or query_shape[-1:]))
        return sizes

    def _result_shape(self, shape: Any) -> Any:
        return self.compute_output_shape(shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again."""
        penalty = None if self.penalty_of_parts is None else regularizers.serialize(self.penalty_of_parts)
        told = {"output_shape": self.result_sizes, "activity_regularizer": penalty}
        return super().get_config() | told


def _axes(value: Any, label: str) -> tuple[int, ...] | None:
    """Axes of places: one, or several in a list; None for all."""
    if value is None:
        return None
    given = value if isinstance(value, list | tuple) else [value]
    if not given or not all(map(is_whole, given)):
        raise ArgumentTypeError(f"{label}: attention_axes must be a whole number or a list of them, got {shown(value)}")
    return tuple(int(axis) for axis in given)
