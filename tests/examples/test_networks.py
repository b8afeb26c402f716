"""The networks in examples/ learn what they say, and come back from a file as they were."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pellucid import load_model

FOLDER = Path(__file__).parents[2] / "examples" / "networks"

# What each must reach, with room for another processor's last bits; what guessing gives is 0.1, 0.33 or about 0.2.
LEAST = {
    "fully_convolutional": 0.85,
    "lenet5": 0.93,
    "mobilenet": 0.9,
    "resnet": 0.93,
    "shufflenet": 0.9,
    "signals_1d": 0.95,
    "squeezenet": 0.85,
    "unet": 0.8,
    "vgg_small": 0.93,
    "volumes_3d": 0.9,
}


@pytest.fixture(autouse=True)
def examples_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the scripts were run from their folder."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in (*LEAST, "small_data"):
        sys.modules.pop(name, None)


def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_every_network_is_tried() -> None:
    """A new file cannot be forgotten here."""
    assert {path.stem for path in FOLDER.glob("*.py")} - {"small_data"} == set(LEAST)


@pytest.mark.parametrize("name", LEAST)
def test_learns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a user runs it; it says what it has reached."""
    reached = _module(name).main()
    assert reached >= LEAST[name]
    assert f"{reached:.1%}" in capsys.readouterr().out


@pytest.mark.parametrize("name", LEAST)
def test_engines_agree_and_files_hold_it(name: str, tmp_path: Path) -> None:
    """float32 against float64, within what rounding allows; the loaded model gives the same bits."""
    model = _module(name).build()
    shape = tuple(size or 16 for size in model.input_shape[1:])
    x = np.random.default_rng(0).random((3, *shape)).astype(np.float32)
    y = model.predict(x)
    np.testing.assert_allclose(y, model.predict(x, engine="reference"), atol=2e-5)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "model.keras").predict(x), y)
    model.summary(derive=True, print_fn=lambda text: None)
