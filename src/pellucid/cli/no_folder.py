"""What is given for a folder of images and is none: what it is, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from pellucid.cli.recipes import RECIPES
from pellucid.data.folders.class_folders import READ
from pellucid.data.images.unread import UNREAD, VIDEOS
from pellucid.errors import FileError, escaped

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".npz", ".npy")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
AS_TABLE = "write a table (CSV) with lines such as photo.jpg,cat below the titles file,class"
SAVED = "numpy.savez('data.npz', x=d[...], y=d[...]) with the names of its images and labels"
ADVICE = {
    ARCHIVES: "unpack the archive, and give the folder that is in it",
    (".mat",): f"open it with SciPy and save it for NumPy: d = scipy.io.loadmat(FILE); {SAVED}",
    (".h5", ".hdf5"): f"open it with h5py and save it for NumPy: d = h5py.File(FILE); {SAVED}",
    (".xml", ".yaml", ".yml"): f"such annotations are not read; {AS_TABLE}",
    (".xlsx", ".xls", ".ods", ".parquet", ".pkl", ".feather"): "save it as a table (CSV) in UTF-8, and give that",
    VIDEOS: "videos are not read; save their frames as JPEG or PNG into a folder for each class",
    (*READ, *UNREAD): "it is one image; give the folder of a folder for each class",
}
"""By how names end."""


def no_folder(path: Path) -> FileError:
    """The error for a path that is no folder, and no table.

    Example:
        >>> print(no_folder(Path("nowhere.csv")))
        nowhere.csv: there is no such file; check the path and the spelling
    """
    name = path.name.lower()
    if not path.exists():
        what = "file" if name.endswith(TABLES) else "folder"
        return FileError(f"{escaped(path)}: there is no such {what}; check the path and the spelling")
    known = next((advice for endings, advice in ADVICE.items() if name.endswith(endings)), None)
    advice = known or f"give a folder with a sub-folder of images for each class, or one of {', '.join(RECIPES)}"
    return FileError(f"{escaped(path)} is a file and no folder: {advice}")
