"""The wrappers that Keras 3 has: a compiled model, or a function that makes one of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.arraylike import array_of
from pellucid.data.labels import to_categorical
from pellucid.errors import ArgumentError, shown
from pellucid.models import Model, clone_model
from pellucid.wrappers.tags import NotFitted, tags

__all__ = ["SKLearnClassifier", "SKLearnRegressor"]


class _Estimator:
    kind = ""

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model, self.warm_start, self.model_kwargs, self.fit_kwargs = model, warm_start, model_kwargs, fit_kwargs

    def __sklearn_tags__(self) -> Any:
        return tags(self.kind)

    @property
    def _estimator_type(self) -> str:
        """What scikit-learn up to 1.5 asks for."""
        return self.kind

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All that it was told, by name."""
        found = {name: getattr(self, name) for name in ("model", "warm_start", "model_kwargs", "fit_kwargs")}
        nested = {
            f"{name}__{key}": item
            for name in ("model_kwargs", "fit_kwargs")
            for key, item in (found[name] or {}).items()
        }
        return {**found, **nested} if deep else found

    def set_params(self, **params: Any) -> _Estimator:
        """Tell it something else; `model_kwargs__units=8` one thing of many. The next `fit` heeds it."""
        for name, value in params.items():
            owner, inner, key = name.partition("__")
            if owner not in self.get_params(deep=False) or (inner and owner not in ("model_kwargs", "fit_kwargs")):
                raise ArgumentError(f"{type(self).__name__} has no parameter {shown(name)}")
            setattr(self, owner, {**(getattr(self, owner) or {}), key: value} if inner else value)
        return self

    def _fit(self, x: Any, y: Any, given: Mapping[str, Any]) -> None:
        if not (self.warm_start and hasattr(self, "model_")):
            self.model_ = self._model(x, y)
        self.history_ = self.model_.fit(x, y, **{"verbose": 0, **(self.fit_kwargs or {}), **given})

    def _model(self, x: Any, y: Any) -> Any:
        if not isinstance(self.model, Model):
            if not isinstance(self.model, Callable):  # type: ignore[arg-type]
                raise ArgumentError(
                    f"{type(self).__name__}: model is a compiled model, or a function of x and y that gives one, got "
                    f"{shown(self.model)}"
                )
            return self.model(x, y, **(self.model_kwargs or {}))
        if not self.model.compiled:
            raise ArgumentError(f"{type(self).__name__}: compile the model first")
        found = clone_model(self.model)
        found.compile_from_config(self.model.get_compile_config())
        return found

    def _made(self) -> Any:
        if not hasattr(self, "model_"):
            raise NotFitted(f"{type(self).__name__}: fit comes before predictions")
        return self.model_


class SKLearnClassifier(_Estimator):
    """A classifier of scikit-learn's kind around a model whose loss takes one-hot targets.

    Args:
        model: compiled, of which each `fit` trains a copy; or a function (x, y) that gives a compiled one.
        warm_start: whether `fit` goes on with the model of the last one.
        model_kwargs: what the function is told besides.
        fit_kwargs: what `fit` of the model is told.

    Raises:
        ArgumentError: the model is none, or is not compiled.

    Example:
        >>> from pellucid import Sequential, layers
        >>> def build(x, y):
        ...     model = Sequential([layers.Dense(y.shape[1], activation="softmax")])
        ...     model.compile("sgd", "categorical_crossentropy")
        ...     return model
        >>> classifier = SKLearnClassifier(build).fit(np.ones((4, 3)), ["cat", "dog", "cat", "dog"])
        >>> classifier.predict_proba(np.ones((1, 3))).shape
        (1, 2)

    Source: keras.wrappers.SKLearnClassifier.
    """

    kind = "classifier"
    classes_: np.ndarray

    def fit(self, X: Any, y: Any, **kwargs: Any) -> SKLearnClassifier:
        """Train; classes may be of any kind."""
        self.classes_, places = np.unique(np.asarray(y).ravel(), return_inverse=True)
        self._fit(X, to_categorical(places, len(self.classes_)), kwargs)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, (samples, classes)."""
        return np.asarray(self._made().predict(X, verbose=0))

    def predict(self, X: Any) -> np.ndarray:
        """The class of each sample."""
        found: np.ndarray = self.classes_[self.predict_proba(X).argmax(-1)]
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of the samples that are told right."""
        return float(np.average(self.predict(X) == np.asarray(y).ravel(), weights=sample_weight))


class SKLearnRegressor(_Estimator):
    """A regressor of scikit-learn's kind around a model; see `SKLearnClassifier`.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> SKLearnRegressor(model).fit(np.ones((4, 3)), np.ones(4)).predict(np.ones((2, 3))).shape
        (2,)

    Source: keras.wrappers.SKLearnRegressor.
    """

    kind = "regressor"

    def fit(self, X: Any, y: Any, **kwargs: Any) -> SKLearnRegressor:
        """Train."""
        targets = array_of(y)
        self._is_flat = targets.ndim == 1
        self._fit(X, targets[:, np.newaxis] if self._is_flat else targets, kwargs)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The numbers of each sample."""
        found = np.asarray(self._made().predict(X, verbose=0))
        return found.ravel() if self._is_flat else found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R squared: 1 less the mean squared error as a share of the variance."""
        wanted, weights = array_of(y).astype(float), sample_weight
        wrong = np.average((wanted - self.predict(X)) ** 2, axis=0, weights=weights)
        spread = np.average((wanted - np.average(wanted, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
        return float(np.mean(1 - wrong / spread))
