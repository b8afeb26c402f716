"""Models as modules of PyTorch: the printed code is run there and gives our predictions; or the layer is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pellucid import Input, Model, Sequential, conversion, layers
from pellucid.errors import ArgumentError, FileError
from pellucid.layers import Layer

SHAPE = (10, 7, 3)
TOLERANCE = 2e-6


def with_numbers(model: Model) -> Model:
    """Weights and statistics that are no defaults."""
    generator = np.random.default_rng(5)
    for weight in model.weights:
        values = generator.normal(size=weight.shape) * 0.3
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model


def module_of(path: Path) -> torch.nn.Module:
    """The module that the code defines, with the weights beside it."""
    space: dict[str, object] = {"__name__": "written"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    (cls,) = [each for each in space.values() if isinstance(each, type) and each.__module__ == "written"]
    module = cls().eval()
    module.load_state_dict(load_file(path.with_suffix(".safetensors")))
    return module


def turned(x: np.ndarray, first: bool = False) -> torch.Tensor:
    return torch.from_numpy(np.moveaxis(x, -1, 1).copy() if x.ndim > 2 and not first else x)


def assert_same(model: Model, folder: Path, first: bool = False) -> str:
    """The code gives the model's predictions; returns the code."""
    with_numbers(model)
    path = folder / "net.py"
    conversion.export(model, path, "torch")
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=(2, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    wanted = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    with torch.no_grad():
        got = module_of(path)(*(turned(x, first) for x in inputs))
    theirs_all = [got] if isinstance(got, torch.Tensor) else got
    for mine, theirs in zip([wanted] if isinstance(wanted, np.ndarray) else wanted, theirs_all, strict=True):
        np.testing.assert_allclose(theirs, turned(mine, first), rtol=0, atol=TOLERANCE * max(1, np.abs(mine).max()))
    return path.read_text()


LAYERS: dict[str, Callable[[], Layer]] = {
    "same": lambda: layers.Conv2D(4, 3, padding="same", activation="relu"),
    "same, uneven": lambda: layers.Conv2D(4, (3, 2), strides=2, padding="same", activation="gelu"),
    "same, even kernel": lambda: layers.Conv2D(4, (4, 2), padding="same", activation="silu"),
    "full, dilated": lambda: layers.Conv2D(4, 3, padding="full", dilation_rate=(1, 2), use_bias=False),
    "amounts, reflected": lambda: layers.Conv2D(4, 3, padding=((1, 2), (0, 1)), padding_mode="reflect"),
    "replicated": lambda: layers.Conv2D(4, 3, padding=1, padding_mode="replicate", activation="softmax"),
    "circular, groups": lambda: layers.Conv2D(6, 3, padding=1, padding_mode="circular", groups=3, activation="mish"),
    "channel activation": lambda: layers.Conv2D(4, 3, activation=layers.PReLU(shared_axes=[1, 2])),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same", activation="tanh"),
    "separable": lambda: layers.SeparableConv2D(4, 3, depth_multiplier=2, padding="same", activation="elu"),
    "transposed": lambda: layers.Conv2DTranspose(4, 3, strides=2),
    "transposed, same": lambda: layers.Conv2DTranspose(4, (3, 4), strides=2, padding="same"),
    "transposed, short": lambda: layers.Conv2DTranspose(4, 1, strides=2),
    "transposed, longer": lambda: layers.Conv2DTranspose(4, 3, strides=(3, 2), padding="same", output_padding=1),
    "dense on maps": lambda: layers.Dense(4, activation="softplus"),
    "batch norm": lambda: layers.BatchNormalization(epsilon=0.01),
    "batch norm, shift": lambda: layers.BatchNormalization(scale=False),
    "batch norm, scale": lambda: layers.BatchNormalization(center=False),
    "batch norm, bare": lambda: layers.BatchNormalization(center=False, scale=False),
    "layer norm": lambda: layers.LayerNormalization(),
    "layer norm, scale": lambda: layers.LayerNormalization(center=False),
    "group norm": lambda: layers.GroupNormalization(3),
    "max pool": lambda: layers.MaxPooling2D((3, 2), strides=2, padding="same"),
    "mean pool": lambda: layers.AveragePooling2D(3, strides=2, padding="same"),
    "mean pool, valid": lambda: layers.AveragePooling2D((2, 3)),
    "global mean": lambda: layers.GlobalAveragePooling2D(),
    "global max": lambda: layers.GlobalMaxPooling2D(keepdims=True),
    "L2 pool": lambda: layers.LpPooling2D(3, strides=2, padding="same"),
    "L3 pool": lambda: layers.LpPooling2D((2, 3), p=3.0),
    "global L2": lambda: layers.GlobalLpPooling2D(),
    "adaptive mean": lambda: layers.AdaptiveAveragePooling2D((3, 4)),
    "adaptive max": lambda: layers.AdaptiveMaxPooling2D((4, 2)),
    "rms norm": lambda: layers.RMSNormalization(),
    "resizing": lambda: layers.Resizing(13, 5),
    "resizing, nearest": lambda: layers.Resizing(6, 16, interpolation="nearest"),
    "resizing, smaller": lambda: layers.Resizing(4, 3),
    "rescaling by channel": lambda: layers.Rescaling([1.0, 2.0, 3.0], [0.5, 0.0, -1.0]),
    "zero padding": lambda: layers.ZeroPadding2D(((1, 2), (0, 3))),
    "cropping": lambda: layers.Cropping2D(((1, 2), (0, 3))),
    "upsampling": lambda: layers.UpSampling2D((2, 3)),
    "upsampling, bilinear": lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"),
    "flatten": lambda: layers.Flatten(),
    "reshape": lambda: layers.Reshape((7, 5, 6)),
    "permute": lambda: layers.Permute((3, 1, 2)),
    "relu6": lambda: layers.ReLU(6.0),
    "leaky": lambda: layers.LeakyReLU(),
    "elu": lambda: layers.ELU(0.7),
    "softmax": lambda: layers.Softmax(),
    "softmax on rows": lambda: layers.Softmax(axis=1),
    "rescaling": lambda: layers.Rescaling(1 / 127.5, -1),
    "dropout": lambda: layers.SpatialDropout2D(0.3),
    "noise": lambda: layers.GaussianNoise(0.3),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str, tmp_path: Path) -> None:
    assert_same(Sequential([Input(SHAPE), LAYERS[name]()]), tmp_path)


ACTIVATIONS = [
    "celu", "exponential", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid",
    "log_softmax", "relu6", "selu", "sigmoid", "soft_shrink", "softsign", "swish", "tanh_shrink",
]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation: str, tmp_path: Path) -> None:
    assert_same(Sequential([Input((9,)), layers.Dense(6), layers.Activation(activation)]), tmp_path)


