"""News as numbers of words; see `pellucid.data.reuters`."""

from pellucid.data.reuters import get_label_names, get_word_index, load_data

__all__ = ["get_label_names", "get_word_index", "load_data"]
