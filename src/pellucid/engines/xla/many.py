"""Many steps in one call: samples that lie on the devices, and a loop there that takes those of each step.

A step that Python hands over costs it some tenths of a millisecond, and its batch the way to the device. Small networks
on a GPU compute less long than that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid.data.sources.source import Columns
from pellucid.engines.base import Arrays
from pellucid.engines.xla.placement import Placement

Array = Any
Step = Callable[[dict[str, Array], dict[str, Array], dict[str, Array], Array], tuple[Any, dict[str, Array]]]
AT_ONCE = 32
"""Steps in a call at most: as many as are made between two looks at what metrics have counted."""
SHARE = 0.5
"""Of what is free on a device samples may take this part; the steps need the rest."""


def looped(step: Step) -> Any:
    """A compiled function that makes steps one after the other on the devices.

    The number of steps is an argument, not a part of the program: so each step of a training, whatever came in one call
    with it, is computed by the same code, and comes to the same bits.

    It gives the updated states, and an array that is there when they are, which nobody takes the memory of.

    Args:
        step: of (updated states, other states, inputs, key): the function that a single step is compiled of.
    """

    def many(
        updated: dict[str, Array],
        kept: dict[str, Array],
        columns: dict[str, Array],
        rows: Array,
        scalars: dict[str, Array],
        key: Array,
        count: Array,
    ) -> tuple[dict[str, Array], Array]:
        def one(number: Array, states: dict[str, Array]) -> dict[str, Array]:
            inputs = {name: jnp.take(column, rows[number], axis=0, mode="clip") for name, column in columns.items()}
            inputs |= {name: each[number] for name, each in scalars.items()}
            return step(states, kept, inputs, key.at[2].add(number.astype(jnp.uint32)))[1]

        return jax.lax.fori_loop(0, count, one, updated), key[2]

    return jax.jit(many, donate_argnums=(0,))


def on_devices(columns: Arrays, rows: np.ndarray, placement: Placement) -> tuple[dict[str, Array], Array]:
    """The arrays that samples are taken of, and which samples each step takes of them, `AT_ONCE` steps.

    All samples stay on the devices for one pass through the data, where there is room: an array that is changed after
    that is copied anew. Else what the steps need is brought there.
    """
    steps, samples = rows.shape
    whole = _resident(columns, placement)
    if whole is None:
        taken = np.zeros(AT_ONCE * samples, np.int64)
        taken[: rows.size] = rows.ravel()
        whole = {name: placement.whole(array.take(taken, axis=0)) for name, array in columns.items()}
        rows = np.arange(rows.size).reshape(rows.shape)
    padded = np.zeros((AT_ONCE, samples), np.int32)
    padded[:steps] = rows
    return whole, placement.batches(padded)


def _resident(columns: Arrays, placement: Placement) -> dict[str, Array] | None:
    """All samples on each device; None where they would take too much of its memory."""
    if not isinstance(columns, Columns):
        return None
    if placement not in columns.copies:
        free, size = placement.free_bytes(), sum(array.nbytes for array in columns.values())
        fits = free is None or size <= SHARE * free
        columns.copies[placement] = {n: placement.whole(array) for n, array in columns.items()} if fits else None
    found: dict[str, Array] | None = columns.copies[placement]
    return found
