"""The `pellucid` command: its subcommands, and how it fails.

A mistake that Pellucid explains ends with one sentence on the error stream and exit code 1, Ctrl-C with 130, a wrong
command line with 2; a traceback appears only with `--debug`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pellucid import __version__
from pellucid.cli.commands import Commands
from pellucid.command_words import on_command_line, speaks_of
from pellucid.errors import LONGEST_MESSAGE, PellucidError, escaped, shorter
from pellucid.interruption import INTERRUPTED
from pellucid.processes import is_terminal

# Typer keeps click to itself; the common base of its usage errors is only to be had from one of them.
UsageProblem: Any = next(cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException")


class Interrupted(BaseException):
    """Ctrl-C, as Typer lets it through: of a `KeyboardInterrupt` it makes a silent exit."""


class _Commands(TyperGroup):
    """The commands; what they say when they are interrupted is not lost."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands()  # type: ignore[assignment] # none is ever added

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _ctrl_c_let_through():
            return super().make_context(*arguments, **options)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, found, rest = super().resolve_command(ctx, args)
        speaks_of(frozenset(option for each in getattr(found, "params", ()) for option in each.opts))
        return name, found, rest

    def invoke(self, ctx: Any) -> Any:
        with _ctrl_c_let_through():
            return super().invoke(ctx)


@contextmanager
def _ctrl_c_let_through() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(str(error) or "interrupted") from None


app = typer.Typer(
    cls=_Commands,
    help="Convolutional networks you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pellucid {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Convolutional networks you can see through."""


def _told(error: Exception) -> str:
    """What an error says; of one of the system's, what it is about, and not its number."""
    if isinstance(error, OSError) and not isinstance(error, PellucidError) and error.strerror is not None:
        about = "" if error.filename is None else f"{error.filename}: "
        return f"{about}{error.strerror}"
    return str(error) or type(error).__name__


@contextmanager
def _in_words_of_commands() -> Iterator[None]:
    """Inside, a warning is its message; the line from which it comes is one of this library's, or Typer's. Hints name
    options.
    """
    with warnings.catch_warnings(), on_command_line():
        warnings.showwarning = lambda message, *place: typer.echo(f"warning: {escaped(str(message))}", err=True)
        yield


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    ours = arguments.index("run") if command == "run" else len(arguments)  # what stands behind is the script's
    debug = "--debug" in arguments[:ours]  # wherever it stands
    own = [argument for argument in arguments[:ours] if argument != "--debug"]
    try:
        with nullcontext() if command == "run" else _in_words_of_commands():
            result = app([*own, *arguments[ours:]], standalone_mode=False)
    except (Interrupted, typer.Abort, KeyboardInterrupt) as error:
        after_sign = "\n" * is_terminal(sys.stderr)  # behind the ^C that a terminal shows
        typer.echo(f"{after_sign}{escaped(str(error) or 'interrupted')}", err=True)
        return INTERRUPTED
    except UsageProblem as error:
        error.show()
        return int(error.exit_code)
    except BrokenPipeError:
        # Whoever read the output has gone (`pellucid ... | head`): be silent, also when Python flushes at its end.
        # Typer ends the process by itself, as silently, where it is the one to notice.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (PellucidError, OSError, MemoryError) as error:
        if debug:
            raise
        typer.echo(f"pellucid: {shorter(escaped(_told(error)), LONGEST_MESSAGE)}", err=True)
        return 1
    return result if isinstance(result, int) else 0
