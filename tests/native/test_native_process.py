"""The native engine and its process: environment variables, fork, exit."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pellucid import _native

ISAS = _native.available_isas()


def python(code: str, **environment: str) -> str:
    """Run code in a fresh interpreter; return what it prints."""
    code = "import os, numpy as np\nfrom pellucid import _native\n" + code
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return result.stdout.strip()


def test_environment_variables() -> None:
    show_error = "try: print({call})\nexcept ValueError as error: print(error)"
    assert python("print(_native.get_threads())", PELLUCID_THREADS="3") == "3"
    assert python("print(_native.isa())", PELLUCID_ISA=ISAS[-1]) == ISAS[-1]
    message = python(show_error.format(call="_native.get_threads()"), PELLUCID_THREADS="many")
    assert message == "environment variable PELLUCID_THREADS must be a whole number from 1 to 256, got 'many'"
    message = python(show_error.format(call="_native.isa()"), PELLUCID_ISA="mmx")
    assert message.startswith("environment variable PELLUCID_ISA: instruction set level 'mmx' is not available")


@pytest.mark.parametrize(("wish", "begins"), [("1", "nan"), ("0", "0.0"), ("", "0.0")])
def test_memory_begins_as_zeros_or_is_poisoned_for_tests(wish: str, begins: str) -> None:
    """A copy of what was never written; small and large blocks, where pages are larger."""
    code = """
for floats in (16, 1 << 20):
    y = np.ones(floats, np.float32)
    _native.Program([("copy", [(0, 0)], [(1, 0)], [1, floats, 1, 1], [])], floats).run([y], 0, 0)
    print({str(number) for number in y})
"""
    assert python(code, PELLUCID_POISON=wish).splitlines() == [f"{{'{begins}'}}"] * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_programs_run_in_a_forked_child_and_go_on_in_the_parent() -> None:
    """Also while another thread of the parent is in the middle of a run; and the child exits like any process."""
    code = """
import threading
x = np.ones(1_000_000, np.float32)
out = np.zeros_like(x)
program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, x.size, 1, 1], [])] * 20, 0)
_native.set_threads(3)
program.run([x, out])
stop = threading.Event()
def work():
    while not stop.is_set():
        program.run([x, out])
worker = threading.Thread(target=work)
worker.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        mine = np.zeros_like(x)
        program.run([x, mine])
        raise SystemExit(0 if (mine == 1).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop.set()
worker.join()
program.run([x, out])
print("done", (out == 1).all())
"""
    assert python(code) == "done True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_holds_what_its_thread_held_and_nothing_else() -> None:
    """Of two locks the thread that forks holds one, twice, and another thread the other."""
    code = """
import signal, threading
mine, other = _native.StateLock(), _native.StateLock()
mine.acquire()
mine.acquire()
is_held, stop = threading.Event(), threading.Event()
def hold():
    other.acquire()
    is_held.set()
    stop.wait()
    other.release()
holder = threading.Thread(target=hold)
holder.start()
is_held.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)  # ends a child that hangs
    other.acquire()
    mine.release()
    waiter = threading.Thread(target=mine.acquire)
    waiter.start()
    waiter.join(0.05)
    still_waits = waiter.is_alive()
    mine.release()
    waiter.join()
    os._exit(0 if still_waits else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set()
holder.join()
"""
    assert python(code) == "0"


def test_interpreter_exits_cleanly_while_a_daemon_thread_runs() -> None:
    code = """
import threading, time
x, out = np.ones(100_000, np.float32), np.zeros(100_000, np.float32)
program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, x.size, 1, 1], [])], 0)
_native.set_threads(3)
def work():
    while True:
        program.run([x, out])
threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
print("bye")
"""
    assert python(code) == "bye"
