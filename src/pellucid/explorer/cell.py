"""The explorer in a notebook's cell: the page in a frame, or, where that cannot be, the static report.

The report stands there from the beginning; the page takes its place once it says that it is there. So a kernel on
another machine, a browser that refuses frames, and a notebook that is opened again next year all show something.
"""

from __future__ import annotations

import html
import json
import secrets

from pellucid.errors import PellucidError
from pellucid.explorer.study import Study
from pellucid.views import report_html

__all__ = ["READY", "cell_html"]

READY = "pellucid ready"
"""What the page tells the cell around it."""
_HEIGHT = 760  # [pixels]
_SAMPLES = 256  # that the report looks at

_SCRIPT = """(() => {
  const [live, still] = ["%(id)s-live", "%(id)s-still"].map((id) => document.getElementById(id));
  addEventListener("message", (event) => {
    if (event.source !== live.contentWindow || event.data !== %(ready)s) return;
    live.hidden = false;
    still.hidden = true;
  });
  live.src = %(address)s + "&frame=" + encodeURIComponent(location.origin);
})();"""


def cell_html(study: Study, address: str) -> str:
    """What a cell shows of a study at an address."""
    name, size = f"pellucid-{secrets.token_hex(4)}", f'width="100%" height="{_HEIGHT}" style="border:0"'
    script = _SCRIPT % {"id": name, "ready": json.dumps(READY), "address": json.dumps(address)}
    still = html.escape(_report(study), quote=True)
    return (
        f'<iframe id="{name}-still" {size} sandbox srcdoc="{still}"></iframe>'
        f'<iframe id="{name}-live" {size} hidden allow="camera; clipboard-write" title="Pellucid"></iframe>'
        f"<script>{script}</script>"
    )


def _report(study: Study) -> str:
    try:
        return report_html(study.model, *study.samples.first(_SAMPLES), title=study.model.name)
    except PellucidError as error:
        return f"<p>{html.escape(str(error))}</p>"
