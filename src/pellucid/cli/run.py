"""`pellucid run`: a script or a notebook that was written for Keras, of any generation, as it stands."""

from __future__ import annotations

import ast
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Set
from contextlib import nullcontext, suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Annotated, Any

import typer

from pellucid.cli.companions import old_companions
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.cli.script import DISPLAY, Script, read_script, showing_its_value
from pellucid.cli.script_look import Seen, seen_in
from pellucid.config import image_data_format, set_image_data_format
from pellucid.errors import DataError, ShapeError, escaped
from pellucid.interruption import INTERRUPTED, BetweenImports
from pellucid.legacy import OldDefault, Translation, TwoReadings, Unsettled, collected, generation, written_for
from pellucid.legacy.generation import OLD
from pellucid.legacy.recognition import Recognised
from pellucid.processes import is_terminal

NAMED = re.compile(r' "[^"]*"')
"""The name of a layer, as labels have it."""


def run(
    script: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="A Python script, or a notebook (.ipynb), that imports Keras."
        ),
    ],
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
    Kerases are listed with the same call in today's. The cells of a notebook are run one after another, in the folder
    from which it is started; commands to the notebook (%matplotlib, !pip) are left out, and listed where they matter.
    """
    if channels_first:
        set_image_data_format("channels_first")
    read = read_script(script)
    seen = seen_in(read)
    for each in read.left_out:
        typer.echo(f"{escaped(_short(each))}: a command to a notebook, not run", err=True)
    if check is not None and check:
        return _checked(read, seen)
    if check is None and seen.missing:
        _tell_missing(read, seen, "nothing was run; `pellucid run --no-check` runs it up to there")
        return 1
    written = keras or seen.recognised.keras
    with collected() as found, written_for(written) if written is not None else nullcontext():
        try:
            return _as_python(read, arguments or [])
        finally:
            with suppress(ValueError, AttributeError):  # a script may have closed it
                sys.stdout.flush()
            for line in [*report(found), *(report_defaults(found, read, seen.recognised) if keras is None else [])]:
                typer.echo(line, err=True)


def _checked(script: Script, seen: Seen) -> int:
    """Say what a look has found, and nothing more."""
    if seen.missing:
        _tell_missing(script, seen, "the rest was found")
        return 1
    written = seen.recognised
    typer.echo(f"{_short(str(script.path))}: every name of Keras's and TensorFlow's in it is there")
    if written.keras is not None:
        typer.echo(f"  written for Keras {written.keras} ({_signs(script, written)})")
    return 0


def _tell_missing(script: Script, seen: Seen, then: str) -> None:
    several = len(seen.missing) > 1
    count = f"{len(seen.missing)} {'things that are' if several else 'thing that is'} not here"
    typer.echo(
        f"pellucid: {_short(str(script.path))} asks for {count}; {then}",
        err=True,
    )
    for each in seen.missing:
        place = script.place(each.line) if each.file is None else (str(each.file), each.line)
        typer.echo(f"  {_place(*place)}: {each.message}", err=True)


def report_defaults(found: Iterable[Any], script: Script, written: Recognised) -> list[str]:
    """For which Keras a script was written, and what it left unsaid that was another thing there, as lines."""
    told = list(dict.fromkeys(each for each in found if isinstance(each, OldDefault)))
    if written.keras is None:
        return _report_unsettled(found, script)
    if written.keras not in OLD or not (told or any(isinstance(each, Translation) for each in found)):
        return []
    lines = [
        f"pellucid: read as written for Keras {written.keras} ({_signs(script, written)}); what it leaves unsaid is "
        "what it was there, `--keras 3` for today's"
    ]
    for each, what in _together(told):
        lines.append(f"  {_place(each.file, each.line)}: {what}: {each.then}, today {each.today}")
    return lines


def _report_unsettled(found: Iterable[Any], script: Script) -> list[str]:
    """What a script left unsaid that depends on the Keras for which it was written, where nothing in it tells."""
    told = list(dict.fromkeys(each for each in found if isinstance(each, Unsettled)))
    if not told:
        return []
    return [
        f"pellucid: nothing in {_short(str(script.path))} tells for which Keras it was written; what it leaves unsaid "
        "is what it is today, `--keras 2` for what it was",
        *(f"  {_place(each.file, each.line)}: {each}" for each in told),
    ]


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


def _signs(script: Script, written: Recognised) -> str:
    """The first things by which it was told, and where they stand."""
    words: dict[str, int] = {}
    for sign in written.signs:
        words.setdefault(sign.word, sign.line)
    if not script.is_notebook:
        return ", ".join(f"{word} in line {line}" for word, line in list(words.items())[:3])
    places = {word: script.place(line) for word, line in list(words.items())[:3]}
    return ", ".join(f"{word} in {file.rpartition(', ')[2]}:{line}" for word, (file, line) in places.items())


def _as_python(script: Script, arguments: list[str]) -> int:
    """Run a script as Python would, but for its imports; returns the exit code."""
    if isinstance(signal.getsignal(signal.SIGINT), BetweenImports):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a script may work for hours in what it imports
    argv, first, main = sys.argv, sys.path[0], sys.modules["__main__"]
    sys.argv, sys.path[0] = [str(script.path), *arguments], str(script.path.resolve().parent)
    files, hook = {part.file for part in script.parts}, sys.excepthook
    try:
        with keras_is_pellucid(), old_companions():
            (_run_cells if script.is_notebook else _run_as_main)(script)
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        typer.echo(end.code, err=True)
        return 1
    except KeyboardInterrupt as error:
        place = _stopped_at(_from_script(error.__traceback__, files))
        typer.echo("\n" * is_terminal(sys.stderr) + f"interrupted{place}", err=True)
        return INTERRUPTED
    except BaseException as error:
        with suppress(ValueError, AttributeError):
            sys.stdout.flush()
        error = error.with_traceback(_from_script(error.__traceback__, files))
        _say(error, in_cells=script.is_notebook and sys.excepthook is hook)
        if isinstance(error, TwoReadings):
            typer.echo("pellucid: `pellucid run --keras 2` or `--keras 3` says which reading is meant", err=True)
        elif _is_of_shapes(error) and generation() == 1 and image_data_format() == "channels_last":
            typer.echo(
                "pellucid: images of Keras 1 often had their channels first, as in (3, 32, 32): `pellucid run "
                "--channels-first` reads them so",
                err=True,
            )
        return 1
    finally:
        sys.argv, sys.path[0], sys.modules["__main__"] = argv, first, main
    return 0


def _is_of_shapes(error: BaseException) -> bool:
    """Whether it says that shapes do not fit, of tensors or of data."""
    return isinstance(error, ShapeError) or (isinstance(error, DataError) and "have shape" in str(error))


class _Loader(SourceFileLoader):
    """Loads a script, or a cell of a notebook as it was parsed, and leaves no compiled file behind."""

    def __init__(self, path: str, parsed: ast.Module | None = None) -> None:
        super().__init__("__main__", path)
        self.compiled = None if parsed is None else self.source_to_code(parsed, path)

    def get_code(self, fullname: str) -> CodeType:
        """Compile the script."""
        return self.compiled or self.source_to_code(self.get_data(self.path), self.path)


def _run_as_main(script: Script) -> None:
    """Run a script as the module `__main__`. (`runpy` would put the absolute path into `sys.argv`.)"""
    path = script.parts[0].file
    loader = _Loader(path)
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update(__file__=path, __loader__=loader, __cached__=None)
    loader.exec_module(module)


def _run_cells(script: Script) -> None:
    """Run the cells of a notebook one after another, as the module `__main__`, once all of them are Python."""
    cells = [_Loader(part.file, showing_its_value(part)) for part in script.parts]
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update({"display": _display, DISPLAY: _display})
    for cell in cells:
        cell.exec_module(module)


def _display(value: object) -> None:
    """Show a value as Python shows it where it is typed."""
    sys.displayhook(value)


def _say(error: BaseException, *, in_cells: bool) -> None:
    """Print an error with its traceback; Python's own hook quotes the lines of files, and not those of cells."""
    if in_cells:
        traceback.print_exception(error)
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def _from_script(frames: TracebackType | None, files: Set[str]) -> TracebackType | None:
    """A traceback without what stands before the script's own first frame."""
    while frames is not None and frames.tb_frame.f_code.co_filename not in files:
        frames = frames.tb_next
    return frames


def _stopped_at(frame: TracebackType | None) -> str:
    """Where in the script somebody was, as a sentence ends."""
    return "" if frame is None else f" at {_place(frame.tb_frame.f_code.co_filename, frame.tb_lineno)}"


def _place(file: str, line: int) -> str:
    return f"{escaped(_short(file))}:{line}"


def report(found: Iterable[Any]) -> list[str]:
    """Each old call once, with its place and the same call in today's spelling, as lines."""
    calls = list(dict.fromkeys(each for each in found if isinstance(each, Translation)))
    if not calls:
        return []
    count = f"{len(calls)} call{'s are' if len(calls) > 1 else ' is'} in an older spelling of Keras; in today's:"
    lines = [f"pellucid: {count}"]
    for call in sorted(calls, key=lambda call: (call.file, call.line)):
        lines += [f"  {_place(call.file, call.line)}: {call.old}", f"    today {call.today}"]
        lines += [f"    ({call.note})"] if call.note else []
    return lines


def _short(file: str) -> str:
    """A path as short as it is clear."""
    relative = os.path.relpath(file)
    return file if relative.startswith(os.pardir) else relative
