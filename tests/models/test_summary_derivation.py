"""`summary(derive=True)`: each number with the sum that it comes from."""

from __future__ import annotations

import re

import pytest

from pellucid import Input, Sequential, layers, ops
from pellucid.errors import ArgumentError
from pellucid.network.derivation import output_size
from pellucid.network.no_weights import why_no_weights


def _texts(*chain: layers.Layer, shape: tuple[int, ...] = (28, 28, 3)) -> str:
    """The summary, wide, with runs of spaces as one."""
    lines: list[str] = []
    Sequential([Input(shape), *chain], name="net").summary(derive=True, line_length=160, print_fn=lines.append)
    return re.sub(" +", " ", lines[0])


def test_the_known_example() -> None:
    """896 and not 288; pooling has nothing to learn; what is lost; what is seen."""
    text = _texts(layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.Conv2D(64, 3, strides=2, padding="same"))
    for part in (
        "3·3·3·32 + 32 = 896",
        "rows, columns: 28 - 3 + 1 = 26 (2 lost)",
        "sees 3x3 of the input, step 1",
        "0: picks values, learns none",
        "rows, columns: (26 - 2) // 2 + 1 = 13",
        "sees 4x4 of the input, step 2",
        "3·3·32·64 + 64 = 18,496",
        "rows, columns: (13 + 2 - 3) // 2 + 1 = 7",
        "sees 8x8 of the input, step 4",
    ):
        assert part in text


def test_axes_that_differ() -> None:
    """Rows and columns each with their own sum."""
    text = _texts(layers.Conv2D(2, (3, 5), strides=(1, 2)), shape=(10, 20, 1))
    assert "rows: 10 - 3 + 1 = 8 (2 lost)" in text
    assert "columns: (20 - 5) // 2 + 1 = 8" in text
    assert "sees 3x5 of the input, step 1x2" in text


