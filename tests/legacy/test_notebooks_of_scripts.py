"""`pellucid run` on notebooks: the cells one after another, and what is not Python left out aloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pellucid import errors
from pellucid.cli.script import Script, read_script
from pellucid.cli.script_look import seen_in

COMMAND = str(Path(sys.executable).with_name("pellucid"))
TIMEOUT_S = 120
PYTHON = {"kernelspec": {"language": "python", "name": "python3"}}


def notebook(folder: Path, *cells: str, metadata: dict[str, Any] = PYTHON) -> Path:
    """A notebook of these cells, with text between them; its lines as Jupyter keeps them."""
    kept: list[dict[str, Any]] = [{"cell_type": "markdown", "source": ["# Words"]}]
    for cell in cells:
        kept += [{"cell_type": "code", "source": cell.splitlines(keepends=True)}, {"cell_type": "raw", "source": "raw"}]
    path = folder / "tutorial.ipynb"
    path.write_text(json.dumps({"cells": kept, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


def left_out(script: Script) -> list[str]:
    return [each.partition("tutorial.ipynb, ")[2] for each in script.left_out]


def text(script: Script) -> str:
    return "\n---\n".join(part.text.decode() for part in script.parts)


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "PYTHONWARNINGS")}
    return subprocess.run(
        [COMMAND, "run", *command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )


CELLS = (
    "%matplotlib inline\n!pip install keras\nimport keras\nfrom keras.layers import Convolution2D, Flatten, Dense\n",
    "%%time\nmodel = keras.Sequential([Convolution2D(4, 3, 3, input_shape=(8, 8, 1)), Flatten(), Dense(2)])\n"
    "model.count_params()",
    "import numpy as np\ndef scores(x):\n    return model.predict(x, verbose=0)\nscores(np.zeros((3, 8, 8, 1))).shape",
    "display('shown'); 1 + 1;",
)


def test_the_cells_of_a_notebook_are_run_one_after_another(tmp_path: Path) -> None:
    """The value of an expression at the end of a cell is shown; old words are told of by cell and line."""
    outcome = run(notebook(tmp_path, *CELLS).name, cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.splitlines() == ["330", "(3, 2)", "'shown'"]  # 4 x 9 + 4, and 144 x 2 + 2
    lines = outcome.stderr.splitlines()
    assert lines[0] == "tutorial.ipynb, cell 1:2: !pip install keras: a command to a notebook, not run"
    assert any(line.startswith("  tutorial.ipynb, cell 2:2: Convolution2D(4, 3, 3") for line in lines), lines
    assert any("written for Keras 1 (Convolution2D in cell 2:2)" in line for line in lines), lines


def test_an_error_quotes_the_line_of_its_cell(tmp_path: Path) -> None:
    outcome = run(notebook(tmp_path, "def f(x):\n    return 1 / x", "f(1)", "\nf(0)").name, cwd=tmp_path)
    assert (outcome.returncode, outcome.stdout) == (1, "1.0\n")
    assert outcome.stderr.splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path}/tutorial.ipynb, cell 3", line 2, in <module>',
        "    f(0)",
    ]
    assert "    return 1 / x" in outcome.stderr and outcome.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_what_is_no_python_is_told_before_any_cell_runs(tmp_path: Path) -> None:
    outcome = run(notebook(tmp_path, "print('begun')", "print 'Python 2'").name, cwd=tmp_path)
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert "tutorial.ipynb, cell 2" in outcome.stderr and "SyntaxError" in outcome.stderr


def test_what_is_missing_is_told_by_cell_and_line(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import keras\nprint('begun')", "%%time\n\nkeras.layers.LSTM(3)")
    outcome = run(path.name, cwd=tmp_path)
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.splitlines()[1].startswith("  tutorial.ipynb, cell 2:3: there is no LSTM")
    (found,) = seen_in(read_script(path)).missing
    assert read_script(path).place(found.line) == (f"{path}, cell 2", 3)


@pytest.mark.parametrize(
    ("cell", "python", "told"),
    [
        ("x = (7\n% 4)", "x = (7\n% 4)", []),
        ("a = '''\n!important\n%d'''", "a = '''\n!important\n%d'''", []),
        ("%time x = 3\nx", "x = 3\nx", []),
        ("%timeit -n 10 f()", "f()", []),
        ("%%capture\nf()", "pass\nf()", []),
        (
            "if x:\n    !ls\nelse:\n    %cd /\n",
            "if x:\n    pass\nelse:\n    pass\n",
            ["cell 1:2: !ls", "cell 1:4: %cd /"],
        ),
        ("!pip install \\\n  keras \\\n  numpy\nx", "pass\n\n\nx", ["cell 1:1: !pip install \\"]),
        ("%%bash\nls\nx = 1", "\n\n", ["cell 1:1: %%bash"]),
        ("model.fit?\n?model\nmodel??", "pass\npass\npass", []),
        ("%load_ext tensorboard\n%run other.py", "pass\npass", ["cell 1:2: %run other.py"]),
        ("", "", []),
    ],
)
def test_commands_to_a_notebook(tmp_path: Path, cell: str, python: str, told: list[str]) -> None:
    """Each line stays where it is; those that could change a result are told of."""
    script = read_script(notebook(tmp_path, cell))
    assert (text(script), left_out(script)) == (python, told)


def test_notebooks_of_version_3_keep_their_cells_in_worksheets(tmp_path: Path) -> None:
    path = tmp_path / "tutorial.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "x"]}]}]}))
    assert text(read_script(path)) == "x = 1\nx"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("print(1)", "is no notebook: a notebook is a file of JSON"),
        ("[]", "there is no cell in it"),
        (
            json.dumps(
                {"cells": [{"cell_type": "code", "source": "1"}], "metadata": {"kernelspec": {"language": "R"}}}
            ),
            "in R",
        ),
    ],
)
def test_files_that_are_no_notebooks_in_python(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "tutorial.ipynb"
    path.write_text(content)
    with pytest.raises(errors.FileError, match=said):
        read_script(path)
