"""`pellucid run`: tutorial scripts of three generations as they stand, and everything else as Python does it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("pellucid"))
SCRIPTS = Path(__file__).with_name("scripts")
TIMEOUT_S = 120


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "PYTHONWARNINGS")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL
    )


def written(folder: Path, text: str, name: str = "script.py") -> str:
    """A script of these lines; returns its name."""
    (folder / name).write_text(textwrap.dedent(text))
    return name


def accuracy(printed: str) -> float:
    """What a script says it has reached."""
    found = re.search(r"Test accuracy: (\d\.\d+)", printed)
    assert found, printed
    return float(found[1])


def line_of(script: Path, text: str) -> int:
    """The line, from 1, on which a text stands."""
    return next(number for number, line in enumerate(script.read_text().splitlines(), 1) if text in line)


# The tutorials' scripts ---------------------------------------------------------------------------------------------

KERAS_1 = [
    ("Y_train = np_utils", "to_categorical(x, nb_classes=10)", "to_categorical(x, num_classes=10)"),
    ("Y_test = np_utils", "to_categorical(x, nb_classes=10)", "to_categorical(x, num_classes=10)"),
    (
        '"valid", input_shape',
        "Convolution2D(16, 3, 3, border_mode='valid', input_shape=(8, 8, 1))",
        "Conv2D(16, (3, 3), padding='valid', input_shape=(8, 8, 1))",
    ),
    (
        "W_regularizer",
        "Convolution2D(nb_filter=16, nb_row=3, nb_col=3, init='he_normal', W_regularizer=L2(l2=0.0001))",
        "Conv2D(filters=16, kernel_size=(3, 3), kernel_initializer=initializers.VarianceScaling(scale=2.0, "
        "mode='fan_in', distribution='untruncated_normal'), kernel_regularizer=L2(l2=0.0001))",
    ),
    (
        "MaxPooling2D(pool",
        "MaxPooling2D(pool_size=(2, 2), border_mode='valid')",
        "MaxPooling2D(pool_size=(2, 2), padding='valid')",
    ),
    ("Dropout(p", "Dropout(p=0.25)", "Dropout(rate=0.25)"),
    (
        "output_dim",
        "Dense(output_dim=64, init='uniform')",
        "Dense(units=64, kernel_initializer='random_uniform')",
    ),
    ("bias=True", "Dense(10, bias=True)", "Dense(10, use_bias=True)"),
    (
        "SGD(lr",
        "SGD(lr=0.05, decay=0.0001, momentum=0.9, nesterov=True)",
        "SGD(learning_rate=optimizers.schedules.InverseTimeDecay(initial_learning_rate=0.05, decay_steps=1, "
        "decay_rate=0.0001), momentum=0.9, nesterov=True)",
    ),
    (
        "model.fit(",
        "fit(x, y, batch_size=32, nb_epoch=12, verbose=0, validation_data=validation_data)",
        "fit(x, y, batch_size=32, epochs=12, verbose=0, validation_data=validation_data)",
    ),
]
KERAS_2 = [("Adam(lr", "Adam(lr=0.003)", "Adam(learning_rate=0.003)")]


@pytest.mark.parametrize(
    ("name", "calls"), [("keras1_digits.py", KERAS_1), ("keras2_digits.py", KERAS_2), ("keras3_digits.py", [])]
)
def test_a_script_runs_as_it_stands(name: str, calls: list[tuple[str, str, str]]) -> None:
    """It trains and reaches what a small network reaches; each old call is told once, with its line and today's."""
    outcome = run(COMMAND, "run", name, cwd=SCRIPTS)
    assert outcome.returncode == 0, outcome.stderr
    assert accuracy(outcome.stdout) > 0.85
    told = [f"{line_of(SCRIPTS / name, where)}: {old} | {today}" for where, old, today in calls]
    heard = re.findall(rf"^  {re.escape(name)}:(\d+): (.*)\n    today (.*)$", outcome.stderr, re.MULTILINE)
    assert [f"{line}: {old} | {today}" for line, old, today in heard] == told
    first = [f"pellucid: {len(calls)} call{'s are' if len(calls) > 1 else ' is'} in an older spelling"] if calls else []
    assert [line.partition(" of Keras")[0] for line in outcome.stderr.splitlines()[:1]] == first


