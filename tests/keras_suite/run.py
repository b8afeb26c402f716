"""Keras's own tests, as they ship in its wheel, against Pellucid.

    python tests/keras_suite/run.py                          all folders of the scope, about two minutes
    python tests/keras_suite/run.py losses layers/pooling    some of them (also single files: losses/losses_test.py)
    python tests/keras_suite/run.py --raise                  write into floor.json what passes now beyond it
    python tests/keras_suite/run.py --library keras          the harness itself: everything applicable must pass there
    python tests/keras_suite/run.py --json FILE              every outcome, for a closer look: causes.py FILE

Columns: `passed` as Keras's users would write it; `by bridge` passed, with a value of the harness's for one of Keras's
own (see bridge.py); `wording` passed but for the text of an error, whose class is right; `failed`; `n/a` does not apply
(see applicability.py). The floor counts passed and by bridge.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import running

HEADS = ("applicable", "passed", "by bridge", "wording", "failed", "n/a")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("where", nargs="*", default=running.SCOPE)
    parser.add_argument("--library", choices=["pellucid", "keras"], default="pellucid")
    parser.add_argument("--backend", default="jax", help="of Keras, with --library keras")
    parser.add_argument("--raise", dest="raises", action="store_true", help="the floor, to what passes now")
    parser.add_argument("--json", default="")
    parser.add_argument("--match", default="", help="regular expression for Class.test")
    parser.add_argument("--failures", action="store_true", help="print each")
    parser.add_argument(
        "--trace", action="store_true", help="print what the tests print, and where each failure came from"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="at most for one file")
    return parser.parse_args()


def line(where: str, count: Counter[str]) -> str:
    """A row of the table."""
    return f"{where:24}" + "".join(f"{count[head]:11}" for head in HEADS)


def run(where: str, options: argparse.Namespace) -> list[running.Record]:
    """The outcomes of a folder, its failures told as they come."""
    words = ["--library", options.library, "--match", options.match] + ["--trace"] * options.trace
    records = []
    for file in running.files([where]):
        records += running.run_file(file, options.seconds, words, options.backend)
    for record in records:
        if options.failures and running.kind_of(record) == "failed":
            print(f"  {record['file']} {record['test']}: {record['kind']}: {record['message'][:200]!r}")
    return records


def main() -> None:
    """Run, count, and write what was asked for."""
    options = arguments()
    total: Counter[str] = Counter()
    records = []
    print(f"{'':24}" + "".join(f"{head:>11}" for head in HEADS), flush=True)
    for where in options.where:
        found = run(where, options)
        count = Counter(map(running.kind_of, found))
        count["applicable"] = len(found) - count["n/a"]
        print(line(where, count), flush=True)
        total += count
        records += found
    print(line("all", total))
    if options.json:
        Path(options.json).write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    if options.raises and options.library == "pellucid" and not options.match:
        print("raised: " + (", ".join(running.raise_floor(records)) or "nothing"))


if __name__ == "__main__":
    main()
