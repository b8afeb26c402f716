"""Rows for the normalisation layers."""

from __future__ import annotations

from cases.rows import LayerCase

ROWS: tuple[LayerCase, ...] = ()