@pytest.mark.parametrize("rank", [1, 3])
def test_one_and_three_axes(rank: int, tmp_path: Path) -> None:
    shape = (9, 3) if rank == 1 else (6, 7, 5, 3)
    names = ("Conv", "MaxPooling", "UpSampling", "GlobalAveragePooling")
    kinds = {name: getattr(layers, f"{name}{rank}D") for name in names}
    chain = [Input(shape), kinds["Conv"](4, 3, padding="same", strides=2), layers.BatchNormalization(),
             kinds["UpSampling"](2), kinds["MaxPooling"](2, padding="same")]  # fmt: skip
    assert_same(Sequential([*chain, layers.Flatten(), layers.Dense(5)]), tmp_path)
    assert_same(Sequential([*chain, kinds["GlobalAveragePooling"]()]), tmp_path)


def test_behind_a_flattened_map_nothing_is_turned(tmp_path: Path) -> None:
    """The rows of the matrix are in PyTorch's order, and what normalises and bends them, so the code is plain."""
    code = assert_same(Sequential([
        Input(SHAPE), layers.Conv2D(4, 3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.5),
        layers.BatchNormalization(), layers.PReLU(), layers.Dense(5, activation="softmax"),
    ]), tmp_path)  # fmt: skip
    assert "movedim" not in code and ".flatten(1)" in code


def test_a_decoder_and_a_flattened_result(tmp_path: Path) -> None:
    assert "movedim" not in assert_same(
        Sequential([Input((4,)), layers.Dense(36, "relu"), layers.Reshape((3, 2, 6)), layers.Conv2D(2, 2)]), tmp_path
    )
    assert_same(Sequential([Input((12,)), layers.Reshape((3, 2, 2)), layers.Flatten()]), tmp_path)


