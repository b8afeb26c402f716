"""News as numbers of words; see `pellucid.data.sets.reuters`."""

from pellucid.data.sets.reuters import get_label_names, get_word_index, load_data

__all__ = ["get_label_names", "get_word_index", "load_data"]
