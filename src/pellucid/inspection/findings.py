"""What a look for faults found, as records: one for each fault, with the numbers that show it and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

import numpy as np

from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record

OF_DATA = ("dead", "saturated", "exploding", "vanishing")
"""What needs data to be seen."""
NOT_FINITE = "not finite"
KINDS = (NOT_FINITE, *OF_DATA, "duplicate", "symmetric", "noise-like", "never moved", "unused channel")
"""What `lint` looks for."""


class Finding(Record, Frozen):
    """One fault.

    Args:
        kind: one of `KINDS`.
        layer: name of the layer, "inner/conv" in a model inside.
        filter: number of the filter or unit; None where the whole layer is meant.
        measure: what was measured, in words.
        value: what came.
        threshold: what it was compared with.
        evidence: further numbers by name.
        cure: what helps, in a sentence.
        channel: number of the input channel that is meant, if one is.

    Raises:
        ArgumentError: the kind is unknown.

    Example:
        >>> found = Finding("dead", "conv", 3, "range of its answers", 0.0, 1e-6, {"samples": 100}, "Take it out.")
        >>> found.place, found.sentence
        ('conv, filter 3', 'conv, filter 3: dead; range of its answers 0 (threshold 1e-06; samples 100)')
    """

    kind: str
    layer: str
    filter: int | None
    measure: str
    value: float
    threshold: float
    evidence: Mapping[str, float]
    cure: str
    channel: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name("kind of finding", self.kind, KINDS)
        object.__setattr__(self, "evidence", dict(self.evidence))

    @property
    def place(self) -> str:
        """Where it is, in words."""
        parts = [self.layer]
        parts += [] if self.filter is None else [f"filter {self.filter}"]
        parts += [] if self.channel is None else [f"input channel {self.channel}"]
        return ", ".join(parts)

    @property
    def numbers(self) -> str:
        """The measure, its threshold and the evidence, in words."""
        evidence = "".join(f"; {name} {_number(value)}" for name, value in self.evidence.items())
        return f"{self.measure} {self.value:.4g} (threshold {self.threshold:.4g}{evidence})"

    @property
    def sentence(self) -> str:
        """All of it but the cure."""
        return f"{self.place}: {self.kind}; {self.numbers}"


def _number(value: float) -> str:
    """A number of the evidence; counts, of samples or answers, to the last digit."""
    return f"{int(value):,}" if isinstance(value, int | np.integer) else f"{value:z.4g}"


class Lint(Record, Frozen):
    """All that was found in a model.

    Args:
        model: name of the model.
        findings: kind by kind, and in the order of the layers.
        samples: how many were used; 0 where there were none.
        given: how many there were.
        looked_for: the kinds that could be judged.
        notes: what was left out and why, in sentences.

    Example:
        >>> clean = Lint("tiny", (), 100, 100, ("dead",))
        >>> clean.is_clean, clean.of("dead")
        (True, ())
    """

    model: str
    findings: tuple[Finding, ...]
    samples: int
    given: int
    looked_for: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 0 <= self.samples <= self.given:
            raise ArgumentError(f"{self.model}: {self.samples} samples of {self.given} cannot have been used")

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind, one of `KINDS`; raises `ArgumentError` for another word."""
        if kind not in KINDS:
            raise unknown_name("kind of finding", kind, KINDS)
        return tuple(finding for finding in self.findings if finding.kind == kind)
