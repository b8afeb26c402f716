"""For all tests of old spellings: the Keras that is compared with runs on JAX."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # before the first import of Keras
