"""Attention of one head: means of values, weighted by how well queries match keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from pellucid.activations.normalising import FAR_BELOW
from pellucid.dispatch.symbolic import InputShape
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.attending import dropped, lower_triangle
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.regularization.noise import Noise, checked_rate
from pellucid.variables import Variable

AXES = 3
SCORE_MODES = ("dot", "concat")


class _OneHead(Noise):
    """What the attentions of one head share; a subclass says how well queries match keys."""

    joins = True
    scale: Variable | None

    def __init__(self, use_scale: bool, dropout: float, seed: int | None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(seed, **options)
        self.use_scale = arguments.flag("use_scale", use_scale, self.label)
        self.dropout = checked_rate(dropout, self.label, below_one=True)

    @property
    def is_active(self) -> bool:
        """Whether weights are dropped in training."""
        return self.dropout > 0

    def _check(self, shapes: InputShape) -> None:
        count = len(shapes) if isinstance(shapes, list) else 1
        if not isinstance(shapes, list) or count not in (2, 3):
            raise ArgumentError(
                f"{self.label}: the layer must be called on a list of inputs, [query, value] or [query, value, key]; "
                f"got {count}{' in a list' if isinstance(shapes, list) else ''}"
            )
        if any(len(shape) < AXES for shape in shapes):
            raise ShapeError(f"{self.label}: expected inputs (batch, places, features), got {shapes}")
        query, value, *rest = shapes
        key = rest[0] if rest else value
        if query[-1] != key[-1] or value[-2] != key[-2] or query[:-2] != key[:-2] or value[:-2] != key[:-2]:
            raise ShapeError(
                f"{self.label}: query and key need equally many features, value and key equally many places, and all "
                f"the same axes before these; got query {query}, value {value}, key {key}"
            )

    def call(  # type: ignore[override]
        self,
        inputs: Any,
        mask: Sequence[Tensor | None] | None = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The means of the values, for each query; see the class.

        Args:
            inputs: [query, value] or [query, value, key]; the key is the value by default.
            mask: [query mask, value mask], each (batch, places), 1 for what counts and 0 for what does not, or None.
            training: whether weights are dropped; by default the model decides.
            return_attention_scores: whether the weights of the means are returned too, (batch, queries, values).
            use_causal_mask: whether a query sees values up to its own place only.
        """
        several = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if not all(isinstance(tensor, Tensor) for tensor in several):
            raise ArgumentError(f"{self.label}: the layer is called on a list of tensors, not on lists in a list")
        self._check([tensor.shape for tensor in several] if isinstance(inputs, list | tuple) else inputs.shape)
        query, value, *rest = inputs
        masks = self._masks(mask)
        scores = self.scores(query, rest[0] if rest else value)
        seen = None if masks[1] is None else builder.reshape(masks[1], (*masks[1].shape[:-1], 1, masks[1].shape[-1]))
        if arguments.flag("use_causal_mask", use_causal_mask, self.label):
            triangle = lower_triangle(scores.graph, *scores.shape[-2:])
            seen = triangle if seen is None else seen * triangle
        if seen is not None:
            scores = builder.where(seen, scores, scores - FAR_BELOW)
        weights = builder.softmax(scores)
        drops = weights.graph.training if training is None else training
        weights = dropped(self, weights, self.dropout) if drops and self.is_active else weights
        result = builder.matmul(weights, value)
        if masks[0] is not None:
            result = builder.where(builder.reshape(masks[0], (*masks[0].shape, 1)), result, 0.0)
        return (result, weights) if return_attention_scores else result

    def _masks(self, mask: Any) -> list[Tensor | None]:
        if mask is None:
            return [None, None]
        if not isinstance(mask, list | tuple) or len(mask) not in (2, 3):
            raise ArgumentError(f"{self.label}: mask must be a list [query mask, value mask], each may be None")
        return list(mask[:2])

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """How well each query matches each key: (batch, queries, keys)."""
        raise TypeError(f"{type(self).__name__} does not say how it scores")


