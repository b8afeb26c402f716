"""Networks that PyTorch wrote as ONNX, old versions and new: read channels last, equal to PyTorch, nothing moved about.

Maps are not square, so that rows and columns that change places show.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from pellucid import layers, optimizers
from pellucid.conversion.onnx.loading import to_model
from pellucid.conversion.report import Report
from pellucid.formats.onnx_file import read_onnx
from pellucid.models import Model

BATCH = 2


class Block(nn.Module):
    """Two convolutions and a way past them."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.past = nn.Conv2d(channels, filters, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Any) -> Any:
        return torch.relu(self.conv2(torch.relu(self.bn1(self.conv1(x)))) + self.past(x))


class ResNet(nn.Module):
    """Padding at stride 2 on both sides, sizes rounded up, global pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, 8, 7, 2, 3), nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 12, 2))
        self.mean, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(12, 5)

    def forward(self, x: Any) -> Any:
        x = self.blocks(self.pool(torch.relu(self.bn(self.stem(x)))))
        return self.fc(torch.flatten(self.mean(x), 1))


class Shuffle(nn.Module):
    """Channels cut, shuffled and joined; a dense layer on what is left of the maps, with a norm between."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.depthwise = nn.Conv2d(3, 6, 1), nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.bn, self.fc = nn.BatchNorm1d(6 * 5 * 7), nn.Linear(6 * 5 * 7, 4)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        n, c, rows, columns = x.shape
        x = x.view(n, 2, c // 2, rows, columns).transpose(1, 2).contiguous().view(n, c, rows, columns)
        one, two = self.depthwise(x).chunk(2, 1)
        return self.fc(functional.leaky_relu(self.bn(torch.cat([two, one], 1).flatten(1)), 0.2))


class Excited(nn.Module):
    """Channels weighed by what all places say (squeeze and excitation)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.down, self.up = nn.Conv2d(3, 8, 3), nn.Linear(8, 4), nn.Linear(4, 8)

    def forward(self, x: Any) -> Any:
        x = functional.hardswish(self.conv(x))
        weights = torch.sigmoid(self.up(functional.relu6(self.down(x.mean((2, 3))))))
        return functional.silu(x * weights[:, :, None, None])


class UNet(nn.Module):
    """Down and up, by transposed convolution and by both kinds of enlarging; transposed convolution in groups."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.deep = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.up, self.out = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 3, 1)
        self.linear, self.nearest = nn.Upsample(scale_factor=2, mode="bilinear"), nn.Upsample(scale_factor=2)
        self.last = nn.ConvTranspose2d(3, 6, 3, 2, 1, output_padding=1, groups=3)

    def forward(self, x: Any) -> Any:
        x = functional.elu(self.down(x))
        y = functional.leaky_relu(self.deep(functional.max_pool2d(x, 2)))
        return self.last(self.nearest(self.linear(self.out(torch.cat([self.up(y), x], 1)))))


class Norms(nn.Module):
    """Normalisation in groups, by channel, by sample; a slope per channel; softmax over channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.groups, self.instance = (
            nn.Conv2d(3, 8, 3),
            nn.GroupNorm(4, 8),
            nn.InstanceNorm2d(8, affine=True),
        )
        self.whole, self.slope = nn.LayerNorm([8, 6, 7]), nn.PReLU(8)

    def forward(self, x: Any) -> Any:
        return functional.softmax(self.slope(self.whole(self.instance(self.groups(self.conv(x))))), 1)


class ConvNeXt(nn.Module):
    """PyTorch itself goes to channels last and back in this one: nothing of it is left."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.depthwise = nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 8, 7, padding=3, groups=8)
        self.norm, self.wide, self.narrow = nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8)
        self.gain, self.head = nn.Parameter(torch.rand(8)), nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        x = self.patches(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.gain * self.narrow(functional.gelu(self.wide(y)))
        return self.head((x + y.permute(0, 3, 1, 2)).mean([-2, -1]))


class Edges(nn.Module):
    """Reflected and circular padding, padding that counts in a mean, sizes rounded up, channels to places."""

    def __init__(self) -> None:
        super().__init__()
        self.mirror = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.ring = nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")

    def forward(self, x: Any) -> Any:
        x = functional.avg_pool2d(self.ring(self.mirror(x)), 3, 2, 1)
        x = functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        return functional.avg_pool2d(functional.pixel_shuffle(functional.pad(x, (1, 2, 0, 1)), 2), 2, ceil_mode=True)


class Signal(nn.Module):
    """Over time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool, self.fc = nn.Conv1d(4, 6, 3, dilation=2, padding=2), nn.MaxPool1d(3, 2), nn.Linear(6, 2)

    def forward(self, x: Any) -> Any:
        x = self.pool(torch.tanh(self.conv(x)))
        return functional.log_softmax(self.fc(functional.adaptive_avg_pool1d(x, 1).squeeze(-1)), -1)


class Volume(nn.Module):
    """Over volumes, flattened by reshape."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool, self.fc = nn.Conv3d(2, 4, (1, 3, 2), padding=(0, 1, 0)), nn.AvgPool3d(2), nn.Linear(48, 3)

    def forward(self, x: Any) -> Any:
        return self.fc(self.pool(functional.softplus(self.conv(x))).reshape(x.shape[0], -1))


NETWORKS: dict[type[nn.Module], tuple[tuple[int, ...], int]] = {
    ResNet: ((3, 37, 45), 0),
    Shuffle: ((3, 5, 7), 1),
    Excited: ((3, 9, 11), 0),
    UNet: ((2, 8, 12), 0),
    Norms: ((3, 8, 9), 0),
    ConvNeXt: ((3, 12, 20), 0),
    Edges: ((3, 13, 17), 1),
    Signal: ((4, 15), 0),
    Volume: ((2, 5, 6, 6), 0),
}
"""Each with the shape of a sample, and how many permutations it has of its own, which stay."""


def exported(network: nn.Module, x: torch.Tensor, opset: int, *, is_open: bool) -> tuple[Model, Report]:
    """What is read of the file that PyTorch writes."""
    file = io.BytesIO()
    options = {"dynamic_axes": {"x": {0: "n"}}} if is_open else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this way of writing is the old one
        torch.onnx.export(network, (x,), file, dynamo=False, opset_version=opset, input_names=["x"], **options)
    return to_model(read_onnx(file.getvalue()), network._get_name())


def made(kind: type[nn.Module]) -> nn.Module:
    """A network with averages and gains that are not those of the start."""
    torch.manual_seed(1)
    network = kind().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor in (module.running_mean, module.running_var, module.weight.data, module.bias.data):
                tensor.uniform_(0.5, 2)
    return network


@pytest.mark.parametrize("opset, is_open", [(17, True), (9, False)])
@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_a_network_of_pytorch(kind, opset, is_open):
    opset = 11 if kind is UNet and opset == 9 else opset  # before 11 PyTorch itself writes another way of enlarging
    shape, permutations = NETWORKS[kind]
    network, x = made(kind), torch.randn(BATCH, *shape)
    model, report = exported(network, x, opset, is_open=is_open)
    with torch.no_grad():
        right = network(x).numpy()
    right = np.moveaxis(right, 1, -1) if right.ndim > 2 else right
    found = model.predict(np.moveaxis(x.numpy(), 1, -1), verbose=0)
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-5 * max(1.0, np.abs(right).max()))
    assert sum(isinstance(layer, layers.Permute) for layer in model.layers) == permutations
    assert model.input_shape == (None, *shape[1:], shape[0])
    assert bool(report.lost) is not is_open  # that batches have one size


def test_names_weights_and_settings_are_those_of_the_modules():
    network = made(ResNet)
    model, report = exported(network, torch.randn(BATCH, 3, 37, 45), 9, is_open=True)
    names = [layer.name for layer in model.layers]
    assert {"stem", "blocks_0_conv1", "blocks_1_past", "fc"} <= set(names)
    kernel = network.blocks[1].past.weight.detach().numpy().transpose(2, 3, 1, 0)  # PyTorch folds norms into others
    np.testing.assert_array_equal(model.get_layer("blocks_1_past").kernel.numpy(), kernel)
    assert "Conv to Conv2D" in report.text() and report.count("left out") == 0


def test_the_optimiser_of_a_model_that_was_read_can_train_it():
    model, _ = exported(made(Shuffle), torch.randn(BATCH, 3, 5, 7), 17, is_open=True)
    model.compile(optimizers.SGD(1e-4), "mean_squared_error")
    x, y = np.random.default_rng(0).normal(size=(8, 5, 7, 3)), np.zeros((8, 4))
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
