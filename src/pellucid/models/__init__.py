"""Models: layers put together, trained, run, saved and described."""

from pellucid.models.loading import load_model
from pellucid.models.model import Model
from pellucid.models.sequential import Sequential

__all__ = ["Model", "Sequential", "load_model"]
