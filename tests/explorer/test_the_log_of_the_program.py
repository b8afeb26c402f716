"""The page is served in somebody's program, whose log it leaves alone."""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest

from pellucid import Sequential, layers


class Closing(logging.StreamHandler[io.StringIO]):
    """As some libraries install: who closes the handler closes its stream."""

    def close(self) -> None:
        self.stream.close()
        super().close()


def test_handlers_and_their_streams_stay_open(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler, root = Closing(stream), logging.getLogger()
    root.addHandler(handler)
    try:
        model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3)], name="tiny")
        with model.explore(np.ones((1, 4, 4, 1)), browser=False):
            assert not stream.closed
        logging.getLogger("mine").warning("still here")
        assert stream.getvalue() == "still here\n"
    finally:
        root.removeHandler(handler)
        handler.close()
    assert capsys.readouterr().out.startswith("tiny: http://127.0.0.1")