LAST, FIRST = ("rows", "columns", "channels"), ("channels", "rows", "columns")
RESIZED = {
    "same": (lambda: layers.Conv2DTranspose(2, 3, strides=2, padding="same"), (7, 5, 3), LAST),
    "valid": (lambda: layers.Conv2DTranspose(2, (5, 2), strides=(3, 4)), (7, 5, 3), LAST),
    "stride 1": (lambda: layers.Conv2DTranspose(2, 4, padding="same"), (7, 5, 3), LAST),
    "dilated": (lambda: layers.Conv2DTranspose(2, 3, dilation_rate=(2, 3)), (7, 5, 3), LAST),
    "more at the end": (lambda: layers.Conv2DTranspose(2, 3, strides=2, output_padding=1), (7, 5, 3), LAST),
    "same, more at the end": (
        lambda: layers.Conv2DTranspose(2, 3, strides=3, padding="same", output_padding=(2, 0)), (7, 5, 3), LAST,
    ),
    "one axis": (lambda: layers.Conv1DTranspose(2, 3, strides=2, padding="same"), (9, 2), ("steps", "channels")),
    "three axes": (lambda: layers.Conv3DTranspose(1, (1, 2, 3), strides=(1, 2, 3)), (2, 3, 4, 1), ("depth", *LAST)),
    "channels first": (
        lambda: layers.Conv2DTranspose(4, (3, 2), strides=(2, 3), data_format="channels_first"), (3, 7, 5), FIRST,
    ),
    "upsampling": (lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"), (7, 5, 3), LAST),
    "upsampling, channels first": (
        lambda: layers.UpSampling2D((2, 3), data_format="channels_first"), (2, 3, 4), FIRST,
    ),
    "padding": (lambda: layers.ZeroPadding2D(((1, 2), (3, 0))), (7, 5, 3), LAST),
    "cropping": (lambda: layers.Cropping1D((1, 2)), (7, 5), ("steps", "channels")),
    "flattening": (lambda: layers.Flatten(), (7, 5, 3), ("numbers",)),
    "more batch axes": (lambda: layers.UpSampling2D(2), (4, 7, 5, 3), LAST),
}  # fmt: skip


@pytest.mark.parametrize("name", RESIZED)
def test_sizes_that_no_window_makes_are_derived_too(name: str) -> None:
    """What is written computes the sizes that the layer answers, and each spatial size is told."""
    make, shape, axes = RESIZED[name]
    layer = make()
    sizes = dict(zip(axes, Sequential([Input(shape), layer]).output_shape[-len(axes) :], strict=True))
    told = {}
    for line in output_size(layer.calls[0]):
        names, formula = line.split(": ")
        left, right = formula.split(" = ")
        assert eval(left.replace("·", "*")) == int(right)
        told |= dict.fromkeys(names.split(", "), int(right))
    assert told == {axis: size for axis, size in sizes.items() if axis != "channels"}


def test_sizes_of_transposed_layers_stand_in_the_summary() -> None:
    """By the formula of the gradient of a convolution: filters side by side, less what is cut off."""
    text = _texts(layers.Conv2DTranspose(4, 3, strides=2, padding="same"), shape=(16, 16, 3))
    assert "rows, columns: (16 - 1) · 2 + 3 - 1 = 32" in text


def test_joined_channels_are_added_up() -> None:
    """The channels of a dense block."""
    x = Input((6, 6, 2))
    join = layers.Concatenate()
    join([x, layers.Conv2D(5, 3, padding="same")(x)])
    assert output_size(join.calls[0]) == ["channels: 2 + 5 = 7"]


def test_open_sizes_have_no_sum() -> None:
    """A size that is not known yet is not told; those that are known are."""
    x = Input((None, 8, 3))
    up = layers.Conv2DTranspose(4, 3, strides=2, padding="same")
    up(x)
    assert output_size(up.calls[0]) == ["columns: (8 - 1) · 2 + 3 - 1 = 16"]


def test_groups_bias_and_dense() -> None:
    """Grouped kernels are thinner; without a bias there is one product."""
    text = _texts(layers.Conv2D(8, 3, groups=2, use_bias=False), layers.Flatten(), layers.Dense(5), shape=(6, 6, 4))
    assert "3·3·2·8 = 144" in text
    assert "128·5 + 5 = 645" in text


def test_nested_models_are_expanded() -> None:
    """The rows of the inner layers stand below, indented."""
    inner = Sequential([Input((8,)), layers.Dense(4, name="deep")], name="inner")
    lines: list[str] = []
    model = Sequential([Input((8,)), inner, layers.Dense(2, name="last")])
    model.summary(expand_nested=True, derive=True, line_length=120, print_fn=lines.append)
    assert re.search(r"│ inner \(Sequential\).*36 in the 1 layers? inside", lines[0])
    assert re.search(r"│   deep \(Dense\).*8·4 \+ 4 = 36", lines[0])


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_longer_than_asked(width: int) -> None:
    """Texts wrap between words."""
    lines: list[str] = []
    model = Sequential([Input((28, 28, 3)), layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(10)])
    model.summary(derive=True, line_length=width, print_fn=lines.append)
    assert max(map(len, lines[0].splitlines())) == width


def _user(x: object) -> object:
    return ops.average_pool(ops.abs(x), 2)


WITHOUT_WEIGHTS = {
    "picks values": lambda: layers.MaxPooling2D(2),
    "averages what it sees": lambda: layers.Lambda(_user),
    "makes one number of many": lambda: layers.GlobalAveragePooling2D(),
    "adds up with fixed weights": lambda: layers.LpPooling2D(2),
    "disturbs training": lambda: layers.GaussianNoise(0.1),
    "arranges numbers anew": lambda: layers.Permute((2, 1, 3)),
    "takes cells off the edges": lambda: layers.Cropping2D(1),
    "adds zeros at the edges": lambda: layers.ZeroPadding2D(1),
    "repeats numbers": lambda: layers.UpSampling2D(2),
    "passes on what it gets": lambda: layers.Activation("linear"),
    "a fixed rule": lambda: layers.UnitNormalization(),
}


@pytest.mark.parametrize("reason", WITHOUT_WEIGHTS)
def test_why_there_are_no_weights(reason: str) -> None:
    """Read off what the layer emits."""
    assert f"0: {reason}" in _texts(WITHOUT_WEIGHTS[reason]())


def test_what_joins_has_no_weights() -> None:
    """Three ways to join."""
    x = Input((6, 6, 2))
    joins = [layers.Add(), layers.Concatenate(), layers.Dot(axes=(1, 1))]
    sentences = []
    for layer in joins:
        layer([x, x])
        sentences.append(why_no_weights(layer))
    assert sentences == [
        "joins its inputs element by element", "puts its inputs side by side", "multiplies its inputs with each other",
    ]  # fmt: skip


def test_which_layers_and_which_are_trained() -> None:
    """A column of Y, N and -; layers from one name to another, by how they begin, as in Keras."""
    model = Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="first"),
            layers.Flatten(name="flat"),
            layers.Dense(1, name="last"),
        ]
    )
    model.get_layer("first").trainable = False
    lines: list[str] = []
    model.summary(show_trainable=True, print_fn=lines.append)
    assert "Trainable" in lines[0]
    marks = {line.split()[1]: line.split()[-2] for line in lines[0].split("\n") if line.startswith("│")}
    assert marks == {"first": "N", "flat": "-", "last": "Y"}
    model.summary(layer_range=["fl", "last"], print_fn=lines.append)
    assert "first" not in lines[1] and "flat" in lines[1] and "last" in lines[1] and "Total params: 93" in lines[1]
    with pytest.raises(ArgumentError, match=r"layer_range.*'seventh'"):
        model.summary(layer_range=["first", "seventh"])
    with pytest.raises(ArgumentError, match="names of two layers"):
        model.summary(layer_range=["first"])
