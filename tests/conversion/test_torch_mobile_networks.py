"""Depthwise blocks with gates, called as timm calls them (conv_dw, bn1, se.conv_reduce): by shape and order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pellucid import Input, Model, conversion, layers

BLOCKS = ((8, 12, 2), (12, 12, 1), (12, 16, 2), (16, 16, 1))
"""Channels before and behind, and stride."""


class Gate(nn.Module):
    def __init__(self, channels: int, narrow: int) -> None:
        super().__init__()
        self.conv_reduce, self.conv_expand = nn.Conv2d(channels, narrow, 1), nn.Conv2d(narrow, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.conv_expand(torch.relu(self.conv_reduce(x.mean((2, 3), keepdim=True)))))


class Block(nn.Module):
    def __init__(self, before: int, behind: int, stride: int, gated: bool) -> None:
        super().__init__()
        wide = 6 * before
        self.conv_pw, self.bn1 = nn.Conv2d(before, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.conv_dw = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)
        self.se = Gate(wide, before // 4) if gated else nn.Identity()
        self.conv_pwl, self.bn3 = nn.Conv2d(wide, behind, 1, bias=False), nn.BatchNorm2d(behind)
        self.adds = stride == 1 and before == behind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.bn2(self.conv_dw(torch.relu(self.bn1(self.conv_pw(x))))))
        y = self.bn3(self.conv_pwl(self.se(y)))
        return x + y if self.adds else y


class Net(nn.Module):
    def __init__(self, gated: bool) -> None:
        super().__init__()
        self.conv_stem, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        made = [Block(*sizes, gated) for sizes in BLOCKS]
        self.blocks = nn.Sequential(nn.Sequential(*made[:2]), nn.Sequential(*made[2:]))
        self.conv_head, self.bn2 = nn.Conv2d(16, 72, 1, bias=False), nn.BatchNorm2d(72)
        self.classifier = nn.Linear(72, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(torch.relu(self.bn1(self.conv_stem(x))))
        return self.classifier(torch.relu(self.bn2(self.conv_head(x))).mean((2, 3)))


def here(gated: bool) -> Model:
    """The same in Pellucid's words, with names that nobody gave."""

    def normed(y, layer, active=True):
        y = layers.BatchNormalization(epsilon=1e-5)(layer(y))
        return layers.ReLU()(y) if active else y

    def pointwise(filters):
        return layers.Conv2D(filters, 1, use_bias=False)

    x = Input((17, 25, 3))
    y = normed(x, layers.Conv2D(8, 3, strides=2, padding=1, use_bias=False))
    for before, behind, stride in BLOCKS:
        z = normed(y, pointwise(6 * before))
        z = normed(z, layers.DepthwiseConv2D(3, strides=stride, padding=1, use_bias=False))
        if gated:
            gate = layers.Conv2D(before // 4, 1, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(z))
            z = layers.Multiply()([z, layers.Conv2D(6 * before, 1, activation="sigmoid")(gate)])
        z = normed(z, pointwise(behind), active=False)
        y = layers.Add()([y, z]) if stride == 1 and before == behind else z
    y = layers.GlobalAveragePooling2D()(normed(y, pointwise(72)))
    return Model(x, layers.Dense(5)(y))


@pytest.mark.parametrize("gated", [False, True])
def test_predictions_are_the_same(gated: bool, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(2)
    module = Net(gated).eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.4)
            if name.endswith("running_var"):
                tensor.copy_(tensor.abs() + 0.5)
    save_file(module.state_dict(), tmp_path / "net.safetensors")
    model = here(gated)
    conversion.load_weights(model, tmp_path / "net.safetensors")
    x = np.random.default_rng(0).normal(size=(2, 17, 25, 3)).astype(np.float32)
    with torch.no_grad():
        wanted = module(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())
