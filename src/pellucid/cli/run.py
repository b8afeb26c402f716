"""`pellucid run`: a script that was written for Keras, of any generation, as it stands."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Annotated, Any

import typer

from pellucid.cli.companions import old_companions
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.cli.script_look import Seen, seen_in
from pellucid.config import image_data_format, set_image_data_format
from pellucid.errors import ShapeError, escaped
from pellucid.interruption import BetweenImports
from pellucid.legacy import OldDefault, Translation, TwoReadings, collected, generation, written_for
from pellucid.legacy.generation import OLD
from pellucid.legacy.recognition import Recognised
from pellucid.processes import is_terminal

INTERRUPTED = 130
NAMED = re.compile(r' "[^"]*"')
"""The name of a layer, as labels have it."""
BEHIND_SCRIPT = {"allow_interspersed_args": False, "ignore_unknown_options": True}
"""What stands behind the script belongs to it, options too."""


def run(
    script: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A Python script that imports Keras.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="What the script finds in sys.argv.")] = None,
    keras: Annotated[
        int | None, typer.Option(min=1, max=3, help="For which Keras it was written, where words alone do not tell.")
    ] = None,
    channels_first: Annotated[
        bool, typer.Option("--channels-first", help="For scripts of Keras 1 that expect Theano's order of axes.")
    ] = False,
    check: Annotated[
        bool | None,
        typer.Option("--check/--no-check", help="Only look whether it can be run; or run it without having looked."),
    ] = None,
) -> int:
    """Run a script that imports keras or tensorflow.keras on Pellucid; nothing in it has to be changed.

    It runs as `python SCRIPT` would run it, once a look at its text has found nothing that there is not. What it leaves
    unsaid is what it was in the Keras for which its words say it was written. At the end, calls in the words of older
    Kerases are listed with the same call in today's.
    """
    if channels_first:
        set_image_data_format("channels_first")
    seen = seen_in(script)
    if check is not None and check:
        return _checked(script, seen)
    if check is None and seen.missing:
        _tell_missing(script, seen, "nothing was run; `pellucid run --no-check` runs it up to there")
        return 1
    written = keras or seen.recognised.keras
    with collected() as found, written_for(written) if written is not None else nullcontext():
        try:
            return _as_python(script, arguments or [])
        finally:
            with suppress(ValueError, AttributeError):  # a script may have closed it
                sys.stdout.flush()
            for line in [*report(found), *(report_defaults(found, script, seen.recognised) if keras is None else [])]:
                typer.echo(line, err=True)


def _checked(script: Path, seen: Seen) -> int:
    """Say what a look has found, and nothing more."""
    if seen.missing:
        _tell_missing(script, seen, "the rest was found")
        return 1
    written = seen.recognised
    typer.echo(f"{_short(str(script))}: every name of Keras's and TensorFlow's in it is there")
    if written.keras is not None:
        typer.echo(f"  written for Keras {written.keras} ({_signs(script, written)})")
    return 0


def _tell_missing(script: Path, seen: Seen, then: str) -> None:
    several = len(seen.missing) > 1
    count = f"{len(seen.missing)} {'things that are' if several else 'thing that is'} not here"
    typer.echo(
        f"pellucid: {_short(str(script))} asks for {count}; {then}",
        err=True,
    )
    for each in seen.missing:
        typer.echo(f"  {escaped(_short(str(script)))}:{each.line}: {each.message}", err=True)


def report_defaults(found: Iterable[Any], script: Path, written: Recognised) -> list[str]:
    """For which Keras a script was written, and what it left unsaid that was another thing there, as lines."""
    told = list(dict.fromkeys(each for each in found if isinstance(each, OldDefault)))
    if written.keras not in OLD or not (told or any(isinstance(each, Translation) for each in found)):
        return []
    lines = [
        f"pellucid: read as written for Keras {written.keras} ({_signs(script, written)}); what it leaves unsaid is "
        "what it was there, `--keras 3` for today's"
    ]
    for each, what in _together(told):
        lines.append(f"  {escaped(_short(each.file))}:{each.line}: {what}: {each.then}, today {each.today}")
    return lines


def _together(told: Iterable[OldDefault]) -> list[tuple[OldDefault, str]]:
    """Each thing that a line left unsaid once, in the order of lines, with what it was left unsaid of.

    A network has many layers of one kind: those that say the same in one line but for their names are told of as one.
    """
    kinds: dict[tuple[str, int, str, str, str], list[OldDefault]] = {}
    for each in told:
        kinds.setdefault((each.file, each.line, NAMED.sub("", each.what), each.then, each.today), []).append(each)
    in_order = sorted(kinds.items(), key=lambda item: item[0][:2])
    return [
        (those[0], those[0].what if len(those) == 1 else f"{kind[2]} ({len(those)} of them, from {_name(those[0])} on)")
        for kind, those in in_order
    ]


def _name(told: OldDefault) -> str:
    """The name in what a default was left unsaid of, if there is one."""
    found = NAMED.search(told.what)
    return told.what if found is None else found[0].strip()


def _signs(script: Path, written: Recognised) -> str:
    """The first things by which it was told, and where they stand."""
    words: dict[str, int] = {}
    for sign in written.signs:
        words.setdefault(sign.word, sign.line)
    return ", ".join(f"{word} in line {line}" for word, line in list(words.items())[:3])


def _as_python(script: Path, arguments: list[str]) -> int:
    """Run a script as Python would, but for its imports; returns the exit code."""
    if isinstance(signal.getsignal(signal.SIGINT), BetweenImports):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a script may work for hours in what it imports
    argv, first, main = sys.argv, sys.path[0], sys.modules["__main__"]
    sys.argv, sys.path[0] = [str(script), *arguments], str(script.resolve().parent)
    path = str(script.absolute())
    try:
        with keras_is_pellucid(), old_companions():
            _run_as_main(path)
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        typer.echo(end.code, err=True)
        return 1
    except KeyboardInterrupt as error:
        place = _place(_from_script(error.__traceback__, path))
        typer.echo("\n" * is_terminal(sys.stderr) + f"interrupted{place}", err=True)
        return INTERRUPTED
    except BaseException as error:
        with suppress(ValueError, AttributeError):
            sys.stdout.flush()
        traceback = _from_script(error.__traceback__, path)
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        if isinstance(error, TwoReadings):
            typer.echo("pellucid: `pellucid run --keras 2` or `--keras 3` says which reading is meant", err=True)
        elif isinstance(error, ShapeError) and generation() == 1 and image_data_format() == "channels_last":
            typer.echo(
                "pellucid: images of Keras 1 often had their channels first, as in (3, 32, 32): `pellucid run "
                "--channels-first` reads them so",
                err=True,
            )
        return 1
    finally:
        sys.argv, sys.path[0], sys.modules["__main__"] = argv, first, main
    return 0


class _Script(SourceFileLoader):
    """Loads a script, and leaves no compiled file behind."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the script."""
        return self.source_to_code(self.get_data(self.path), self.path)


