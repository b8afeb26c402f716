"""What is compared with Keras, of the normalisation layers."""

from __future__ import annotations

from keras_oracle import Case

CASES: list[Case] = []
