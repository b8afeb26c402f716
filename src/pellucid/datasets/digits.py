"""The digits of 8x8 pixels that come with the package; see `pellucid.data.sets.digits`."""

from pellucid.data.sets.digits import load_data

__all__ = ["load_data"]
