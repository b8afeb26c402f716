"""What serves the page leaves the log of the program that opened it alone."""

from __future__ import annotations

import logging

from pellucid.explorer.serving import serve
from pellucid.explorer.study import Study


class _Watched(logging.StreamHandler):
    """As absl's handler, it closes its stream with itself: often the standard error."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True
        super().close()


def test_handlers_stay_open(study: Study) -> None:
    handler = _Watched()
    logging.getLogger().addHandler(handler)
    try:
        with serve(study):
            pass
        assert handler in logging.getLogger().handlers
        assert not handler.is_closed
    finally:
        logging.getLogger().removeHandler(handler)
