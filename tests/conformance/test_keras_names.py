"""What `pellucid.keras_names` says that Keras has is what it has, and nothing that is missing here is left out."""

from __future__ import annotations

import pytest
from conformance import keras_words

from pellucid.keras_names import ARGUMENTS, NAMES


@pytest.mark.parametrize("room", keras_words.names())
def test_names(room: str) -> None:
    assert set(NAMES[room].split()) == keras_words.names()[room], "write these into pellucid/keras_names.py"


def test_arguments() -> None:
    """What Pellucid has meanwhile may stay in the table: it is asked only where something is unknown."""
    missing = {
        owner: sorted(names - set(ARGUMENTS.get(owner, "").split())) for owner, names in keras_words.arguments().items()
    }
    assert not {owner: names for owner, names in missing.items() if names}, "add them to pellucid/keras_names.py"
