"""Reviews of films as numbers of words; see `pellucid.data.imdb`."""

from pellucid.data.imdb import get_word_index, load_data

__all__ = ["get_word_index", "load_data"]
