"""Groups the failures in a file of run.py --json by what went wrong: python causes.py FILE [--all] [--na]"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path


def cause(record: dict) -> str:
    """A short name for why a test failed: the message without names and numbers."""
    text = re.sub(
        r'"[^"]*"|\'[^\']*\'|`[^`]*`', lambda m: m.group(0) if len(m.group(0)) < 28 else "'..'", record["message"]
    )
    text = re.sub(r"\b\d+(\.\d+)?(e-?\d+)?\b", "N", text.replace("\n", " "))
    return f"{record['kind']}: {text[:150]}"


def main() -> None:
    records = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    if "--na" in sys.argv:
        for reason, n in Counter(r["reason"][:90] for r in records if r["status"] == "n/a").most_common():
            print(f"{n:5} {reason}")
        return
    if "--bridges" in sys.argv:
        for what, n in Counter(b for r in records if r["status"] == "pass" for b in r["bridges"]).most_common():
            print(f"{n:5} {what}")
        return
    groups = defaultdict(list)
    for record in records:
        if record["status"] in ("fail", "error"):
            groups[cause(record)].append(record)
    for name, found in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"{len(found):4}  {name}")
        for record in found if "--all" in sys.argv else found[:1]:
            print(f"        {record['file']} {record['test']}   {record.get('place', '')[:230]}")


if __name__ == "__main__":
    main()
