"""What the model mistakes for what, counted now and then while it is trained."""

from __future__ import annotations

from pellucid.errors import PellucidError
from pellucid.explorer.samples import Samples
from pellucid.explorer.share import Share
from pellucid.inspection import confusion
from pellucid.inspection.confusion import Confusion
from pellucid.models import Model

__all__ = ["Classes"]

_MOST = 2000  # samples
_BATCH = 256
_SHARE = 0.02


class Classes:
    """Counts what a model says of samples whose classes are known.

    Args:
        model: that is asked.
        samples: the first ones are counted.

    Attributes:
        counted: the counts, None where there are none yet, and after how many steps they were taken.
        why_not: why nothing can be counted; "" where it can.
    """

    def __init__(self, model: Model, samples: Samples) -> None:
        self._model, self._samples = model, samples
        self.counted: tuple[Confusion | None, int] = None, 0
        self._asked = (-1, -1)
        self.why_not = "" if samples.y is not None else f"{samples.name}: their classes are not known"
        self._share = Share(0.0, _SHARE)

    @property
    def is_due(self) -> bool:
        """Whether counting again would take little of the time that has passed."""
        return not self.why_not and self._share.is_due

    def count(self, step: int, version: int) -> None:
        """Count now, after so many steps, unless that was done at this version of the study."""
        if self.why_not or self._asked == (step, version):
            return
        self._asked = step, version
        samples = self._samples
        classes = max(self._model.outputs[0].shape[-1] or 0, 2)  # one number tells two apart
        names = samples.class_names if len(samples.class_names) == classes else None
        with self._share.spent():
            try:
                found = confusion(self._model, *samples.first(_MOST), names, batch_size=_BATCH, most=0)
                self.counted = found, step
            except PellucidError as error:
                self.why_not = str(error)