def _run_as_main(path: str) -> None:
    """Run a script as the module `__main__`. (`runpy` would put the absolute path into `sys.argv`.)"""
    loader = _Script("__main__", path)
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update(__file__=path, __loader__=loader, __cached__=None)
    loader.exec_module(module)


def _from_script(traceback: TracebackType | None, path: str) -> TracebackType | None:
    """A traceback without what stands before the script's own first frame."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename != path:
        traceback = traceback.tb_next
    return traceback


def _place(traceback: TracebackType | None) -> str:
    """Where in the script somebody was, as a sentence ends."""
    return (
        ""
        if traceback is None
        else f" at {escaped(_short(traceback.tb_frame.f_code.co_filename))}:{traceback.tb_lineno}"
    )


def report(found: Iterable[Any]) -> list[str]:
    """Each old call once, with its place and the same call in today's spelling, as lines."""
    calls = list(dict.fromkeys(each for each in found if isinstance(each, Translation)))
    if not calls:
        return []
    count = f"{len(calls)} call{'s are' if len(calls) > 1 else ' is'} in an older spelling of Keras; in today's:"
    lines = [f"pellucid: {count}"]
    for call in sorted(calls, key=lambda call: (call.file, call.line)):
        lines += [f"  {escaped(_short(call.file))}:{call.line}: {call.old}", f"    today {call.today}"]
        lines += [f"    ({call.note})"] if call.note else []
    return lines


def _short(file: str) -> str:
    """A path as short as it is clear."""
    relative = os.path.relpath(file)
    return file if relative.startswith(os.pardir) else relative
