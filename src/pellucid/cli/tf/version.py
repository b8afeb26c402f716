"""`tf.version`."""

from __future__ import annotations

from pellucid.cli.keras_imports import TENSORFLOW_VERSION

VERSION = TENSORFLOW_VERSION
GIT_VERSION = COMPILER_VERSION = "unknown"
