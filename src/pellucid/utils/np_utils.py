"""Where Keras 1 and 2 had the functions of arrays; see `pellucid.data.labels`."""

from pellucid.data.labels import normalize, to_categorical

__all__ = ["normalize", "to_categorical"]
