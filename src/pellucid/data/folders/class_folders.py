"""Which image files lie in a folder, and of which class each is: by the sub-folder that it lies in."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence

from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.frozen import Frozen

__all__ = [
    "EXTENSIONS",
    "READ",
    "Listing",
    "class_folders",
    "list_images",
    "photos_in",
    "spelled",
    "subfolders",
    "unwrapped",
]

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
"""How the names of image files end, whatever the case of the letters; as in Keras."""
READ = (
    *EXTENSIONS,
    *(".avif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpx", ".pbm", ".pgm", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
)
"""How they end for commands, which are not held to Keras: ".jfif" is what browsers call JPEGs that they save."""


OF_SYSTEMS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information")
"""Folders that systems lay beside those of users: unpacked by macOS, on network disks, on Windows."""


class Listing(Frozen):
    """Image files.

    Attributes:
        files: their paths, sorted.
        labels: the number of the class of each; None where there are no classes.
        class_names: in the order of their numbers; None where there are no classes.
    """

    files: tuple[str, ...]
    labels: tuple[int, ...] | None
    class_names: tuple[str, ...] | None


def subfolders(folder: str) -> list[str]:
    """The names of the folders in a folder, sorted, but for hidden ones; raises `FileError` where there is none."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except FileNotFoundError:
        raise FileError(f"{escaped(folder)}: there is no such folder; check the path and the spelling") from None
    except NotADirectoryError:
        raise FileError(f"{escaped(folder)} is a file; expected a folder with a sub-folder for each class") from None
    except OSError as error:
        raise FileError(f"{escaped(folder)} cannot be read: {error.strerror}") from error


def class_folders(folder: str | os.PathLike[str]) -> list[str]:
    """The names of the folders in a folder, sorted, but for those that are a system's or a program's own."""
    return [name for name in subfolders(os.fspath(folder)) if name not in OF_SYSTEMS]


def unwrapped(folder: str | os.PathLike[str]) -> str:
    """The folder that is meant where folders hold nothing but one another, as archives unpack: data/data/cats, dogs.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("data/data/cats", "data/data/dogs"):
        ...         os.makedirs(f"{root}/{name}")
        ...     os.path.relpath(unwrapped(root), root).replace(os.sep, "/")
        'data/data'
    """
    here = os.fspath(folder)
    while len(inside := class_folders(here)) == 1 and len(class_folders(os.path.join(here, inside[0]))) > 0:
        with os.scandir(here) as entries:
            if any(entry.is_file() and entry.name.lower().endswith(READ) for entry in entries):
                return here
        here = os.path.join(here, inside[0])
    return here


def spelled(name: str) -> str:
    """A name with each accent in the letter that carries it: macOS writes two characters where others write one."""
    return unicodedata.normalize("NFC", name)


def photos_in(
    folder: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    has_classes: bool = True,
    extensions: tuple[str, ...] = READ,
) -> Listing:
    """The image files in a folder as commands take them, which are not held to Keras.

    Links to folders are followed; what programs and systems lay beside photos is none. See `list_images`.
    """
    return list_images(
        folder,
        class_names=class_names,
        has_classes=has_classes,
        follow_links=True,
        extensions=extensions,
        hidden=False,
    )


def list_images(
    folder: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    has_classes: bool = True,
    follow_links: bool = False,
    extensions: tuple[str, ...] = EXTENSIONS,
    hidden: bool = True,
) -> Listing:
    """The image files in a folder and in all folders below it.

    Args:
        folder: has a sub-folder for each class; files that lie in none are left out.
        class_names: of the sub-folders that are wanted, in the order of their numbers; all, by the alphabet, by
            default.
        has_classes: whether sub-folders are classes; if not, all files count, and none has a class.
        follow_links: whether links to folders, inside of the sub-folders, are followed; never in a circle.
        extensions: of image files.
        hidden: whether files and folders count whose names begin with a dot, as macOS leaves them beside photos
            ("._1.jpg") and programs keep what they need (".ipynb_checkpoints"), and folders that are the system's own
            (`OF_SYSTEMS`).

    Raises:
        FileError: the folder, or one in it, cannot be read.
        ArgumentError: a class has no sub-folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("dogs", "cats"):
        ...         os.mkdir(f"{folder}/{name}")
        ...         open(f"{folder}/{name}/1.JPG", "w").close()
        ...     found = list_images(folder)
        >>> found.class_names, found.labels, [file.split(os.sep)[-2] for file in found.files]
        (('cats', 'dogs'), (0, 1), ['cats', 'dogs'])

    Source: keras.utils.image_dataset_from_directory, for the order of files and classes.
    """
    root = os.fspath(folder)
    there = {name: name for name in subfolders(root) if hidden or name not in OF_SYSTEMS}
    if not has_classes:
        return Listing(tuple(_files_below(root, follow_links, extensions, hidden)), None, None)
    names = list(there) if class_names is None else list(class_names)
    there |= {spelled(name): name for name in there if spelled(name) not in there}
    called = {name: there.get(name, there.get(spelled(name))) for name in names}
    missing = [name for name, found in called.items() if found is None]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ArgumentError(f"class_names: {shown(twice[0])} stands there more than once, so it would have two numbers")
    if missing:
        raise ArgumentError(
            f"class_names: {escaped(root)} has no sub-folder {shown(missing[0])}; it has {shown(list(there))}"
        )
    files = [_files_below(os.path.join(root, str(called[name])), follow_links, extensions, hidden) for name in names]
    labels = tuple(number for number, some in enumerate(files) for _ in some)
    return Listing(tuple(file for some in files for file in some), labels, tuple(names))


def _files_below(folder: str, follow_links: bool, extensions: tuple[str, ...], hidden: bool) -> list[str]:
    """The image files in a folder and in those below it, folder by folder, each sorted."""
    walked = sorted(_walked(folder, follow_links, hidden), key=lambda each: each[0])
    return [
        os.path.join(inside, name)
        for inside, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(extensions) and (hidden or not name.startswith("."))
    ]


def _walked(folder: str, follow_links: bool, hidden: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and those below it; a link to one in which it lies would lead around for ever, and is left alone."""
    for inside, folders, names in os.walk(folder, onerror=_refused, followlinks=follow_links):
        if not hidden:
            folders[:] = [name for name in folders if not name.startswith(".") and name not in OF_SYSTEMS]
        yield inside, folders, names
        if follow_links:
            here = os.path.realpath(inside) + os.sep
            folders[:] = [
                name for name in folders if not here.startswith(os.path.realpath(os.path.join(inside, name)) + os.sep)
            ]


def _refused(error: OSError) -> None:
    """What lies in a folder that cannot be read would else be missing in silence."""
    raise FileError(f"{escaped(error.filename)} cannot be read: {error.strerror}") from error
