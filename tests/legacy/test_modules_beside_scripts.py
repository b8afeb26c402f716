"""The look before a run goes into the modules beside a script, by their own names and lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pellucid.cli.script import read_script
from pellucid.cli.script_look import seen_in

COMMAND = str(Path(sys.executable).with_name("pellucid"))


def folder_of(folder: Path, files: dict[str, str]) -> Path:
    """Files by their paths; returns that of the script."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "script.py"


def told(folder: Path, files: dict[str, str]) -> list[tuple[str, int, str]]:
    found = seen_in(read_script(folder_of(folder, files))).missing
    return [("" if each.file is None else each.file.name, each.line, each.message.split()[-1]) for each in found]


NET = "from keras.layers import Dense\n\ndef build():\n    import keras\n    return keras.layers.NoSuch()\n"
BUILT = "'keras.layers.NoSuch'"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import nets", "nets.py"),
        ("from nets import build", "nets.py"),
        ("import nets.small", "nets/small.py"),
        ("from nets import small", "nets/small.py"),
        ("from nets.small import build", "nets/small.py"),
        ("from nets import build", "nets/__init__.py"),
    ],
)
def test_what_a_module_beside_asks_for_is_told_by_its_line(tmp_path: Path, line: str, name: str) -> None:
    """A function in it counts where the script mentions it, as functions of the script do."""
    script = f"import keras\n{line}\nprint('begun')\nbuild\n"
    found = told(tmp_path, {"script.py": script, name: NET})
    assert [each[:2] for each in found] == [(Path(name).name, 5)]


def test_a_function_that_nobody_mentions_is_left_alone(tmp_path: Path) -> None:
    assert told(tmp_path, {"script.py": "import keras\nimport nets\n", "nets.py": NET}) == []


def test_modules_of_modules_and_circles(tmp_path: Path) -> None:
    files = {
        "script.py": "import keras\nfrom package import first\n",
        "package/__init__.py": "",
        "package/first.py": "from . import second\nfrom .second import x\nfrom ..elsewhere import y\n",
        "package/second.py": "from package import first\nfrom keras.layers import LSTM\nx = 1\n",
        "elsewhere.py": "import keras\ny = keras.no_such_thing\n",
    }
    assert [each[:2] for each in told(tmp_path, files)] == [("elsewhere.py", 2), ("second.py", 2)]


def test_a_module_beside_that_is_no_python_is_left_to_python(tmp_path: Path) -> None:
    assert told(tmp_path, {"script.py": "import keras\nimport nets\n", "nets.py": "print 'Python 2'\n"}) == []


def test_modules_in_folders_that_a_script_adds_may_be_there(tmp_path: Path) -> None:
    """Scripts of many repositories begin so; what such modules ask for, the run tells."""
    script = "import sys\nimport keras\nsys.path.append('../elsewhere')\nimport nets_of_ours\n"
    assert told(tmp_path, {"script.py": script}) == []
    assert [each[1] for each in told(tmp_path, {"script.py": "import keras\nimport nets_of_ours\n"})] == [2]


def test_run_refuses_before_anything_runs(tmp_path: Path) -> None:
    script = folder_of(
        tmp_path, {"script.py": "import keras\nprint('begun')\nfrom nets import build\nbuild()\n", "nets.py": NET}
    )
    outcome = subprocess.run(
        [COMMAND, "run", script.name], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert "  nets.py:5: Pellucid has no keras.layers.NoSuch" in outcome.stderr
