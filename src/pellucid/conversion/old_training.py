"""How a model was compiled, and what its optimiser remembered, out of old files.

An optimiser's arrays lie slot by slot (all first moments, then all second ones); those of the optimisers that tf.keras
has had since 2.11, beside these, lie as in Keras 3. Up to 2.0.5 the weights are in the order of their names, later in
that of the layers.

Source: optimizers.py and engine/training.py of Keras 1.2.2, 2.0.5 and 2.2.4; optimizers/ of 2.11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.conversion.old_weights import Match
from pellucid.errors import ArgumentError, FileError, shown
from pellucid.formats.keras_h5 import KerasH5, StoredWeight
from pellucid.formats.weight_store import WeightStore
from pellucid.models import Model
from pellucid.models.config import compile_arguments, inner_optimizer
from pellucid.models.optimizer_state import GROUP, Kept, by_weight, in_order, read_optimizer
from pellucid.models.own_methods import writes
from pellucid.optimizers.kept import OptimizerVariable
from pellucid.registration import custom_object
from pellucid.training.base import Stepper
from pellucid.variables import Variable
from pellucid.warned import warn

__all__ = ["arguments_of", "compile_as_told"]

Config = dict[str, Any]

SORTED_BEFORE = (2, 0, 6)
REGISTERED = "Custom>"
"""How tf.keras since 2.11 begins the names of its own optimisers, which are registered there as those of users are."""
IDLE = ("is_legacy_optimizer", "jit_compile", "dtype")
"""Settings of optimisers that decide nothing here."""
OF_AVERAGES = ("ema_momentum", "ema_overwrite_frequency")
"""Those that decide nothing without `use_ema`."""
LOSSES = {"cosine": "cosine_similarity"}
METRICS = {"kullback_leibler_divergence": "kl_divergence"}
"""Names that have another word today."""


def compile_as_told(model: Model, file: KerasH5, matches: Sequence[Match]) -> tuple[str, ...]:
    """Compile a model as its file says, if it does, and let its optimiser go on from there.

    Args:
        model: with its weights.
        file: an open one.
        matches: which array of the file filled which weight, and how.

    Returns:
        sentences about what does not go on.

    Raises:
        FileError: the file names something unknown, or a setting that cannot be said today.
    """
    if file.training is None:
        return ()
    if writes(model, "compile"):
        warn(f"{model.name} is not compiled: its class has a compile() of its own, which only you can call rightly")
        return ()
    try:
        arguments = compile_arguments({"compile_config": arguments_of(file.training, len(model.outputs))})
        assert arguments is not None
        model.compile(**arguments)
    except (ArgumentError, FileError) as error:
        raise FileError(f"{error}. load_model(path, compile=False) reads the model without it") from error
    assert model.stepper is not None
    try:
        return _go_on(model.stepper, model, file, matches)
    except (ArgumentError, FileError) as error:
        told = f"{model.stepper.optimizer.name} begins anew: {error}"
        warn(f"{file.name}: {told}")
        return (told,)


def arguments_of(training: Mapping[str, Any], outputs: int) -> Config:
    """What `compile` was told in an old file, in the form in which `.keras` files have it.

    Args:
        training: as the file has it.
        outputs: how many the model has.
    """
    told = training.get("optimizer_config")
    return {
        "optimizer": _optimizer(told if told is not None else training.get("optimizer")),
        "loss": _for_each(_today(training.get("loss")), outputs),
        "loss_weights": training.get("loss_weights"),
        "metrics": _metrics(training.get("metrics"), outputs),
        "weighted_metrics": _metrics(training.get("weighted_metrics"), outputs),
    }


def _optimizer(record: Any) -> Any:
    """The record of an optimiser in today's words."""
    if not isinstance(record, Mapping) or not isinstance(record.get("config"), Mapping):
        return record
    inner = inner_optimizer(record)
    if inner is not record:
        return _optimizer(inner)
    name, config = record.get("class_name"), record["config"]
    if not isinstance(name, str) or record.get("module") is not None:
        return dict(record)
    if not custom_object(name):
        name = name.removeprefix(REGISTERED)
    idle = IDLE if config.get("use_ema") else (*IDLE, *OF_AVERAGES)
    given = {key: legacy_value(value) for key, value in config.items() if key not in idle}
    if legacy.OLD_WORDS.isdisjoint(given):
        return {"class_name": name, "config": given}  # written by today's Keras, or here
    with legacy.collected():
        _, settings = legacy.translate(name, (), (), given)
    return {"class_name": name, "config": settings}


