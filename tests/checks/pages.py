"""Pages of documentation are done as they are read: all their Python blocks, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run_page(page: Path) -> dict[str, Any]:
    """Run the blocks of a page; the names that they leave."""
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks, f"no Python in {page}"
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    return names
