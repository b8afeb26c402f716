"""How a layer puts its variables into a file, and takes them out: what a class of the user's own may say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol

from pellucid.errors import ArgumentError
from pellucid.variables import Variable


class HasVariables(Protocol):
    """What is needed of a layer."""

    @property
    def own_weights(self) -> list[Variable]:
        """Those of the layer itself."""
        ...

    @property
    def label(self) -> str:
        """How messages call it."""
        ...


class StoresVariables:
    """The two methods by which Keras asks a layer for what a file is to hold of it; those of the layers in it apart."""

    def save_own_variables(self: HasVariables, store: MutableMapping[str, Any]) -> None:
        """Put the layer's own weights into a store, "0", "1" and so on; a class of your own may put in what it likes.

        `save`, `save_weights` and callbacks call it. Arrays that are no weights are kept by it: numbers of any name.

        Args:
            store: a dictionary for arrays of floats or whole numbers, and weights.

        Example:
            >>> from pellucid import layers
            >>> layer, store = layers.Dense(2), {}
            >>> layer.build((None, 3))
            >>> layer.save_own_variables(store)
            >>> {name: array.shape for name, array in store.items()}
            {'0': (3, 2), '1': (2,)}

        Source: keras.Layer.save_own_variables, https://keras.io/guides/customizing_saving_and_serialization/
        """
        for number, weight in enumerate(self.own_weights):
            store[str(number)] = weight.numpy()

    def load_own_variables(self: HasVariables, store: Mapping[str, Any]) -> None:
        """Take the layer's own weights from what `save_own_variables` put into a store; the layer is built by then.

        Args:
            store: the arrays in the file by their names.

        Raises:
            ArgumentError: it holds something else.
            ShapeError: an array has another shape than the weight.

        Example:
            >>> import numpy as np
            >>> from pellucid import layers
            >>> layer = layers.Dense(2)
            >>> layer.build((None, 3))
            >>> layer.load_own_variables({"0": np.ones((3, 2)), "1": np.zeros(2)})
            >>> layer.kernel.numpy().sum()
            np.float32(6.0)

        Source: keras.Layer.load_own_variables, https://keras.io/guides/customizing_saving_and_serialization/
        """
        wanted = [str(number) for number in range(len(self.own_weights))]
        if set(store) != set(wanted):
            raise ArgumentError(
                f"{self.label} expected {len(wanted)} variables, {wanted}, but received {sorted(store)}: write a "
                "load_own_variables() that reads what its save_own_variables() wrote"
            )
        for name, weight in zip(wanted, self.own_weights, strict=True):
            weight.assign(store[name])