def test_channels_first(tmp_path: Path) -> None:
    model = Sequential([
        Input((3, 10, 7)), layers.Conv2D(4, 3, data_format="channels_first", padding="same", strides=2),
        layers.BatchNormalization(axis=1), layers.MaxPooling2D(2, data_format="channels_first"), layers.Flatten(),
        layers.Dense(3),
    ])  # fmt: skip
    assert_same(model, tmp_path, first=True)


def branches() -> Model:
    """Two inputs, two outputs, a model inside that is used twice, operators, joins of all kinds."""
    inner = Sequential([Input((10, 7, 4)), layers.Conv2D(4, 3, padding="same", name="shared")], name="inner")
    a, b = Input(SHAPE, name="a"), Input((10, 7, 4), name="train")
    y = layers.Conv2D(4, 1, name="forward")(a)
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    y = layers.Multiply()([inner(y), gate])
    z = layers.Maximum()([inner(b), y]) - 0.5 * layers.Average()([b, y])
    z = layers.Concatenate()([z, y, layers.Cropping2D(((0, 10), (0, 0)))(layers.Concatenate(axis=1)([b, b]))])
    head = layers.Dense(2)(layers.Flatten()(layers.AveragePooling2D(2)(z)))
    return Model([a, b], [z, head], name="two")


def test_branches(tmp_path: Path) -> None:
    code = assert_same(branches(), tmp_path)
    assert "self.forward_ = " in code and code.count("self.inner_shared(") == 2


def test_names_that_are_taken(tmp_path: Path) -> None:
    """No name of a layer breaks the code."""
    names = ["class", "training", "x", "1", "a.b", "a-b", "_", "nn"]
    assert_same(Sequential([Input((3,)), *(layers.Dense(3, name=name) for name in names)], name="torch"), tmp_path)


REFUSED = {
    "locally connected": lambda: layers.LocallyConnected2D(2, 3),
    "cubic resizing": lambda: layers.Resizing(4, 5, interpolation="bicubic"),
    "an alpha for each place": lambda: layers.PReLU(),
    "a function": lambda: layers.Lambda(lambda x: x * 2),
    "an activation of Keras's own": lambda: layers.Activation("sparsemax"),
    "another axis": lambda: layers.BatchNormalization(axis=1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    """By the layer's name, before anything is written."""
    model = Sequential([Input(SHAPE), REFUSED[name]()])
    with pytest.raises(ArgumentError, match=f'"{model.layers[0].name}"'):
        model.export(tmp_path / "net.py", "torch")
    assert not list(tmp_path.iterdir())


def test_open_sizes(tmp_path: Path) -> None:
    """As far as nothing depends on them."""
    path = tmp_path / "net.py"
    chain = [Input((None, None, 3)), layers.Conv2D(4, 3, padding="same"), layers.GlobalMaxPooling2D()]
    model = with_numbers(Sequential(chain))
    model.export(path)
    x = np.random.default_rng(2).normal(size=(1, 9, 6, 3)).astype(np.float32)
    with torch.no_grad():
        np.testing.assert_allclose(module_of(path)(turned(x)), model.predict(x, verbose=0), atol=1e-5)
    with pytest.raises(ArgumentError, match="depends on the size of the input, which is open"):
        Sequential([chain[0], layers.Conv2D(4, 3, strides=2, padding="same")]).export(tmp_path / "other.py")


def test_back_again(tmp_path: Path) -> None:
    """What was written for PyTorch fills the model that it came from, to the bit."""
    model = with_numbers(branches())
    wanted = model.get_weights()
    model.export(tmp_path / "net.py")
    with_numbers(model).set_weights([np.zeros_like(each) for each in wanted])
    conversion.load_weights(model, tmp_path / "net.safetensors", names={})
    for mine, before in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_array_equal(mine, before)


def test_a_program_of_the_user_is_not_replaced(tmp_path: Path) -> None:
    """Code that was written for a model is; the script that trains it is not."""
    model = Sequential([Input((3,)), layers.Dense(2)])
    (tmp_path / "train.py").write_text("import pellucid\n")
    with pytest.raises(FileError, match="not written by Pellucid: it is not replaced"):
        model.export(tmp_path / "train.py")
    assert [each.name for each in tmp_path.iterdir()] == ["train.py"]
    for _ in range(2):
        model.export(tmp_path / "net.py")
