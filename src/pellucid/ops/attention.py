"""Attention, under Keras's name (keras.ops)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.activations.normalising import FAR_BELOW
from pellucid.checks import flag, number
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import builder
from pellucid.graph.einstein import einsum

AXES = 4
HEADS = 2  # the axis


@anywhere("query", "key", "value", "bias", "mask")
def dot_product_attention(
    query: Operand,
    key: Operand,
    value: Operand,
    bias: Operand = None,
    mask: Operand = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """For each query the mean of the values, weighted by how well it matches their keys, in each head by itself.

    Formula: softmax(scale * query key^T + bias) value.

    Args:
        query: (batch, places, heads, features).
        key: (batch, places of the values, heads, features); fewer heads serve as many neighbouring ones of the query
            each, if their number divides that of the query's.
        value: as the key.
        bias: is added to the scores, which are (batch, heads, places, places of the values): what broadcasts to them.
        mask: which of them count (1), or not (0): what broadcasts to them. A query that sees nothing gets the mean of
            all values.
        scale: 1 / sqrt(features) by default.
        is_causal: whether a place sees those up to itself only.
        flash_attention: how Keras computes on some processors; False or None here.
        attn_logits_soft_cap: None; Keras has it on TPUs alone.

    Returns:
        the shape of the query, with the features of the values.

    Raises:
        ArgumentError: a setting is none of those.
        ShapeError: the operands do not fit.

    Example:
        >>> query, key = np.zeros((1, 1, 1, 2)), np.ones((1, 3, 1, 2))
        >>> dot_product_attention(query, key, np.array([1.0, 2.0, 6.0]).reshape(1, 3, 1, 1))[0, 0, 0].tolist()
        [3.0]

    Source: keras.ops.dot_product_attention; Vaswani et al., Attention is all you need, 2017.
    """
    if not (flash_attention is None or flash_attention is False) or attn_logits_soft_cap is not None:
        given = {"flash_attention": flash_attention, "attn_logits_soft_cap": attn_logits_soft_cap}
        raise ArgumentError(f"there is one way to compute this, leave out {shown(given)}")
    if any(x.rank != AXES for x in (query, key, value)):
        shapes = query.shape, key.shape, value.shape
        raise ShapeError(f"query, key and value are (batch, places, heads, features), got {shapes}")
    if query.shape[HEADS] % key.shape[HEADS] or key.shape[:-1] != value.shape[:-1]:
        raise ShapeError(
            "keys and values have as many places and heads, and their heads divide those of the query; got query "
            f"{query.shape}, key {key.shape}, value {value.shape}"
        )
    times = query.shape[HEADS] // key.shape[HEADS]
    key, value = (builder.repeat(x, times, HEADS) if times > 1 else x for x in (key, value))
    by = 1 / math.sqrt(key.shape[-1]) if scale is None else number("", "scale", scale)
    scores = einsum("btnh,bsnh->bnts", query, key) * by
    scores = scores if bias is None else scores + bias
    scores = scores if mask is None else builder.where(mask, scores, -FAR_BELOW)
    if flag("", "is_causal", is_causal):
        triangle = builder.literal(scores.graph, np.tri(*scores.shape[-2:], dtype=np.float32))
        scores = builder.where(triangle, scores, -FAR_BELOW)
    return einsum("bnts,bsnh->btnh", builder.softmax(scores), value)
