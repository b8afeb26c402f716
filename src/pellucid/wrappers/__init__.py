"""Models as scikit-learn's estimators, for its grid searches, cross-validations and pipelines.

scikit-learn is not needed to make them; it asks an estimator by what it has, not by what it inherits.
"""

from __future__ import annotations

from pellucid.absent import absent
from pellucid.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from pellucid.wrappers.today import SKLearnClassifier, SKLearnRegressor

__all__ = ["KerasClassifier", "KerasRegressor", "SKLearnClassifier", "SKLearnRegressor"]


def __getattr__(name: str) -> object:
    raise absent(__name__, name, {"SKLearnTransformer": "model.predict(x) gives arrays for the next step"})
