"""The tests that compare with Keras on JAX (`on_jax.py`), in a process of their own: the other files."""

from __future__ import annotations

import os

import pytest
from checks.jax_process import check_on_jax


@pytest.mark.skipif(os.environ["KERAS_BACKEND"] == "jax", reason="they run in this process")
def test_what_is_compared_with_keras_on_jax_in_the_other_files() -> None:
    check_on_jax(1)
