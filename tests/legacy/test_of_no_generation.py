"""Scripts that do not tell for which Keras they were written: what they leave unsaid, and signs of their time."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pellucid import layers, legacy, optimizers
from pellucid.legacy.recognition import recognise

PLAIN = """
    import numpy as np
    from keras.models import Sequential
    from keras.layers import Dense

    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("adadelta", "mse")
    print(f"{float(np.asarray(model.optimizer.learning_rate)):.3f}")
    """


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script of these lines to its end."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "pellucid", "run", *options, script.name]
    return subprocess.run(command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=60)


def test_a_rate_that_was_another_is_told_where_nothing_tells_the_keras(tmp_path: Path) -> None:
    done = run(tmp_path, PLAIN)
    assert done.stdout == "0.001\n"
    assert "nothing in script.py tells for which Keras" in done.stderr
    assert "script.py:7: Adadelta is today's; in Keras 1 and 2: learning_rate=1.0" in done.stderr


@pytest.mark.parametrize(("options", "rate"), [(("--keras", "2"), "1.000"), (("--keras", "3"), "0.001")])
def test_who_says_the_keras_is_not_asked(tmp_path: Path, options: tuple[str, str], rate: str) -> None:
    done = run(tmp_path, PLAIN, *options)
    assert done.stdout == f"{rate}\n"
    assert "nothing in script.py tells" not in done.stderr


def test_a_rate_that_is_given_or_the_same_is_nothing_to_tell() -> None:
    with legacy.collected() as found:
        optimizers.Adadelta(learning_rate=0.5)
        optimizers.Adam()
        layers.Dense(2)
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from StringIO import StringIO",
        "import cPickle as pickle",
        "from scipy.misc import imread",
        "import scipy.misc\nscipy.misc.imsave('a.png', x)",
        "from scipy import misc\nmisc.imresize(x, 0.5)",
    ],
)
def test_what_went_before_keras_2_4_is_a_sign_of_older_kerases(line: str) -> None:
    assert recognise(ast.parse(f"from keras.layers import Dense\n{line}")).keras == 2
    assert recognise(ast.parse(f"from tensorflow.keras.layers import Dense\n{line}")).keras == 3
    assert recognise(ast.parse(f"from keras.layers import RandomFlip\n{line}")).keras == 3


@pytest.mark.parametrize("line", ["import misc\nmisc.show(x)", "from scipy.misc import comb", "import pickle"])
def test_what_there_still_is_is_no_sign(line: str) -> None:
    assert recognise(ast.parse(f"from keras.layers import Dense\n{line}")).keras is None


def test_targets_in_theanos_order_are_asked_about_too(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        import numpy as np
        from keras.models import Sequential
        from keras.layers import Convolution2D

        x = np.zeros((4, 1, 8, 8))
        model = Sequential([Convolution2D(1, 3, 3, border_mode="same", input_shape=(1, 8, 8))])
        model.compile("sgd", "mse")
        model.fit(x, np.zeros((4, 1, 8, 9)))
        """,
    )
    assert done.returncode == 1
    assert "--channels-first" in done.stderr