CHANGES = {
    "keras1_digits.py": {"from keras": "from pellucid"},
    "keras2_digits.py": {"import keras": "import pellucid as keras", "from keras": "from pellucid"},
    "keras3_digits.py": {
        "import tensorflow as tf": "import pellucid",
        "from tensorflow import keras": "import pellucid as keras",
        "from tensorflow.keras import": "from pellucid import",
        "tf.random.set_seed": "pellucid.set_random_seed",
        "tf.keras": "pellucid",
    },
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_script_runs_with_its_imports_changed(name: str, tmp_path: Path) -> None:
    text = (SCRIPTS / name).read_text()
    for old, new in CHANGES[name].items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / name).write_text(text)
    outcome = run(sys.executable, name, cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert accuracy(outcome.stdout) > 0.85


def test_the_same_seed_gives_the_same_numbers_either_way(tmp_path: Path) -> None:
    """`pellucid run` changes nothing but the imports."""
    text = (SCRIPTS / "keras3_digits.py").read_text()
    for old, new in CHANGES["keras3_digits.py"].items():
        text = text.replace(old, new)
    (tmp_path / "changed.py").write_text(text)
    changed = run(sys.executable, "changed.py", "1", cwd=tmp_path)
    assert changed.stdout.startswith("Test loss: ")
    assert run(COMMAND, "run", "keras3_digits.py", "1", cwd=SCRIPTS).stdout == changed.stdout


PLACES = [os.environ.get("PELLUCID_MNIST"), Path(__file__).parents[3] / "shared" / "data" / "mnist"]
MNIST = next((Path(place) for place in PLACES if place and Path(place).is_dir()), None)


@pytest.mark.skipif(MNIST is None, reason="set PELLUCID_MNIST to a folder with the four MNIST files")
def test_a_script_of_keras_1_on_mnist() -> None:
    """The folder is given on the command line; the history is read under the name of that time."""
    outcome = run(COMMAND, "run", "keras1_mnist.py", str(MNIST), cwd=SCRIPTS)
    assert outcome.returncode == 0, outcome.stderr
    assert "Filters: 32 of 3x3\n" in outcome.stdout
    assert accuracy(outcome.stdout) > 0.88
    assert outcome.stdout.split()[-1] == f"{accuracy(outcome.stdout):.4f}"
    assert "today history['val_accuracy']" in outcome.stderr


# As Python does it --------------------------------------------------------------------------------------------------

PLAIN = {
    "what it is told": """
        import os, sys
        print(sys.argv, __name__, __file__, sys.path[0] == os.path.realpath(os.getcwd()))
        print(sys.modules["__main__"].__dict__ is globals())
        print("on the error stream", file=sys.stderr)
    """,
    "a module beside it": "import helper; print(helper.VALUE)",
    "an exception": """
        def inner():
            raise ValueError("no good")
        def outer():
            inner()
        outer()
    """,
    "a chain of exceptions": """
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError("because of that") from error
    """,
    "a syntax error": "x = = 2",
    "a missing module": "import no_such_module",
    "its own hook": """
        import sys
        sys.excepthook = lambda kind, value, traceback: print("hook", kind.__name__, value)
        raise KeyError("x")
    """,
    "end": "import sys; sys.exit()",
    "end with a number": "import sys; sys.exit(7)",
    "end with words": "import sys; sys.exit('so long')",
    "end from below": "import atexit; atexit.register(print, 'last words'); raise SystemExit(3)",
    "a warning": "import warnings; warnings.warn('careful')",
    "nothing": "",
    "a closed stream": "import sys; print('so far'); sys.stdout.flush(); sys.stdout.close(); sys.exit(4)",
    "threads": """
        import threading, time
        threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
        print("main")
    """,
}


@pytest.mark.parametrize("kind", PLAIN)
def test_a_script_without_keras_is_run_as_python_runs_it(kind: str, tmp_path: Path) -> None:
    """The same output, on both streams, and the same exit code; options behind the script are the script's."""
    written(tmp_path, "VALUE = 42", "helper.py")
    script = written(tmp_path, PLAIN[kind])
    options = ("--epochs", "3", "--help", "-x", "--debug", "--", "--version")
    ours, pythons = (run(*command, script, *options, cwd=tmp_path) for command in ((COMMAND, "run"), (sys.executable,)))
    assert (ours.returncode, ours.stdout, ours.stderr) == (pythons.returncode, pythons.stdout, pythons.stderr)


def test_from_another_folder(tmp_path: Path) -> None:
    """The script finds its own folder in sys.path, and the user's as the current one."""
    folder = tmp_path / "with spaces"
    folder.mkdir()
    written(folder, "VALUE = 42", "helper.py")
    written(folder, "import helper, os; print(helper.VALUE, os.path.basename(os.getcwd()))")
    outcome = run(COMMAND, "run", "with spaces/script.py", cwd=tmp_path)
    assert outcome.stdout == f"42 {tmp_path.name}\n"


def test_theanos_order_of_axes(tmp_path: Path) -> None:
    """Scripts that were written before there was another one say nothing about it."""
    script = written(
        tmp_path,
        """
        from keras import backend as K
        from keras.layers import Convolution2D
        from keras.models import Sequential
        print(K.image_dim_ordering(), Sequential([Convolution2D(4, 3, 3, input_shape=(1, 28, 28))]).output_shape)
        """,
    )
    assert run(COMMAND, "run", "--channels-first", script, cwd=tmp_path).stdout == "th (None, 4, 26, 26)\n"
    outcome = run(COMMAND, "run", script, "--channels-first", cwd=tmp_path)
    assert outcome.returncode == 1 and "ShapeError" in outcome.stderr
    assert "`pellucid run --channels-first` reads them so" in outcome.stderr


def test_for_which_keras_it_was_written(tmp_path: Path) -> None:
    """Settles two bare numbers and what is not said; without it the script stops, and the option is named."""
    script = written(
        tmp_path,
        """
        from keras.layers import Conv2D
        from keras.optimizers import Adadelta
        print(Adadelta().learning_rate, Conv2D(4, 3, 3).strides)
        """,
    )
    assert run(COMMAND, "run", "--keras", "2", script, cwd=tmp_path).stdout == "1.0 (1, 1)\n"
    outcome = run(COMMAND, "run", "--keras", "3", script, cwd=tmp_path)
    assert (outcome.stdout, outcome.stderr) == ("0.001 (3, 3)\n", "")
    outcome = run(COMMAND, "run", script, cwd=tmp_path)
    assert outcome.returncode == 1 and "`pellucid run --keras 2` or `--keras 3` says" in outcome.stderr
    assert run(COMMAND, "run", "--keras", "4", script, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("name", ["missing.py", "."])
def test_a_script_that_is_not_there(name: str, tmp_path: Path) -> None:
    outcome = run(COMMAND, "run", name, cwd=tmp_path)
    assert outcome.returncode == 2 and name in outcome.stderr and not outcome.stdout


def test_ctrl_c_ends_it_with_its_place_and_130(tmp_path: Path) -> None:
    """And what was translated until then is told."""
    script = written(
        tmp_path,
        """
        import time
        from keras.layers import Dropout
        Dropout(p=0.5)
        print("ready", flush=True)
        time.sleep(60)
        """,
    )
    process = subprocess.Popen(
        [COMMAND, "run", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, heard = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    assert process.returncode == 130
    assert heard.startswith("interrupted at script.py:6\n")
    assert "Traceback" not in heard
    assert "script.py:4: Dropout(p=0.5)\n    today Dropout(rate=0.5)" in heard


# What is said about old spellings -----------------------------------------------------------------------------------


def test_each_old_call_is_told_once_also_when_the_script_fails(tmp_path: Path) -> None:
    written(tmp_path, "from keras.layers import Dense\ndef head(n):\n    return Dense(output_dim=n)\n", "parts.py")
    script = written(
        tmp_path,
        """
        from keras.layers import Deconvolution2D, Dropout
        from parts import head
        for _ in range(3):
            Dropout(p=0.5)
        head(3), head(3), head(4)
        Deconvolution2D(3, 3, 3, (None, 3, 8, 8))
        raise ValueError("failed")
        """,
    )
    outcome = run(COMMAND, "run", script, cwd=tmp_path)
    assert outcome.returncode == 1 and outcome.stdout == ""
    traceback, _, told = outcome.stderr.partition("pellucid: ")
    assert traceback.endswith("ValueError: failed\n")
    assert told.splitlines() == [
        "4 calls are in an older spelling of Keras; in today's:",
        "  parts.py:3: Dense(output_dim=3)",
        "    today Dense(units=3)",
        "  parts.py:3: Dense(output_dim=4)",
        "    today Dense(units=4)",
        "  script.py:5: Dropout(p=0.5)",
        "    today Dropout(rate=0.5)",
        "  script.py:7: Deconvolution2D(3, 3, 3, (None, 3, 8, 8))",
        "    today Conv2DTranspose(3, (3, 3))",
        "    (output_shape: the size of the output follows from strides and padding)",
        "pellucid: read as written for Keras 1 (Deconvolution2D in line 2, p in line 5); what it leaves unsaid is what "
        "it was there, `--keras 3` for today's",
    ]


def test_a_mistake_of_both_spellings_is_a_traceback(tmp_path: Path) -> None:
    script = written(tmp_path, "import keras\nkeras.layers.Conv2D(32, 3, 3)\n")
    outcome = run(COMMAND, "run", script, cwd=tmp_path)
    assert outcome.returncode == 1
    assert 'script.py", line 2' in outcome.stderr and "can be read in two ways" in outcome.stderr


# What is not there --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_said_before_anything_runs(tmp_path: Path) -> None:
    """Each with its line; what is caught, depends on the backend or is called by nobody is left alone."""
    script = written(
        tmp_path,
        """
        print("started")
        import keras
        from keras import backend as K
        from keras.layers import Dense, LSTM
        import tensorflow as tf
        try:
            from keras.layers import GRU
        except ImportError:
            GRU = None
        if K.backend() == "theano":
            K.theano_things()
        def never():
            return tf.raw_ops.Abs(x=1)
        layers = tf.keras.layers
        def model():
            return layers.Hashing(3), tf.no_such_thing
        class Gan(keras.Model):
            def train_step(self, data):
                return {}
        model()
        """,
    )
    lines = [
        "  script.py:5: there is no LSTM: Pellucid is for convolutional networks",
        "  script.py:17: there is no Hashing",
        "  script.py:17: tensorflow.no_such_thing",
        "  script.py:19: Gan.train_step is a training step written by hand, which fit does not call; write the loop",
    ]
    for options in ([], ["--check"]):
        outcome = run(COMMAND, "run", *options, script, cwd=tmp_path)
        assert (outcome.returncode, outcome.stdout) == (1, "")
        first, *told = outcome.stderr.splitlines()
        assert first.startswith("pellucid: script.py asks for 4 things that are not here")
        assert [line.startswith(start) for line, start in zip(told, lines, strict=True)] == [True] * 4, told
    outcome = run(COMMAND, "run", "--no-check", script, cwd=tmp_path)
    assert (outcome.returncode, outcome.stdout) == (1, "started\n") and "ImportError" in outcome.stderr


def test_a_look_alone_runs_nothing(tmp_path: Path) -> None:
    script = written(tmp_path, "from keras.layers import Dense\nprint(1)\nDense(output_dim=3)\n")
    outcome = run(COMMAND, "run", "--check", script, cwd=tmp_path)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        "script.py: every name of Keras's and TensorFlow's in it is there",
        "  written for Keras 1 (output_dim in line 3)",
    ]
