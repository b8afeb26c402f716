"""ONNX for the table of formats: `load` and `save`."""

from pellucid.conversion.onnx.loading import load
from pellucid.conversion.onnx.saving import save

__all__ = ["load", "save"]
