"""A program for `test_xla_meeting`: joins another process and says so.

Arguments: the number of this process, the port, for how many processes it waits, and for how long.
"""

from __future__ import annotations

import sys

from pellucid import distributed

number, port, counts, seconds = sys.argv[1:]
count = int(counts.split(",")[int(number)])
distributed.initialize(f"127.0.0.1:{port}", count, int(number), meet_s=float(seconds))
print("joined", distributed.process_count())
