"""Reviews of films as numbers of words; see `pellucid.data.sets.imdb`."""

from pellucid.data.sets.imdb import get_word_index, load_data

__all__ = ["get_word_index", "load_data"]
