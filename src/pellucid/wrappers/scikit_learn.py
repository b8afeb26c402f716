"""The wrappers that Keras 1 and 2 had: a function that makes a model, and what it and `fit` are told."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.arraylike import array_of
from pellucid.callbacks import History
from pellucid.data.labels import to_categorical
from pellucid.errors import ArgumentError, shown
from pellucid.models import Sequential
from pellucid.wrappers.tags import NotFitted, tags

__all__ = ["KerasClassifier", "KerasRegressor"]

OF_MODELS = ("fit", "predict", "evaluate")


class _Wrapper:
    """What both have: the parameters, and how they are shared out among the function and the model's methods."""

    kind = ""

    def __init__(self, build_fn: Callable[..., Any] | None = None, **sk_params: Any) -> None:
        if build_fn is None and type(self).__call__ is _Wrapper.__call__:
            raise ArgumentError(f"{type(self).__name__} needs build_fn, a function that gives a compiled model")
        self.build_fn, self.sk_params = build_fn, sk_params
        self.model: Any = None
        self._check(sk_params)

    def __call__(self, **arguments: Any) -> Any:
        """The model; a subclass may make it here instead of being given a function."""
        assert self.build_fn is not None
        return self.build_fn(**arguments)

    def __sklearn_tags__(self) -> Any:
        return tags(self.kind)

    @property
    def _estimator_type(self) -> str:
        """What scikit-learn up to 1.5 asks for."""
        return self.kind

    def _maker(self) -> Callable[..., Any]:
        return type(self).__call__.__get__(self) if self.build_fn is None else self.build_fn

    def _check(self, params: dict[str, Any]) -> None:
        known = {name for method in OF_MODELS for name in _words(getattr(Sequential, method))} | set(
            _words(self._maker())
        )
        takes_all = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(self._maker()).parameters.values())
        for name in params:
            if name != "nb_epoch" and name not in known and not takes_all:
                raise ArgumentError(
                    f"{type(self).__name__}: {name} is an argument of neither the function that makes the model nor of "
                    "fit, predict or evaluate"
                )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All that it was told, by name."""
        return {**(copy.deepcopy(self.sk_params) if deep else self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> _Wrapper:
        """Tell it something else; the next `fit` heeds it."""
        params = dict(params)
        self.build_fn = params.pop("build_fn", self.build_fn)
        self._check(params)
        self.sk_params.update(params)
        return self

    def _for(self, function: Callable[..., Any], given: dict[str, Any] | None = None) -> dict[str, Any]:
        """What of the parameters a function takes, with what is given now."""
        words = _words(function)
        return {name: value for name, value in self.sk_params.items() if name in words} | (given or {})

    def _fit(self, x: Any, y: Any, given: dict[str, Any]) -> History:
        self.model = self._maker()(**self._for(self._maker()))
        loss = getattr(self.model.loss, "__name__", self.model.loss)
        if loss == "categorical_crossentropy" and np.ndim(y) < 2:
            y = to_categorical(y)
        later = {"epochs": self.sk_params["nb_epoch"]} if "nb_epoch" in self.sk_params else {}
        history: History = self.model.fit(x, y, **{**later, **self._for(Sequential.fit), **given})
        return history

    def _made(self) -> Any:
        if self.model is None:
            raise NotFitted(f"{type(self).__name__}: fit comes before predictions")
        return self.model


def _words(function: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.name != "self" and each.kind is not each.VAR_KEYWORD]


class KerasClassifier(_Wrapper):
    """A classifier of scikit-learn's kind around a model.

    Args:
        build_fn: gives a compiled model; in a subclass `__call__` may do so.
        sk_params: its arguments, and those of `fit`, `predict` and `evaluate`, all by name.

    Raises:
        ArgumentError: an argument is one of none of these.

    Example:
        >>> from pellucid import layers
        >>> def build(units=4):
        ...     model = Sequential([layers.Dense(units, activation="relu"), layers.Dense(2, activation="softmax")])
        ...     model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        ...     return model
        >>> classifier = KerasClassifier(build, units=8, epochs=1, verbose=0)
        >>> history = classifier.fit(np.ones((4, 3)), np.array(["cat", "dog", "cat", "dog"]))
        >>> classifier.predict_proba(np.ones((1, 3))).shape, classifier.classes_.tolist()
        ((1, 2), ['cat', 'dog'])

    Source: keras.wrappers.scikit_learn.KerasClassifier of Keras 2.2.4.
    """

    kind = "classifier"
    classes_: np.ndarray

    def fit(self, x: Any, y: Any, **kwargs: Any) -> History:
        """Make the model anew and train it; classes may be of any kind, or be one-hot."""
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            self.classes_ = np.arange(labels.shape[1])
        else:
            self.classes_, labels = np.unique(labels.ravel(), return_inverse=True)
        return self._fit(x, labels, kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The class of each sample."""
        outputs = self._made().predict(x, **self._for(Sequential.predict, kwargs))
        places = outputs.argmax(-1) if outputs.shape[-1] > 1 else (outputs.ravel() > 0.5).astype(int)
        found: np.ndarray = self.classes_[places]
        return found

    def predict_proba(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The probability of each class, (samples, classes)."""
        outputs: np.ndarray = np.asarray(self._made().predict(x, **self._for(Sequential.predict, kwargs)))
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The share of the samples that are told right."""
        labels = np.asarray(y)
        classes = self.classes_[labels.argmax(-1)] if labels.ndim == 2 and labels.shape[1] > 1 else labels.ravel()
        return float(np.mean(self.predict(x, **kwargs) == classes))


class KerasRegressor(_Wrapper):
    """A regressor of scikit-learn's kind around a model; see `KerasClassifier`.

    Example:
        >>> from pellucid import layers
        >>> def build():
        ...     model = Sequential([layers.Dense(1)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> regressor = KerasRegressor(build_fn=build, epochs=1, verbose=0)
        >>> history = regressor.fit(np.ones((4, 3)), np.ones(4))
        >>> regressor.predict(np.ones((2, 3))).shape
        (2,)

    Source: keras.wrappers.scikit_learn.KerasRegressor of Keras 2.2.4.
    """

    kind = "regressor"

    def fit(self, x: Any, y: Any, **kwargs: Any) -> History:
        """Make the model anew and train it."""
        return self._fit(x, array_of(y), kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The number of each sample."""
        outputs = np.asarray(self._made().predict(x, **self._for(Sequential.predict, kwargs)))
        return outputs.squeeze(-1) if outputs.shape[-1] == 1 else outputs

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The loss with the other sign, so that more is better."""
        told = self._made().evaluate(x, y, **{"verbose": 0, **self._for(Sequential.evaluate, kwargs)})
        if not isinstance(told, list | float | int):
            raise ArgumentError(f"KerasRegressor: evaluate gave {shown(told)}")
        return -float(told[0] if isinstance(told, list) else told)
