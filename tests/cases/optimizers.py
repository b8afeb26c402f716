"""The table of optimisers: each class in each of the forms that differ in what is emitted or kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OptimizerCase:
    """One optimiser: its class (in Pellucid and in Keras alike) and its arguments but for the learning rate."""

    name: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)

    def make(self, library: Any, learning_rate: Any, **more: Any) -> Any:
        """The optimiser of a library, `pellucid.optimizers` or `keras.optimizers`."""
        return getattr(library, self.kind)(learning_rate, **self.settings, **more)

    def __str__(self) -> str:
        return self.name


PLAIN = (
    OptimizerCase("sgd", "SGD"),
    OptimizerCase("sgd, momentum", "SGD", {"momentum": 0.9}),
    OptimizerCase("sgd, nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
    OptimizerCase("rmsprop", "RMSprop"),
    OptimizerCase("rmsprop, large epsilon", "RMSprop", {"rho": 0.7, "epsilon": 0.1}),
    OptimizerCase("rmsprop, momentum", "RMSprop", {"momentum": 0.5}),
    OptimizerCase("rmsprop, centered", "RMSprop", {"centered": True}),
    OptimizerCase("rmsprop, centered with momentum", "RMSprop", {"momentum": 0.5, "centered": True}),
    OptimizerCase("adam", "Adam"),
    OptimizerCase("adam, large epsilon", "Adam", {"epsilon": 0.1}),
    OptimizerCase("adam, other means", "Adam", {"beta_1": 0.5, "beta_2": 0.8}),
    OptimizerCase("adagrad", "Adagrad"),
    OptimizerCase("adagrad, large beginning", "Adagrad", {"initial_accumulator_value": 0.7, "epsilon": 1e-3}),
    OptimizerCase("adadelta", "Adadelta"),
    OptimizerCase("adadelta, large epsilon", "Adadelta", {"rho": 0.8, "epsilon": 0.01}),
    OptimizerCase("adam, amsgrad", "Adam", {"amsgrad": True, "beta_2": 0.8}),
    OptimizerCase("adamw", "AdamW"),
    OptimizerCase("adamax", "Adamax", {"beta_2": 0.9}),
    OptimizerCase("nadam", "Nadam"),
    OptimizerCase("nadam, other means", "Nadam", {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}),
    OptimizerCase("ftrl", "Ftrl"),
    OptimizerCase(
        "ftrl, penalties",
        "Ftrl",
        {
            "learning_rate_power": -0.7,
            "l1_regularization_strength": 0.05,
            "l2_regularization_strength": 0.1,
            "l2_shrinkage_regularization_strength": 0.02,
            "beta": 0.3,
        },
    ),
    OptimizerCase("lion", "Lion"),
    OptimizerCase("lamb", "Lamb"),
    OptimizerCase("adafactor", "Adafactor"),
    OptimizerCase(
        "adafactor, other settings",
        "Adafactor",
        {"beta_2_decay": -0.5, "epsilon_1": 1e-8, "epsilon_2": 0.5, "clip_threshold": 0.9},
    ),
    OptimizerCase("muon", "Muon"),
    OptimizerCase(
        "muon, other settings",
        "Muon",
        {
            "momentum": 0.5,
            "nesterov": False,
            "rms_rate": None,
            "adam_lr_ratio": 0.5,
            "ns_steps": 3,
            "weight_decay": None,
        },
    ),
    OptimizerCase("schedule free", "ScheduleFreeAdamW"),
    OptimizerCase("schedule free, warming up", "ScheduleFreeAdamW", {"warmup_steps": 4, "beta_1": 0.7}),
)
"""What each optimiser does by itself."""

COMMON = {
    "decaying": {"weight_decay": 0.03},
    "clipped by value": {"clipvalue": 0.4},
    "clipped by norm": {"clipnorm": 0.7},
    "clipped by the norm of all": {"global_clipnorm": 0.9},
    "decaying and clipped": {"weight_decay": 0.2, "global_clipnorm": 0.9},
}
"""Settings that every optimiser has."""

SELDOM = {
    "averaged": {"use_ema": True, "ema_momentum": 0.8},
    "averaged and overwritten": {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3},
    "along several gradients": {"gradient_accumulation_steps": 3, "weight_decay": 0.1},
    "scaled": {"loss_scale_factor": 64.0},
    "all of it": {
        "gradient_accumulation_steps": 2,
        "use_ema": True,
        "ema_momentum": 0.6,
        "ema_overwrite_frequency": 2,
        "weight_decay": 0.1,
        "clipnorm": 0.5,
        "loss_scale_factor": 8.0,
    },
}
"""More of them, which do their work beside the optimiser's own stages."""

_BASES = ("sgd", "sgd, nesterov", "rmsprop, centered with momentum", "adam", "adagrad", "adadelta")

OPTIMIZERS = (
    *PLAIN,
    *(
        OptimizerCase(
            f"{case.name}, decaying and clipped", case.kind, {**case.settings, **COMMON["decaying and clipped"]}
        )
        for case in PLAIN
        if case.name in ("adamw", "adamax", "nadam", "ftrl", "lion", "lamb", "adafactor", "muon", "schedule free")
    ),
    OptimizerCase("adam, all of it", "Adam", SELDOM["all of it"]),
    OptimizerCase("nadam, along several gradients", "Nadam", SELDOM["along several gradients"]),
    OptimizerCase("adafactor, all of it", "Adafactor", SELDOM["all of it"]),
    OptimizerCase("muon, averaged and overwritten", "Muon", SELDOM["averaged and overwritten"]),
    *(
        OptimizerCase(f"{case.name}, {name}", case.kind, {**case.settings, **settings})
        for case in PLAIN
        if case.name in _BASES
        for name, settings in ({**COMMON, **SELDOM} if case.name == "sgd, nesterov" else COMMON).items()
    ),
)
"""Every row."""
