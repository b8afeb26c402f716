"""What is compared with Keras, of the layers that disturb training."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Dropout", (2, 30), rate=0.5),
]
