"""Runs one test file of Keras's and writes one JSON line per test to the file descriptor that it is given."""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import os
import re
import signal
import sys
import time
import traceback
import unittest
import warnings
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import applicability  # noqa: E402 - found beside this file
import bridge  # noqa: E402
import libraries  # noqa: E402
import names  # noqa: E402
import shim  # noqa: E402

SECONDS_PER_TEST = 20


class TooSlow(Exception):
    """A test took longer than it may."""


ASIDE = re.compile(r"compute_mask|\._functional\b|\bmasked(_out)?\b|layers\.Masking")
"""Statements of otherwise applicable tests that are left out: on masks, and on a private attribute."""


class WithoutAsides(ast.NodeTransformer):
    def visit_Expr(self, node):
        return ast.Pass() if ASIDE.search(ast.unparse(node)) else node

    visit_Assign = visit_Expr

    def visit_If(self, node):
        return (
            ast.Pass() if "skip_mask_test" in ast.unparse(node.test) and "compute_mask" in ast.unparse(node) else node
        )


ASIDES_IN = ("layers/merging/", "layers/normalization/batch_normalization", "models/sequential", "models/functional")


def load(relative: str, as_it_is: bool) -> tuple[ModuleType, str]:
    """The test module, with the import and the look-up rewritten that ask for a known backend."""
    path = names.SRC / relative
    text = path.read_text()
    text = re.sub(
        r'raise ImportError\(f"Invalid backend[^\n]*\)', "from keras.src.backend.jax import JAXTrainer as Trainer", text
    )
    text = text.replace("CPU_DEVICES[backend.backend()]", "CPU_DEVICES.get(backend.backend())")
    name = "keras.src." + relative.removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    module.__file__ = str(path)
    module.__package__ = name.rpartition(".")[0]
    sys.modules[name] = module
    tree = ast.parse(text)
    if relative.startswith(ASIDES_IN) and not as_it_is:
        tree = ast.fix_missing_locations(WithoutAsides().visit(tree))
    exec(compile(tree, str(path), "exec"), module.__dict__)
    return module, text


def sources(text: str) -> dict[str, str]:
    """The text of each function and method, by "Class.name", decorators included."""
    found = {}
    lines = text.splitlines()

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                start = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                found[prefix + child.name] = "\n".join(lines[start - 1 : child.end_lineno])

    visit(ast.parse(text), "")
    return found


def source_of(test: str, classes: list[str], texts: dict[str, str]) -> tuple[str, str]:
    """The method that a (parameterised) test comes from, and its text."""
    for cls in classes:
        fitting = [key for key in texts if key.startswith(f"{cls}.") and test.startswith(key.partition(".")[2])]
        if fitting:
            key = max(fitting, key=len)
            return key.partition(".")[2], texts[key]
    return test, ""


def marks(*owners) -> str | None:
    """Why pytest would skip."""
    for owner in owners:
        for mark in list(getattr(owner, "pytestmark", []) or []):
            reason = mark.kwargs.get("reason", "")
            if mark.name == "skip" or (mark.name == "skipif" and mark.args and mark.args[0]):
                return f"skipped by its own mark: {reason or (mark.args and mark.args[0])}"
            if mark.name in ("requires_tpu", "multi_device"):
                return f"skipped by its own mark: {mark.name}"
    return None


