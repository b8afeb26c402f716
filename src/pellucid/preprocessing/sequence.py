"""Where Keras 1 and 2 had what gets sequences ready."""

from pellucid.data.sources.sequences import TimeseriesGenerator, pad_sequences

__all__ = ["TimeseriesGenerator", "pad_sequences"]
