"""For all tests of old spellings: the Keras that is compared with runs on JAX."""

from __future__ import annotations
