"""Files of a folder that are not used: those that cannot be read, and those of kinds that are not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pellucid.data.folders.class_folders import READ, photos_in
from pellucid.data.folders.image_sets import bad_images
from pellucid.data.images.unread import UNREAD, conversion_of
from pellucid.errors import escaped, shorter
from pellucid.formats.signatures import HEAD_BYTES, describe_content

CHOICES = ("error", "skip")
MOST_NAMED = 10
TEXTS = (".txt", ".xml", ".json", ".csv")
"""What lies beside images by the thousand, and is not opened to see whether it is one."""


def known_choice(choice: str | None) -> str | None:
    """What is to become of something that cannot be used, as an option says it."""
    if choice not in (None, *CHOICES):
        raise typer.BadParameter(f"{' or '.join(CHOICES)}, got {choice!r}")
    return choice


ON_BAD_IMAGE = Annotated[
    str | None,
    typer.Option(callback=known_choice, help='Images that cannot be read: "error", which is the default, or "skip".'),
]
"""The option of all commands that read folders."""


def refuse_bad(bad: Mapping[str, str], on_bad_image: str, what: str = "or remove them", such: str = "files") -> None:
    """Raise `FileError` with what cannot be read, and why, unless `--on-bad-image skip` leaves it out.

    Args:
        bad: why each file cannot be read, by path.
        on_bad_image: "error" or "skip".
        what: what may be mended.
        such: what is left out.
    """
    if bad and on_bad_image != "skip":
        raise bad_images(dict(bad), f"Mend {what}, or leave such {such} out with --on-bad-image skip")


def left_out_told(bad: Mapping[str, str]) -> list[str]:
    """How many files are left out since they cannot be read, and why the first of them cannot.

    Example:
        >>> left_out_told({"1.png": "1.png is empty"})
        ['Left out, since they cannot be read: 1 (1.png is empty).']
    """
    reasons = "; ".join(shorter(reason) for reason in list(bad.values())[:MOST_NAMED])
    return [f"Left out, since they cannot be read: {len(bad)} ({reasons})."] if bad else []


def left_alone_told(*folders: Path) -> list[str]:
    """Pictures of kinds that are not read, or that do not end as images do, which else would be missing in silence.

    Args:
        folders: in which and below which they are looked for.
    """
    files = [Path(name) for each in folders for name in photos_in(each, has_classes=False, extensions=("",)).files]
    counts = Counter(ending for ending in (path.suffix.lower() for path in files) if ending in UNREAD)
    listed = ", ".join(f"{ending} {count:,}" for ending, count in counts.most_common())
    command = conversion_of(next((path.name for path in files if path.suffix.lower() in counts), ""))
    told = (
        f"Left alone: {counts.total():,} of kinds that are not read ({listed}); save them as JPEG or PNG to use them, "
        f"such as with {command}"
    )
    bare = [path for path in files if path.suffix.lower() not in (*READ, *UNREAD, *TEXTS) and _is_image(path)]
    ending = "ending of images" if any(path.suffix for path in bare) else "ending"
    unnamed = (
        f"Left alone: {len(bare):,} images whose names have no {ending}, such as {escaped(bare[0].name)}; call them "
        ".jpg or .png to use them."
        if bare
        else ""
    )
    return [told] * bool(counts) + [unnamed] * bool(bare) + _links_told(folders)


def _links_told(folders: Sequence[Path]) -> list[str]:
    """Links beside the images, or in the place of folders of classes, whose target is not there."""
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_symlink() and not path.exists()]
    listed = ", ".join(escaped(path.name) for path in found[:MOST_NAMED])
    what = "link whose target is" if len(found) == 1 else "links whose targets are"
    return [f"Left alone: {len(found):,} {what} not there ({listed})."] * bool(found)


def _is_image(path: Path) -> bool:
    """Whether a file begins as images do."""
    if not path.is_file():  # a pipe would never end
        return False
    try:
        with path.open("rb") as file:
            return describe_content(file.read(HEAD_BYTES)).endswith(" image")
    except OSError:
        return False
