"""Words that are not known: the nearest known one is told; and options that no layer has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pellucid import Input, Sequential, layers, losses, metrics, optimizers
from pellucid.errors import ArgumentError

NEAREST: dict[str, tuple[Callable[[], object], str, str]] = {
    "padding": (lambda: layers.Conv2D(3, 3, padding="smae"), "smae", "same"),
    "padding in capitals": (lambda: layers.Conv2D(3, 3, padding="SAEM"), "SAEM", "same"),
    "padding of pooling": (lambda: layers.MaxPooling2D(padding="vaild"), "vaild", "valid"),
    "data_format": (lambda: layers.Conv2D(3, 3, data_format="channel_last"), "channel_last", "channels_last"),
    "data_format of Flatten": (lambda: layers.Flatten("chanels_first"), "chanels_first", "channels_first"),
    "activation": (lambda: layers.Dense(3, "rleu"), "rleu", "relu"),
    "activation layer": (lambda: layers.Activation("sigmoit"), "sigmoit", "sigmoid"),
    "kernel_initializer": (lambda: layers.Dense(3, kernel_initializer="he_norm"), "he_norm", "he_normal"),
    "bias_initializer": (lambda: layers.Dense(3, bias_initializer="zeroes"), "zeroes", "zeros"),
    "loss": (lambda: losses.get("mean_squared_eror"), "mean_squared_eror", "mean_squared_error"),
    "optimizer": (lambda: optimizers.get("Adan"), "Adan", "adam"),
    "metric": (lambda: metrics.get("acuracy", losses.loss_of("mse")), "acuracy", "accuracy"),
    "an option of a convolution": (lambda: layers.Conv2D(3, 3, activaton="relu"), "activaton", "activation"),
    "an option of a dense layer": (lambda: layers.Dense(3, use_biass=False), "use_biass", "use_bias"),
    "an option of a pooling layer": (lambda: layers.MaxPooling2D(padding_="same"), "padding_", "padding"),
    "an option of every layer": (lambda: layers.Flatten(nmae="x"), "nmae", "name"),
}


@pytest.mark.parametrize("case", NEAREST)
def test_the_nearest_known_word(case: str) -> None:
    """What came and what was meant, in one sentence."""
    make, wrong, right = NEAREST[case]
    with pytest.raises(ArgumentError, match=rf"'{wrong}'; did you mean '{right}'\? Known: ") as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "arguments", "option"),
    [("Conv2D", (3, 3), "filter_size"), ("Dense", (3,), "sparse"), ("Add", (), "axis"), ("Dropout", (0.5,), "q")],
)
def test_unknown_options_name_the_class(kind: str, arguments: tuple[int, ...], option: str) -> None:
    """And list what there is."""
    with pytest.raises(ArgumentError, match=rf"^{kind}: unknown argument '{option}'.*Known: .*trainable"):
        getattr(layers, kind)(*arguments, **{option: 1})


LABELLED = {
    "padding": lambda: layers.Conv2D(3, 3, padding="x", name="stem"),
    "activation": lambda: layers.Conv2D(3, 3, activation="x", name="stem"),
    "a number as activation": lambda: layers.Conv2D(3, 3, activation=3, name="stem"),
    "kernel_initializer": lambda: layers.Conv2D(3, 3, kernel_initializer="x", name="stem"),
    "groups": lambda: layers.Conv2D(3, 3, groups=2, name="stem"),
    "causal": lambda: layers.Conv2D(3, 3, padding="causal", name="stem"),
    "groups and channels": lambda: Sequential([Input((8, 8, 3)), layers.Conv2D(4, 3, groups=2, name="stem")]),
}


@pytest.mark.parametrize("case", LABELLED)
def test_messages_begin_with_the_layer(case: str) -> None:
    """In a model of thirty layers the class alone would not help."""
    with pytest.raises(ArgumentError, match=r'^Conv2D "stem": '):
        LABELLED[case]()


@pytest.mark.parametrize("name", ["a/b", "../a", "x" * 256, 3, b"a", "a\nb", "a\0", "\u202ea"], ids=repr)
def test_layer_names(name: object) -> None:
    """A name has to stand in files and messages."""
    with pytest.raises(ArgumentError, match=r"^a name takes 1 to 255 letters that can be seen, .* and no '/'; got "):
        layers.Dense(3, name=name)


OTHERS: dict[str, tuple[Callable[[], object], str]] = {
    "a rate above 1": (lambda: layers.Dropout(1.5, name="d"), r'^Dropout "d": .* a float value between 0 and 1, got'),
    "a rate as text": (lambda: layers.Dropout("0.5", name="d"), r'^Dropout "d": .*`rate`. Expected a float value'),
    "no rate": (lambda: layers.Dropout(float("nan"), name="d"), r'^Dropout "d": .* between 0 and 1, got nan$'),
    "a noise shape that does not fit": (
        lambda: Sequential([Input((4,)), layers.Dropout(0.5, noise_shape=(None, 3), name="d")]),
        r'^Dropout "d": noise_shape=\(None, 3\) must have 1 or the input',
    ),
    "a noise shape that is a number": (lambda: layers.Dropout(0.5, noise_shape=3, name="d"), r'^Dropout "d": .*`noise'),
    "a negative slope below 0": (lambda: layers.ReLU(negative_slope=-1, name="r"), r'^ReLU "r": negative_slope of a R'),
    "a ceiling as text": (lambda: layers.ReLU(max_value="6", name="r"), r'^ReLU "r": max_value must be a finite numb'),
    "an axis as text": (lambda: layers.Concatenate(axis="1", name="c"), r'^Concatenate "c": axis must be a whole numb'),
    "a learning rate below 0": (lambda: optimizers.SGD(-1), r"^SGD: learning_rate must be a finite number >= 0, got"),
    "no learning rate": (lambda: optimizers.Adam(float("nan")), r"^Adam: learning_rate must be a finite number >= 0,"),
    "use_bias as text": (lambda: layers.Dense(3, use_bias="no", name="d"), r'^Dense "d": use_bias must be True or'),
    "trainable as text": (lambda: layers.Dense(3, trainable="no", name="d"), r'trainable must be True or False, got'),
    "a layer class as activation": (lambda: layers.Dense(3, layers.ReLU, name="d"), r"activation must be a name"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_other_settings(case: str) -> None:
    """Range and what came."""
    make, message = OTHERS[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
