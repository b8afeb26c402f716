"""What a training is made of, in a few words: so that one which is resumed with other data or settings can be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from pellucid.data.sources.arrays import ArraySource
from pellucid.errors import PellucidError
from pellucid.naming import is_ours
from pellucid.training.plan import Plan
from pellucid.training.runtime import Runtime

SAMPLES = 64
"""So many samples, evenly spread, stand for all."""
SHORT = 100
"""Two things of so many characters are shown side by side."""
OF_NO_ACCOUNT = ("name", "trainable", "learning_rate", "batch_shape", "build_config")
"""Settings that may differ from process to process, or are told in another place."""
RATE = "learning rate"
OF_ALL = {
    "layers": "the layers",
    "loss": "the losses",
    "optimizer settings": "the settings of the optimizers",
    RATE: "the learning rates",
    "batch size": "the batch sizes",
}
"""What several processes that train together must have, and how it is called of all of them."""
HELD = "the kept one holds"
AS_IT_IS = "it goes on with what there is now, and will not end as the undisturbed one"


class Account:
    """Of one `fit`; made up when it is first asked for.

    Args:
        runtime: of the network.
        plan: how it is trained.
        source: of the batches.
    """

    def __init__(self, runtime: Runtime, plan: Plan, source: object) -> None:
        self._runtime, self._plan, self._source = runtime, plan, source
        self._rate = plan.optimizer.captured_rate()  # before callbacks change it
        self._told: dict[str, str] | None = None

    def told(self) -> dict[str, str]:
        """What there is, by what it is called; digests of what is long."""
        if self._told is None:
            self._told = {
                RATE: json.dumps(self._rate, default=_kind),
                "optimizer settings": _settings(self._plan.optimizer),
                "loss": ", ".join(_in_words(each.loss) for each in self._plan.objectives),
                "layers": _digest(_layers(self._runtime)),
            }
            if isinstance(self._source, ArraySource):
                self._told["batch size"] = str(self._source.batch_size)
                self._told["data"] = _digest(_some_of(self._source.arrays))
        return self._told

    def of_all(self) -> dict[str, str]:
        """What must be the same in all processes of a training, each by its name; "" of what cannot be told."""
        return {all_of_them: self.told().get(name, "") for name, all_of_them in OF_ALL.items()}

    def difference(self, kept: Mapping[str, str]) -> str:
        """What is said of a training that was kept, if it was another one; "" of the same."""
        now = self.told()
        apart = [name for name in kept if name in now and kept[name] != now[name]]
        shown = [_told_apart(name, kept[name], now[name]) for name in apart if name != RATE]
        said = [f"the training that was kept had {', '.join(shown)}: {AS_IT_IS}"] if shown else []
        if RATE in apart:
            said.append(f"the training that was kept had {_told_apart(RATE, kept[RATE], now[RATE])}: {HELD}")
        return "; ".join(said)


def _told_apart(name: str, kept: str, now: str) -> str:
    is_short = len(kept) + len(now) < SHORT
    return f"another {name} ({kept}, now {now})" if is_short else f"other {name}"


def _in_words(loss: Any) -> str:
    if loss is None:
        return "none"
    return f"{loss.name}{_of_config(loss)}" if is_ours(type(loss)) else type(loss).__name__


def _of_config(loss: Any) -> str:
    try:
        config = {key: value for key, value in loss.get_config().items() if key not in ("name", "fn")}
    except PellucidError:  # a function without a name
        return ""
    usual = {"reduction": "sum_over_batch_size", "axis": -1}
    told = {key: value for key, value in config.items() if value not in (None, False, 0, usual.get(key))}
    return f" {json.dumps(told, default=_kind, sort_keys=True)}" if told else ""


def _settings(settable: Any) -> str:
    """The settings of a layer or an optimiser as text; "" of one of the user's own, and of what cannot be written."""
    if not is_ours(type(settable)):
        return ""
    with suppress(PellucidError):
        return json.dumps(_plain(settable.get_config()), default=_kind, sort_keys=True)
    return ""


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if key not in OF_NO_ACCOUNT and "initializer" not in str(key)}
        return {key: _plain(each) for key, each in kept.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _layers(runtime: Runtime) -> Callable[[Any], None]:
    def feed(digest: Any) -> None:
        for layer in runtime.built.layers:
            digest.update(f"{type(layer).__name__}{_settings(layer)}".encode())

    return feed


def _some_of(arrays: Mapping[str, np.ndarray]) -> Callable[[Any], None]:
    def feed(digest: Any) -> None:
        for name, array in arrays.items():
            digest.update(f"{name}{array.shape}{array.dtype}".encode())
            chosen = np.unique(np.linspace(0, len(array) - 1, SAMPLES).astype(int))
            digest.update(np.ascontiguousarray(array[chosen]).tobytes())

    return feed


def _digest(feed: Callable[[Any], None]) -> str:
    digest = hashlib.sha256()
    feed(digest)
    return digest.hexdigest()


def _kind(value: object) -> str:
    return type(value).__name__