def legacy_value(value: Any) -> Any:
    """A setting without the wrapping that arrays had."""
    return value["value"] if isinstance(value, Mapping) and set(value) == {"type", "value"} else value


def _today(value: Any) -> Any:
    """Losses as records of today's, wherever they lie."""
    if isinstance(value, list):
        return [_today(item) for item in value]
    if not isinstance(value, Mapping):
        return LOSSES.get(value, value) if isinstance(value, str) else value
    config = value.get("config")
    if isinstance(value.get("class_name"), str) and isinstance(config, Mapping):
        usual = {"reduction": "sum_over_batch_size"} if config.get("reduction") == "auto" else {}
        return {**value, "config": {**config, **usual}}
    return {key: _today(item) for key, item in value.items()}


def _for_each(loss: Any, outputs: int) -> Any:
    """One loss stood for all outputs."""
    return [loss] * outputs if outputs > 1 and isinstance(loss, str) else loss


def _metrics(given: Any, outputs: int) -> Any:
    """Metrics as names or records; a plain list stood for all outputs."""
    found = _metric(given)
    if outputs > 1 and isinstance(found, list) and found and not any(isinstance(item, list) for item in found):
        return [found] * outputs
    if outputs == 1 and isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        return found[0]
    return found


def _metric(value: Any) -> Any:
    if isinstance(value, list):
        return [_metric(item) for item in value]
    if not isinstance(value, Mapping):
        return METRICS.get(value, value) if isinstance(value, str) else value
    config = value.get("config")
    if not isinstance(value.get("class_name"), str) or not isinstance(config, Mapping):
        return {key: _metric(item) for key, item in value.items()}
    if value["class_name"] == "MeanMetricWrapper" and isinstance(config.get("fn"), str):
        return config["name"] if config.get("name") in ("accuracy", "acc") else config["fn"]
    return dict(value)


def _go_on(stepper: Stepper, model: Model, file: KerasH5, matches: Sequence[Match]) -> tuple[str, ...]:
    """Let an optimiser go on from what the file holds."""
    if not file.optimizer:
        return ()
    if file.generation >= 3:
        own = [each for each in file.optimizer if not each.name.startswith(OF_LOSS_SCALE)]
        read_optimizer(
            stepper, WeightStore({GROUP: {str(number): each.dataset for number, each in enumerate(own)}}, file.name)
        )
        return ()
    trainable = set(model.trainable_weights)
    trained = [match for match in matches if match.weight in trainable]  # in the order of the file's layers
    if _is_of_today(file):
        kept = in_order(stepper, model.runtime.placed().trained, [match.weight for match in trained])
        missing = _fill(kept, file, trained)
        for each in missing:
            beta = stepper.optimizer.get_config()["beta_1"]
            each.assign(np.array(_product(beta, int(stepper.optimizer.iterations))))
        told = "the product of Nadam's rates, which the file does not hold; it was made anew of the number of steps"
        return (told,) if missing else ()
    _, slots = by_weight(stepper, model.runtime.placed().trained)
    scalars = [each for each in file.optimizer if not each.shape]
    arrays = [each for each in file.optimizer if each.shape]
    kinds = max(map(len, slots.values()), default=0)
    arranged = _arranged(arrays, trained, kinds, file)
    values = [match.turn.run(each.read(file.name)) for match, each in arranged]
    variables = [variable for match in trained for variable in slots.get(match.weight, [])]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return _count(stepper, scalars, file)


OF_LOSS_SCALE = "loss_scale_optimizer/"
PRODUCT = "u_product"
STEPS, RATE = "iteration", "learning_rate"  # older optimisers had "iterations" or "iter"


def _is_of_today(file: KerasH5) -> bool:
    """Whether an optimiser's arrays lie as in Keras 3: tf.keras had both, its older optimisers beside newer ones."""
    told = (file.training or {}).get("optimizer_config")
    settings = told.get("config") if isinstance(told, Mapping) else None
    is_new = isinstance(settings, Mapping) and settings.get("is_legacy_optimizer") is False
    return is_new or any(_plain(each.name) in (STEPS, RATE) for each in file.optimizer)


def _plain(name: str) -> str:
    """What an array is called, without its owner and TensorFlow's number."""
    return name.rpartition("/")[2].partition(":")[0]


def _match_of(kept: Kept, turns: Mapping[Variable, Match]) -> Match | None:
    """How the weight of an array came out of the file, where the array lies as the weight does; None: as it is here."""
    weight, variable = kept
    if weight is None or not variable.shape:
        return None
    match = turns[weight]
    if variable.shape == weight.shape:
        return match
    if match.turn.why:
        raise FileError(f"{variable.name} is of a kernel whose axes stand otherwise in the file")
    return None