def place(error: BaseException) -> str:
    """Where it came from: the last line of the test file, and the last of all."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((f for f in reversed(frames) if f.filename.endswith("_test.py")), None)
    end = frames[-1] if frames else None
    return " | ".join(f"{Path(f.filename).name}:{f.lineno} {f.line or ''}" for f in (last, end) if f is not None)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--library", default="pellucid")
    parser.add_argument("--done", type=int, default=0, help="how many tests to pass over")
    parser.add_argument("--match", default="")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--fd", type=int, default=1)
    return parser.parse_args()


def open_pellucid() -> None:
    """From now on `import keras` finds Pellucid."""
    names.install()
    shim.LIB["lib"] = libraries.Pellucid()
    names.OWN.update(importlib.import_module("stand_ins").own_names(shim.lib(), names))


def open_keras() -> None:
    """`import keras` finds Keras, with the shim for its `testing`."""
    importlib.import_module("keras")  # before it can find packages that are not there
    package = importlib.import_module("keras.src")
    sys.meta_path.append(names.AbsentPackages())
    fakes = [ModuleType(f"keras.src.testing{end}") for end in ("", ".test_case", ".test_utils")]
    for fake in fakes:
        fake.__path__ = []
        for key in ("TestCase", "get_test_data", "named_product"):
            setattr(fake, key, getattr(shim, key))
        for b in ("", "jax_", "tensorflow_", "torch_"):
            setattr(fake, f"{b}uses_gpu", shim.no)
            setattr(fake, f"{b}uses_tpu", shim.no)
        sys.modules[fake.__name__] = fake
    package.testing, package.testing.test_case, package.testing.test_utils = fakes[0], fakes[1], fakes[2]
    shim.LIB["lib"] = libraries.Keras()


def tests_of(module: ModuleType, match: str) -> list[tuple[type[unittest.TestCase], str]]:
    """Class and name of each test of a file."""
    loader = unittest.TestLoader()
    tests = []
    for value in list(vars(module).values()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == module.__name__:
            tests += [(value, name) for name in loader.getTestCaseNames(value)]
    return [(cls, name) for cls, name in tests if re.search(match, f"{cls.__name__}.{name}")]


def main() -> None:
    options = arguments()
    out = os.fdopen(options.fd, "w", buffering=1)

    def tell(**record):
        out.write(json.dumps(record) + "\n")
        out.flush()

    (open_pellucid if options.library == "pellucid" else open_keras)()
    whole = applicability.file_reason(options.file)
    try:
        module, text = load(options.file, options.library == "keras")
    except BaseException as error:
        if whole:
            for number in range(len(re.findall(r"^    def test", (names.SRC / options.file).read_text(), re.M))):
                tell(test=f"#{number}", status="n/a", reason=whole)
            return
        tell(test="(import)", status="error", kind=type(error).__name__, message=str(error)[:600], place=place(error))
        return
    if options.library == "keras":
        names.forget_absent_packages()
    texts = sources(text)
    for number, (cls, name) in enumerate(tests_of(module, options.match)):
        if number < options.done:
            continue
        label = f"{cls.__name__}.{name}"
        method, source = source_of(name, [c.__name__ for c in cls.__mro__], texts)
        reason = whole or applicability.reason(options.file, cls.__name__, method, name, source)
        reason = reason or marks(getattr(cls, name), cls)
        if reason:
            tell(test=label, status="n/a", reason=reason)
            continue
        tell(test=label, status="started", number=number)
        bridge.USED.clear()
        begin = time.perf_counter()
        record = run(cls, name, options.trace)
        tell(test=label, **record, seconds=round(time.perf_counter() - begin, 2), bridges=sorted(bridge.USED))


class Result(unittest.TestResult):
    """Keeps the first error, and why a test skipped itself."""

    error = None
    skipped_why = None

    def addError(self, test, err):
        self.error = self.error or err[1]

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.error = self.error or err[1]

    def addSkip(self, test, why):
        self.skipped_why = why


def late(*_):
    raise TooSlow(f"more than {SECONDS_PER_TEST} s")


def run(cls, name, trace) -> dict:
    """One test's outcome."""
    result = Result()
    shim.WORDS.clear()
    names.STATE["running"] = True
    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS_PER_TEST)
    with contextlib.ExitStack() as quiet:
        if trace:
            quiet.enter_context(contextlib.redirect_stdout(sys.stderr))
        else:
            nowhere = quiet.enter_context(open(os.devnull, "w", encoding="utf-8"))
            quiet.enter_context(contextlib.redirect_stdout(nowhere))
            quiet.enter_context(contextlib.redirect_stderr(nowhere))
        try:
            cls(name)(result)
        except BaseException as error:
            result.error = error
        finally:
            signal.alarm(0)
            names.STATE["running"] = False
    error = result.error
    if error is None and result.skipped_why is not None:
        return {"status": "n/a", "reason": f"skips itself: {result.skipped_why}"}
    if error is None:
        return {"status": "words" if shim.WORDS else "pass", "words": list(shim.WORDS)}
    if trace:
        traceback.print_exception(error)
    reason = says_nothing(error)
    if reason:
        return {"status": "n/a", "reason": reason}
    return {
        "status": "fail",
        "kind": type(error).__name__,
        "message": str(error)[:700],
        "place": place(error)[:500],
    }


def says_nothing(error: BaseException) -> str | None:
    """Why an error says nothing about Pellucid, if it does not."""
    if type(error).__name__ == "Skipped":  # pytest.skip(...)
        return f"skips itself: {error}"
    if not isinstance(error, names.MissingFeature):
        return None
    if re.search(r"no \[", str(error)):
        return f"needs a package that is not installed: {error}"
    absent = applicability.ABSENT.search(str(error))
    return f"other networks, or Keras's internals: {absent.group(1)}" if absent else None


if __name__ == "__main__":
    main()
