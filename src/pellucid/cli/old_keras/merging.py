"""`keras.layers.merge._Merge`: the base of layers of third parties that join tensors in a way of their own."""

from __future__ import annotations

from typing import Any

from pellucid.layers import Layer


class Merging(Layer):
    """A layer that joins the tensors of a list; how, its `_merge_function(inputs)` says.

    Example:
        >>> from pellucid import Input, Model
        >>> class Longest(Merging):
        ...     def _merge_function(self, inputs):
        ...         return inputs[0] * inputs[0] + inputs[1] * inputs[1]
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], Longest()([x, z])).predict([[[3.0]], [[4.0]]], verbose=0).tolist()
        [[25.0]]

    Source: keras/layers/merge.py of Keras 2.2.4.
    """

    joins = True

    def call(self, inputs: Any) -> Any:
        """Join."""
        return self._merge_function(inputs)

    def _merge_function(self, inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say by _merge_function(inputs) how it joins")