class Attention(_OneHead):
    """For each query the mean of the values, weighted by how well their keys match it.

    weights = softmax(query · key) along the keys; result = weights · values. Called on [query, value] or [query, value,
    key], each (batch, places, features); the key is the value by default.

    A call takes `mask=[query mask, value mask]`, `return_attention_scores=True` (weights as a second result) and
    `use_causal_mask=True` (no query sees what comes behind it).

    Args:
        use_scale: whether the scores are multiplied by a number that is learned.
        score_mode: "dot", or "concat": a learned number times the sum over features of tanh(query + key).
        dropout: which share of the weights is set to 0 in training (the others grow in proportion).
        seed: draws the same wherever it is used.
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the layer is not called on two or three inputs.
        ShapeError: the inputs do not fit together.

    Example:
        >>> from pellucid import layers
        >>> query, value = [[[9.0, 0.0]]], [[[9.0, 0.0], [0.0, 9.0]]]
        >>> layers.Attention()([query, value]).round(3).tolist()
        [[[9.0, 0.0]]]

    Source: Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine Translation, EMNLP 2015,
        arXiv 1508.04025; keras.layers.Attention.
    """

    concat_score_weight: Variable | None

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(use_scale, dropout, seed, **options)
        self.score_mode = arguments.one_of("score_mode", score_mode, SCORE_MODES, self.label)

    def build(self, input_shape: InputShape) -> None:
        """Create the numbers that the scores are multiplied by, where there are any."""
        self._check(input_shape)
        is_sum = self.score_mode == "concat"
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight") if is_sum else None

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Products of query and key, or sums of tanh."""
        if self.concat_score_weight is None:
            products = builder.matmul(query, key, transpose_b=True)
            return products if self.scale is None else products * self.scale
        sums = _pairs(query, key)
        values = builder.tanh(sums if self.scale is None else sums * self.scale)
        return builder.reduce_sum(values, [values.rank - 1]) * self.concat_score_weight


class AdditiveAttention(_OneHead):
    """For each query the mean of the values, weighted by a sum of tanh(query + key) over the features.

    As `Attention`, but the score of a query and a key is the sum of scale · tanh(query + key).

    Args:
        use_scale: whether each feature is multiplied by a number that is learned.
        dropout: which share of the weights is set to 0 in training (the others grow in proportion).
        seed: draws the same wherever it is used.
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the layer is not called on two or three inputs.
        ShapeError: the inputs do not fit together.

    Example:
        >>> from pellucid import layers
        >>> import numpy as np
        >>> query, value = np.array([[[0.0]]]), np.array([[[1.0], [3.0]]])
        >>> result, weights = layers.AdditiveAttention(use_scale=False)([query, value], return_attention_scores=True)
        >>> [f"{number:.3f}" for number in (*weights.ravel(), *result.ravel())]
        ['0.442', '0.558', '2.116']

    Source: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015,
        arXiv 1409.0473; keras.layers.AdditiveAttention.
    """

    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        *,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(use_scale, dropout, seed, **options)

    def build(self, input_shape: InputShape) -> None:
        """Create the scale (features,), where there is one."""
        self._check(input_shape)
        features = input_shape[0][-1]  # type: ignore[index]
        if features is None:
            raise ShapeError(f"{self.label}: the number of features must be known, got {input_shape}")
        self.scale = self.add_weight((features,), "glorot_uniform", name="scale") if self.use_scale else None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again."""
        return super().get_config() | {"seed": self.seed}

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Sums of tanh."""
        values = builder.tanh(_pairs(query, key))
        return builder.reduce_sum(values if self.scale is None else values * self.scale, [values.rank - 1])


def _pairs(query: Tensor, key: Tensor) -> Tensor:
    """The sum of each query and each key: (batch, queries, keys, features)."""
    *batch, features = query.shape
    left = builder.reshape(query, (*batch, 1, features))
    return left + builder.reshape(key, (*key.shape[:-2], 1, *key.shape[-2:]))