def _product(beta: float, steps: int) -> float:
    """What Nadam has multiplied up after so many steps.

    Example:
        >>> round(_product(0.9, 1), 6), _product(0.9, 10**9)
        (0.468, 0.0)
    """
    product = 1.0
    for step in range(1, steps + 1):
        product *= beta * (1.0 - 0.5 * 0.96**step)
        if product < LEAST:
            return 0.0
    return product


LEAST = 1e-45  # below this float32 has nothing but 0


def _fill(kept: Sequence[Kept], file: KerasH5, trained: Sequence[Match]) -> list[OptimizerVariable]:
    """Fill what an optimiser remembers from arrays that lie as in Keras 3; the learning rate may be missing.

    Returns:
        what the file does not hold, and follows from the number of steps.

    Raises:
        FileError: the file holds others.
    """
    stored = list(file.optimizer)
    if all(_plain(each.name) != RATE for each in stored):
        kept = [each for each in kept if each[1].name != RATE]
    if len(stored) < len(kept):  # of vectors tf.keras's Adafactor keeps no factors
        kept = [(weight, each) for weight, each in kept if weight is None or not weight.shape or each.shape]
    products = [each for _, each in kept if each.name == PRODUCT]
    if len(stored) < len(kept):  # tf.keras's Nadam forgets what follows from the number of steps
        kept = [each for each in kept if each[1].name != PRODUCT]
    if all(weight is None for weight, _ in kept):
        stored = stored[: len(kept)]  # tf.keras kept momenta that were never used
    told = [each.shape for each in stored]
    turns = {match.weight: match for match in trained}
    matches = [_match_of(each, turns) for each in kept]
    wanted = [
        variable.shape if match is None else match.stored.shape
        for match, (_, variable) in zip(matches, kept, strict=True)
    ]
    if told != wanted:
        raise FileError(f"its file holds arrays of the shapes {shown(told)}, not {shown(wanted)}")
    values = [
        each.read(file.name) if match is None else match.turn.run(each.read(file.name))
        for each, match in zip(stored, matches, strict=True)
    ]
    for (_, variable), value in zip(kept, values, strict=True):
        if variable.name != RATE or variable != value:  # the configuration has it with more digits
            variable.assign(value)
    return [each for each in products if all(each is not other for _, other in kept)]


def _count(stepper: Stepper, scalars: Sequence[StoredWeight], file: KerasH5) -> tuple[str, ...]:
    """Set the number of steps that were made."""
    counts = [each for each in scalars if "iter" in each.name.lower()] or scalars
    if not counts:
        return ("the number of steps made so far, which the file does not hold",)
    made = float(counts[0].read(file.name))
    if not (0 <= made < 2**53 and made == int(made)):
        raise FileError(f"{counts[0].name!r} is {shown(made)}, no number of steps")
    count = next(variable for variable in stepper.optimizer.variables if variable.name == "iteration")
    count.assign(np.array(int(made)))
    return ()


def _arranged(
    arrays: Sequence[StoredWeight], trained: Sequence[Match], kinds: int, file: KerasH5
) -> list[tuple[Match, StoredWeight]]:
    """For each trained weight its arrays, one of each kind, weight by weight.

    Raises:
        FileError: the file holds others.
    """
    count = len(trained)
    rest = arrays[kinds * count :]
    idle = kinds == 0 or (len(rest) in (0, count) and all(each.shape == (1,) for each in rest))  # of Adam's amsgrad
    if len(arrays) < kinds * count or not idle:
        raise FileError(f"its file holds {len(arrays)} arrays of an optimiser, not {kinds} for each of {count} weights")
    order = sorted(trained, key=lambda match: match.stored.name) if _version(file) < SORTED_BEFORE else list(trained)
    found = {match.weight: [arrays[count * kind + place] for kind in range(kinds)] for place, match in enumerate(order)}
    pairs = [(match, each) for match in trained for each in found[match.weight]]
    for match, each in pairs:
        if each.shape != match.stored.shape:
            raise FileError(
                f"its array {each.name!r} has shape {each.shape}, that of {match.weight.path} is {match.stored.shape}"
            )
    return pairs


def _version(file: KerasH5) -> tuple[int, ...]:
    """The numbers of a version: (2, 0, 5)."""
    return tuple(int(number) for number in re.findall(r"\d+", file.version)[:3])
