"""`tf.keras.losses.Reduction`: words of tf.keras 2 for how the numbers of a batch become one."""

from __future__ import annotations


class Reduction:
    """How the numbers of a batch become one; "auto" was the sum over the batch's size wherever `fit` ran.

    Example:
        >>> from pellucid import losses
        >>> losses.MeanSquaredError(reduction=Reduction.SUM)([[1.0], [2.0]], [[1.5], [1.0]]).tolist()
        1.25

    Source: tf.keras.losses.Reduction of TensorFlow 2.15.
    """

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    SUM = "sum"
    NONE = "none"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All words that there are."""
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE
