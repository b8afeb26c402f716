"""State dictionaries of PyTorch's onto models: the same predictions, on maps that are not square; else a refusal."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pellucid import Input, Model, Sequential, conversion, layers
from pellucid.errors import FileError

SHAPE = (10, 7, 3)


def seeded(module: nn.Module) -> nn.Module:
    """The module with weights and statistics that are no defaults, in the form for predictions."""
    generator = torch.Generator().manual_seed(7)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.4)
            if name.endswith("running_var"):
                tensor.copy_(tensor.abs() + 0.5)
    return module.eval()


def stored(module: nn.Module, path: Path, dtype: torch.dtype = torch.float32) -> Path:
    """The state dictionary in a safetensors file, which sorts the names."""
    arrays = {name: t.to(dtype) if t.is_floating_point() else t for name, t in module.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in arrays.items()}, path)
    return path


def assert_same(model: Model, module: nn.Module, shape: tuple[int, ...] = SHAPE, tolerance: float = 2e-5) -> None:
    """Both give the same numbers for the same image; results that are maps have their channels turned."""
    x = np.random.default_rng(3).normal(size=(2, *shape)).astype(np.float32)
    with torch.no_grad():
        wanted = module(torch.from_numpy(np.moveaxis(x, -1, 1).copy() if len(shape) > 1 else x)).numpy()
    got = model.predict(x, verbose=0)
    got = np.moveaxis(got, -1, 1) if got.ndim > 2 else got
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


def vgg_like() -> nn.Module:
    """Names as torchvision's VGG has them: the classifier sorts before the features."""
    features = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(),
    )  # fmt: skip
    classifier = nn.Sequential(nn.Linear(8 * 5 * 3, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16), nn.Linear(16, 4))
    module = nn.Sequential(OrderedDict(features=features, flat=nn.Flatten(), classifier=classifier))
    return seeded(module)


def vgg_here() -> Sequential:
    """The same, in Pellucid's words."""
    return Sequential([
        Input(SHAPE), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5), layers.ReLU(),
        layers.MaxPooling2D(2), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5),
        layers.ReLU(), layers.Conv2D(8, 3, padding="same", activation="relu"), layers.Flatten(),
        layers.Dense(16, activation="relu"), layers.Dropout(0.5), layers.Dense(16), layers.Dense(4),
    ])  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_by_shape_and_order(dtype: torch.dtype, tmp_path: Path) -> None:
    """Numbers in names say the order; rows behind the flattened map are reordered; other types become float32."""
    module, model = vgg_like(), vgg_here()
    path = stored(module, tmp_path / "vgg.safetensors", dtype)
    report = conversion.load_weights(model, path)
    module.to(dtype).to(torch.float32)
    assert_same(model, module)
    assert report.count("missing") == 0 and report.count("left out") == 2  # num_batches_tracked, twice
    assert not report.lost
    changed = [row for row in report.rows if "became float32" in row.why]
    assert len(changed) == (0 if dtype is torch.float32 else sum(not r.source.endswith("tracked") for r in report.rows))


class Block(nn.Module):
    """As in torchvision's ResNets: two ways that meet."""

    def __init__(self, before: int, filters: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        if bottleneck:
            self.conv1 = nn.Conv2d(before, filters, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(filters)
            self.conv2 = nn.Conv2d(filters, filters, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(filters)
            self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(4 * filters)
        else:
            self.conv1 = nn.Conv2d(before, filters, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(filters)
            self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(filters)
        last = filters * (4 if bottleneck else 1)
        self.bottleneck = bottleneck
        self.downsample = (
            nn.Sequential(nn.Conv2d(before, last, 1, stride, bias=False), nn.BatchNorm2d(last))
            if stride > 1 or before != last
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.bottleneck:
            y = self.bn3(self.conv3(torch.relu(y)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """A small one."""

    def __init__(self, bottleneck: bool) -> None:
        super().__init__()
        wide = 4 if bottleneck else 1
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8, 1, bottleneck), Block(8 * wide, 8, 1, bottleneck))
        self.layer2 = nn.Sequential(Block(8 * wide, 16, 2, bottleneck), Block(16 * wide, 16, 1, bottleneck))
        self.fc = nn.Linear(16 * wide, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


def resnet_here(bottleneck: bool, shortcut_first: bool) -> Model:
    """The same; the order in which the two ways are written must not matter."""

    def normed(y, filters, size, stride=1):
        y = layers.Conv2D(filters, size, strides=stride, padding=size // 2, use_bias=False)(y)
        return layers.BatchNormalization(epsilon=1e-5)(y)

    def block(x, filters, stride):
        last = filters * (4 if bottleneck else 1)
        needs = stride > 1 or x.shape[-1] != last
        short = normed(x, last, 1, stride) if needs and shortcut_first else x
        narrow, plain = [(filters, 1, 1), (filters, 3, stride), (last, 1, 1)], [(filters, 3, stride), (filters, 3, 1)]
        sizes = narrow if bottleneck else plain
        y = x
        for place, (count, size, step) in enumerate(sizes):
            y = normed(y, count, size, step)
            y = layers.ReLU()(y) if place < len(sizes) - 1 else y
        short = normed(x, last, 1, stride) if needs and not shortcut_first else short
        return layers.ReLU()(layers.Add()([y, short]))

    x = Input(SHAPE)
    y = layers.ReLU()(normed(x, 8, 3))
    for filters, stride in ((8, 1), (8, 1), (16, 2), (16, 1)):
        y = block(y, filters, stride)
    return Model(x, layers.Dense(5)(layers.GlobalAveragePooling2D()(y)))


@pytest.mark.parametrize("shortcut_first", [False, True])
@pytest.mark.parametrize("bottleneck", [False, True])
def test_residual_networks(bottleneck: bool, shortcut_first: bool, tmp_path: Path) -> None:
    """What has one shape on both ways is told apart by what stands beside it."""
    module = seeded(ResNet(bottleneck))
    model = resnet_here(bottleneck, shortcut_first)
    conversion.load_weights(model, stored(module, tmp_path / "resnet.safetensors"))
    assert_same(model, module)


def test_depthwise_transposed_grouped(tmp_path: Path) -> None:
    """As timm calls them; kernels of all kinds are turned as they lie."""
    module = seeded(nn.Sequential(OrderedDict(
        conv_dw=nn.Conv2d(3, 6, 3, groups=3), prelu=nn.PReLU(6), conv_pw=nn.Conv2d(6, 8, 1, bias=False),
        grouped=nn.Conv2d(8, 8, (3, 2), groups=2), up=nn.ConvTranspose2d(8, 5, (3, 2), stride=(2, 2)),
        norm=nn.GroupNorm(1, 5), flat=nn.Flatten(), last_norm=nn.BatchNorm1d(5 * 13 * 8), head=nn.Linear(5 * 13 * 8, 4),
    )))  # fmt: skip
    model = Sequential([
        Input(SHAPE), layers.DepthwiseConv2D(3, depth_multiplier=2), layers.PReLU(shared_axes=[1, 2]),
        layers.Conv2D(8, 1, name="pw"), layers.Conv2D(8, (3, 2), groups=2),
        layers.Conv2DTranspose(5, (3, 2), strides=2), layers.GroupNormalization(1, epsilon=1e-5), layers.Flatten(),
        layers.BatchNormalization(epsilon=1e-5),
        layers.Dense(4),
    ])  # fmt: skip
    x = np.zeros((1, *SHAPE), np.float32)
    assert module(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).shape == (1, 4)
    report = conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
    assert [row.target for row in report.rows if "has no bias: 0 computes the same" in row.why] == ["pw/bias"]
    assert_same(model, module)


@pytest.mark.parametrize("rank", [1, 3])
def test_one_and_three_axes(rank: int, tmp_path: Path) -> None:
    """Sequences and volumes, flattened behind pooling."""
    convolution, pool = (nn.Conv1d, nn.MaxPool1d(2)) if rank == 1 else (nn.Conv3d, nn.MaxPool3d(2))
    shape = (9, 3) if rank == 1 else (9, 7, 6, 3)
    left = 3 if rank == 1 else 3 * 2 * 2
    module = seeded(nn.Sequential(convolution(3, 4, 3), pool, nn.Flatten(), nn.Dropout(), nn.Linear(4 * left, 5)))
    here = layers.Conv1D if rank == 1 else layers.Conv3D
    pooled = layers.MaxPooling1D(2) if rank == 1 else layers.MaxPooling3D(2)
    model = Sequential([Input(shape), here(4, 3), pooled, layers.Flatten(), layers.Dropout(0.5), layers.Dense(5)])
    conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
    assert_same(model, module, shape)


def test_a_decoder(tmp_path: Path) -> None:
    """The columns of a matrix whose result becomes a map are reordered, with what normalises them."""
    module = seeded(nn.Sequential(
        nn.Linear(4, 6 * 3 * 2), nn.BatchNorm1d(36), nn.ReLU(), nn.Unflatten(1, (6, 3, 2)), nn.Conv2d(6, 2, 2)
    ))  # fmt: skip
    model = Sequential([
        Input((4,)), layers.Dense(36), layers.BatchNormalization(epsilon=1e-5), layers.ReLU(),
        layers.Reshape((3, 2, 6)), layers.Conv2D(2, 2),
    ])  # fmt: skip
    conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
    assert_same(model, module, (4,))


def test_channels_first_needs_no_reordering(tmp_path: Path) -> None:
    """A model with channels first flattens as PyTorch does."""
    module = seeded(nn.Sequential(nn.Conv2d(3, 4, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 4 * 2, 5)))
    model = Sequential([
        Input((3, 10, 7)), layers.Conv2D(4, 3, data_format="channels_first"),
        layers.AveragePooling2D(2, data_format="channels_first"), layers.Flatten(), layers.Dense(5),
    ])  # fmt: skip
    conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
    x = np.random.default_rng(3).normal(size=(2, 3, 10, 7)).astype(np.float32)
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=2e-5, atol=2e-5)


def twins() -> nn.Module:
    return seeded(nn.Sequential(OrderedDict(second=nn.Linear(4, 4), first=nn.Linear(4, 4))))


def test_what_could_be_either_is_not_guessed(tmp_path: Path) -> None:
    """Names without numbers say no order; a map does, and so do layers of these names."""
    module = twins()
    path = stored(module, tmp_path / "m.safetensors")
    model = Sequential([Input((4,)), layers.Dense(4, name="a"), layers.Dense(4, name="b")])
    before = model.get_weights()
    with pytest.raises(FileError, match=r"could be any of 'first', 'second'.*names=\{'first': 'a'"):
        model.load_weights(path)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    conversion.load_weights(model, path, names={"second": "a", "first.weight": "b/kernel"})
    assert_same(model, module, (4,))
    named = Sequential([Input((4,)), layers.Dense(4, name="second"), layers.Dense(4, name="first")])
    named.load_weights(path)
    assert_same(named, module, (4,))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"secnd": "a"}, "the file has no 'secnd'; the nearest is 'second'"),
        ({"second": "aa"}, "the model has no 'aa' with weights"),
        ({"second": "a", "first": "a"}, "needs|two"),
        ({"second": "c"}, r"'second' has .*\(4, 4\).*'c' needs .*\(3, 4\)"),
    ],
)
def test_maps_that_are_wrong(names: dict[str, str], words: str, tmp_path: Path) -> None:
    model = Sequential([Input((4,)), layers.Dense(4, name="a"), layers.Dense(3, name="c")])
    with pytest.raises(FileError, match=words):
        conversion.load_weights(model, stored(twins(), tmp_path / "m.safetensors"), names=names)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Arrays that no layer takes, and layers that find none: nothing changes, unless both are wanted so."""
    module = seeded(nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 7), nn.Linear(7, 2)))
    path = stored(module, tmp_path / "m.safetensors")
    model = Sequential([Input((4,)), layers.Dense(4), layers.Dense(7), layers.Dense(3, name="head")])
    before = model.get_weights()
    with pytest.raises(FileError, match=r"head/kernel.*no module in the file has what it needs, weight \(3, 7\)"):
        model.load_weights(path)
    with pytest.warns(UserWarning, match="head/kernel"):
        model.load_weights(path, skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[-2], before[-2])
    np.testing.assert_array_equal(model.get_weights()[2], module[1].weight.detach().numpy().T)


def test_what_a_file_does_not_say_is_said(tmp_path: Path) -> None:
    """Epsilon, and padding at a stride: arrays fit whatever these are."""
    module = seeded(nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.BatchNorm2d(4)))
    model = Sequential([Input((10, 8, 3)), layers.Conv2D(4, 3, strides=2, padding="same"), layers.BatchNormalization()])
    with pytest.warns(UserWarning, match=r"pads more behind than before.*epsilon=0.001; PyTorch's default is 1e-05"):
        model.load_weights(stored(module, tmp_path / "m.safetensors"))


def test_a_bias_too_many_is_refused(tmp_path: Path) -> None:
    """A layer without a bias cannot hold one; the module that comes nearest is named."""
    module = seeded(nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4))))
    chain = [Input(SHAPE), layers.Conv2D(4, 3, use_bias=False, name="c"), layers.BatchNormalization(epsilon=1e-5)]
    with pytest.raises(FileError, match=r"c/kernel: no module.*'stem' has .*weight \(4, 3, 3, 3\)"):
        Sequential(chain).load_weights(stored(module, tmp_path / "m.safetensors"))


@pytest.mark.parametrize("extra", ["pos_embed", "0.weight_g", "1.parametrizations.weight.original0"])
def test_arrays_of_no_module_are_refused(extra: str, tmp_path: Path) -> None:
    """Whatever is in a file and not understood is not passed over."""
    arrays = {"0.weight": torch.ones(2, 4), "0.bias": torch.ones(2), extra: torch.ones(3)}
    save_file(arrays, tmp_path / "m.safetensors")
    with pytest.raises(FileError, match=extra.rpartition(".")[2]):
        Sequential([Input((4,)), layers.Dense(2)]).load_weights(tmp_path / "m.safetensors")


def test_a_state_dictionary_in_files_of_numpy(tmp_path: Path) -> None:
    """Names say how arrays lie, whatever the file."""
    module, model = vgg_like(), vgg_here()
    np.savez(tmp_path / "m.npz", **{name: tensor.numpy() for name, tensor in module.state_dict().items()})
    conversion.load_weights(model, tmp_path / "m.npz")
    assert_same(model, module)


def test_many_modules_are_found_at_once(tmp_path: Path) -> None:
    """A hundred layers alike, in the order of their numbers, not of the alphabet."""
    module = seeded(nn.Sequential(*(nn.Linear(3, 3) for _ in range(100))))
    model = Sequential([Input((3,)), *(layers.Dense(3) for _ in range(100))])
    conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
    for layer, linear in zip(model.layers, module, strict=True):
        np.testing.assert_array_equal(layer.kernel.numpy(), linear.weight.detach().numpy().T)


class Blocks(nn.Module):
    """A chain of parts as wide as each other, in which norms come behind the convolutions or before them."""

    def __init__(self, before: bool, stem: str, norm: str) -> None:
        super().__init__()
        self.before, self.ends = before, (stem, norm)
        self.add_module(stem, nn.Conv2d(3, 8, 3))
        self.blocks = nn.Sequential(*(
            nn.Sequential(OrderedDict(bn1=nn.BatchNorm2d(8), conv1=nn.Conv2d(8, 8, 1), bn2=nn.BatchNorm2d(8),
                                      conv2=nn.Conv2d(8, 8, 3))) for _ in range(2)))  # fmt: skip
        self.add_module(norm, nn.BatchNorm2d(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, last = getattr(self, self.ends[0])(x), getattr(self, self.ends[1])
        x = x if self.before else last(x)
        for block in self.blocks:
            for number in "12":
                norm, convolution = getattr(block, f"bn{number}"), getattr(block, f"conv{number}")
                x = convolution(norm(x)) if self.before else norm(convolution(x))
        return last(x) if self.before else x


@pytest.mark.parametrize("before", [False, True])
def test_norms_before_or_behind_are_not_guessed(before: bool, tmp_path: Path) -> None:
    """One chain of layers, two ways to call its norms: refused, unless the numbers in the names tell."""
    chain = [Input(SHAPE), layers.Conv2D(8, 3)]
    for size in (1, 3, 1, 3):
        chain += [layers.BatchNormalization(epsilon=1e-5), layers.Conv2D(8, size)]
    chain.append(layers.BatchNormalization(epsilon=1e-5))
    model = Sequential(chain)
    path = stored(seeded(Blocks(before, "stem", "bn")), tmp_path / "m.safetensors")
    with pytest.raises(FileError, match="could be any of"):
        model.load_weights(path)
    if not before:
        module = seeded(Blocks(before, "conv1", "bn1"))
        conversion.load_weights(model, stored(module, tmp_path / "m.safetensors"))
        assert_same(model, module, tolerance=1e-4)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "longer"), [(3, 2, 1, 1), (4, 2, 1, 0), (5, 3, 1, 0), (2, 3, 0, 1)]
)
def test_transposed_convolutions_that_are_cut(
    kernel: int, stride: int, padding: int, longer: int, tmp_path: Path
) -> None:
    """Where "same" cuts off as PyTorch's numbers do, both compute the same; else it is said, and how to have it."""
    module = torch.nn.ConvTranspose2d(3, 4, kernel, stride, padding, longer)
    save_file(module.state_dict(), tmp_path / "up.safetensors")
    x = np.random.default_rng(1).normal(size=(2, 5, 4, 3)).astype(np.float32)
    theirs = np.moveaxis(module(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).detach().numpy(), 1, -1)
    model = Sequential([layers.Input((5, 4, 3)), layers.Conv2DTranspose(4, kernel, strides=stride, padding="same")])
    if (kernel - stride) % 2 and kernel > stride:
        with pytest.warns(UserWarning, match="cuts off more behind than before.*padding='valid' here"):
            model.load_weights(tmp_path / "up.safetensors")
        bare = layers.Conv2DTranspose(4, kernel, strides=stride, padding="valid")
        model = Sequential([layers.Input((5, 4, 3)), bare, layers.Cropping2D(((1, 0), (1, 0)))])
    model.load_weights(tmp_path / "up.safetensors")
    np.testing.assert_allclose(model.predict(x, verbose=0), theirs, rtol=0, atol=2e-6)
