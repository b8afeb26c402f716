"""The explorer: a local page on which a network can be touched.

`Study` is what is studied: a model, samples, the input of the moment. `serve` shows it on a page of this machine's own;
`app.py` says which requests there are, `guard.py` who is answered, `page/` is what the browser runs. Records come from
`inspection`; the page draws them and computes nothing of its own.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.collecting import Paused

if TYPE_CHECKING:
    from pellucid.explorer.learning import Learning
    from pellucid.explorer.lessons import Lesson, read_lesson
    from pellucid.explorer.opening import MOST_SAMPLES, explore, samples_for, study_of
    from pellucid.explorer.samples import Samples
    from pellucid.explorer.serving import Served, serve
    from pellucid.explorer.study import Study

__all__ = [
    "MOST_SAMPLES",
    "Learning",
    "Lesson",
    "Samples",
    "Served",
    "Study",
    "explore",
    "read_lesson",
    "samples_for",
    "serve",
    "study_of",
]

_HOMES = {
    "MOST_SAMPLES": "opening",
    "Learning": "learning",
    "Lesson": "lessons",
    "Samples": "samples",
    "Served": "serving",
    "Study": "study",
    "explore": "opening",
    "read_lesson": "lessons",
    "samples_for": "opening",
    "serve": "serving",
    "study_of": "opening",
}


def __getattr__(name: str) -> Any:
    """What is asked for is loaded then: a web server costs a tenth of a second, and few commands need one."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with Paused():
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
