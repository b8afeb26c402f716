"""What scikit-learn asks of an estimator before it uses it."""

from __future__ import annotations

from typing import Any


def tags(kind: str) -> Any:
    """What kind an estimator is of, in scikit-learn's words (1.6 and later); only scikit-learn itself asks for it.

    Args:
        kind: "classifier" or "regressor".
    """
    from sklearn import utils  # only now: whoever asks has it

    own = utils.ClassifierTags() if kind == "classifier" else None
    return utils.Tags(
        estimator_type=kind,
        target_tags=utils.TargetTags(required=True),
        classifier_tags=own,
        regressor_tags=utils.RegressorTags() if own is None else None,
        transformer_tags=None,
    )


class NotFitted(ValueError, AttributeError):
    """An estimator is asked for predictions before `fit`; of the two kinds that scikit-learn's own error is of."""
