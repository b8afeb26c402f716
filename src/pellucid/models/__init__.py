"""Models: layers put together, trained, run, saved and described."""

from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.layers.records import offer
from pellucid.models.model import Model
from pellucid.models.sequential import Sequential

if TYPE_CHECKING:
    from pellucid.models.loading import load_model
    from pellucid.models.transfer import transfer_weights

__all__ = ["Model", "Sequential", "load_model", "transfer_weights"]

offer({"Functional": Model, "Model": Model, "Sequential": Sequential})


def __getattr__(name: str) -> Any:
    """`load_model` at its first use: reading files brings zip, JSON and more along, which few programs need at once."""
    if name == "load_model":
        from pellucid.models.loading import load_model

        return load_model
    if name == "transfer_weights":
        from pellucid.models.transfer import transfer_weights

        return transfer_weights
    raise absent(__name__, name)
