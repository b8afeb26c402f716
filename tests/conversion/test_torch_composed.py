"""State dictionaries that hold kernels in parts, or have older names: read as PyTorch computes with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations

from pellucid import Input, Sequential, layers
from pellucid.errors import FileError

SHAPE = (8, 5, 3)
WAYS = {
    "weight_norm of old": nn.utils.weight_norm,
    "weight_norm": parametrizations.weight_norm,
    "spectral_norm of old": nn.utils.spectral_norm,
    "spectral_norm": parametrizations.spectral_norm,
}


def _theirs(way: Any) -> nn.Module:
    torch.manual_seed(3)
    module = nn.Sequential(
        way(nn.Conv2d(3, 6, 3, padding=1)), nn.BatchNorm2d(6), nn.ReLU(), way(nn.ConvTranspose2d(6, 4, 3)),
        nn.Flatten(), way(nn.Linear(4 * 10 * 7, 5)),
    )  # fmt: skip
    with torch.no_grad():
        for _ in range(3):
            module(torch.randn(4, 3, 8, 5))  # so that statistics and singular vectors are no defaults
    return module.eval()


def _ours() -> Sequential:
    return Sequential([
        Input(SHAPE), layers.Conv2D(6, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5), layers.ReLU(),
        layers.Conv2DTranspose(4, 3), layers.Flatten(), layers.Dense(5),
    ])  # fmt: skip


def _loaded(module: nn.Module, path: Path, renamed: dict[str, str] | None = None) -> Sequential:
    arrays = {}
    for name, tensor in module.state_dict().items():
        for old, new in (renamed or {}).items():
            name = name.replace(old, new)
        arrays[name] = tensor.contiguous()
    save_file(arrays, path)
    model = _ours()
    model.load_weights(path)
    return model


def _check_same(model: Sequential, module: nn.Module) -> None:
    x = np.random.default_rng(3).normal(size=(2, *SHAPE)).astype(np.float32)
    with torch.no_grad():
        wanted = module(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=0, atol=2e-5 * np.abs(wanted).max())


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("name", WAYS)
def test_kernels_in_parts(name: str, tmp_path: Path) -> None:
    module = _theirs(WAYS[name])
    _check_same(_loaded(module, tmp_path / "torch.safetensors"), module)


@pytest.mark.parametrize(
    "names",
    [
        {"1.weight": "1.gamma", "1.bias": "1.beta"},
        {"1.running_mean": "1.moving_mean", "1.running_var": "1.moving_variance"},
    ],
)
def test_names_of_normalisations(names: dict[str, str], tmp_path: Path) -> None:
    module = _theirs(lambda layer: layer)
    _check_same(_loaded(module, tmp_path / "torch.safetensors", names), module)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"weight_g": (6, 1, 1, 2), "weight_v": (6, 3, 3, 3)}, "lengths .* do not fit directions"),
        ({"weight_g": (6, 1, 1, 1), "weight_v": (0,)}, "do not fit"),
        ({"weight_orig": (6, 3, 3, 3), "weight_u": (5,), "weight_v": (27,)}, "do not say which axis"),
        ({"weight_orig": (4, 4, 1, 1), "weight_u": (4,), "weight_v": (4,)}, "do not say which axis"),
    ],
)
def test_parts_that_do_not_fit(parts: dict[str, tuple[int, ...]], why: str, tmp_path: Path) -> None:
    arrays = {f"0.{name}": torch.ones(shape) for name, shape in parts.items()}
    save_file({**arrays, "1.weight": torch.ones(2, 2)}, tmp_path / "torch.safetensors")
    with pytest.raises(FileError, match=why):
        _ours().load_weights(tmp_path / "torch.safetensors")


def test_directions_of_no_length_are_refused(tmp_path: Path) -> None:
    arrays = {"0.weight_g": torch.ones(2, 1), "0.weight_v": torch.zeros(2, 3), "1.weight": torch.ones(2, 2)}
    save_file(arrays, tmp_path / "torch.safetensors")
    with pytest.raises(FileError, match="a direction of length 0"):
        _ours().load_weights(tmp_path / "torch.safetensors")
