"""What is compared with Keras, of attention with one head; more heads: test_keras_attention.py."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Attention", (2, 3, 4), (2, 5, 4)),
    case("Attention", (2, 3, 4), (2, 5, 7), (2, 5, 4), use_scale=True),
    case("Attention", (2, 3, 4), (2, 5, 4), use_scale=True, score_mode="concat"),
    case("AdditiveAttention", (2, 3, 4), (2, 5, 4)),
    case("AdditiveAttention", (2, 3, 4), (2, 5, 6), (2, 5, 4), use_scale=False),
]
