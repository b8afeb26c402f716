"""Single filters of kernels that a layer computes from its weights: set, frozen, drawn anew where that can be done."""

import copy

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, load_model, ops
from pellucid.errors import ArgumentError
from pellucid.registration import register_keras_serializable

MASK = np.tri(3, dtype=np.float32)[..., None, None]
EDGE = np.array([[0, 0, 0], [-1, 1, 0], [-1, 0.5, 1]], np.float32)[..., None].repeat(2, -1)  # fits the mask


@register_keras_serializable("tests")
class Masked(layers.Layer):
    """A convolution that looks up and to the left."""

    def build(self, input_shape):
        self.w = self.add_weight((3, 3, input_shape[-1], 4), "glorot_uniform", name="w")
        self.shift = self.add_weight((4,), "zeros", name="shift")

    def call(self, inputs):
        return ops.conv(inputs, self.w * MASK) + self.shift


class Made(layers.Layer):
    """A convolution whose kernel a function computes from one weight or two."""

    def __init__(self, shape, made, *more, **options):
        super().__init__(**options)
        self.shapes, self.made = (shape, *more), made

    def build(self, input_shape):
        self.held = [self.add_weight(s, "glorot_uniform", name=f"w{n}") for n, s in enumerate(self.shapes)]

    def call(self, inputs):
        return self.made(inputs, *self.held)


def standardised(w, axes=(0, 1, 2)):
    centred = w - ops.mean(w, axis=axes, keepdims=True)
    return centred / ops.sqrt(ops.mean(ops.square(centred), axis=axes, keepdims=True))


def model_of(layer, shape=(6, 6, 2)):
    model = Sequential([layers.Input(shape), layer])
    model.compile("sgd", "mse")
    return model


def test_what_is_set_is_what_the_convolution_takes():
    layer = Masked(name="own")
    model, x = model_of(layer), np.random.default_rng(0).random((1, 6, 6, 2), np.float32)
    before = model.predict(x, verbose=0)
    one = layer.filter(2).set(EDGE, bias=0.5)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    after = model.predict(x, verbose=0)
    assert np.allclose(after[..., 2], np.einsum("nijcab,abc->nij", windows, EDGE) + 0.5, atol=1e-5)
    assert np.array_equal(np.delete(after, 2, -1), np.delete(before, 2, -1)) and np.array_equal(one.kernel, EDGE)
    assert (
        "computed from w" in one._repr_html_()
        and "computed from w" in repr(one)
        and str(one.provenance) == "handcrafted: an array"
    )
    with pytest.raises(
        ArgumentError, match=r'"own", filter 2: its kernel is computed from w, and not every .* up to 1;'
    ):
        one.set("sobel_x")
    assert np.array_equal(one.kernel, EDGE)  # nothing half set


def test_it_is_frozen_drawn_anew_and_travels(tmp_path):
    layer = Masked(name="own")
    model = model_of(layer)
    kernel = layer.filter(1).set(EDGE).freeze().kernel
    model.fit(np.ones((4, 6, 6, 2)), np.ones((4, 4, 4, 4)), verbose=0)
    moved = inspection.filters(layer).kernel
    assert np.array_equal(moved[..., 1], kernel)
    model.save(tmp_path / "own.keras")
    again = load_model(tmp_path / "own.keras").layers[0]
    assert again.filter(1).is_frozen and not again.filter(0).is_frozen
    assert "an array" in str(again.filter(1).provenance) and "an array" not in str(again.filter(0).provenance)
    drawn = layer.filter(0).reinitialize(seed=1).kernel
    assert (drawn != moved[..., 0]).any() and not drawn[0, 1:].any()  # masked, as all are
    assert np.array_equal(inspection.filters(layer).kernel[..., 1:], moved[..., 1:])


CAN_BE_SET = {  # the weight, the kernel, which filter, what it is set to
    "scaled": ((3, 3, 2, 4), lambda x, w: ops.conv(x, w * 0.1), 3, "sobel_x"),
    "bent": ((3, 3, 2, 4), lambda x, w: ops.conv(x, ops.tanh(w)), 3, EDGE * 0.5),
    "mirrored": ((3, 3, 2, 4), lambda x, w: ops.conv(x, (w + ops.flip(w, 0)) / 2), 3, "sobel_x"),
    "standardised": ((3, 3, 2, 4), lambda x, w: ops.conv(x, standardised(w)), 3, "prewitt_x"),
    "in rows": (
        (3, 3, 2, 4),
        lambda x, w: ops.conv(x, ops.reshape(standardised(ops.reshape(w, (18, 4)), 0), (3, 3, 2, 4))),
        3,
        "prewitt_x",
    ),
    "depthwise": ((3, 3, 2, 3), lambda x, w: ops.depthwise_conv(x, w * 2), 4, "laplacian"),
    "transposed": ((3, 3, 4, 2), lambda x, w: ops.conv_transpose(x, w * 2), 1, "sobel_y"),
}


@pytest.mark.parametrize("case", CAN_BE_SET)
def test_a_kernel_that_can_be_made_is_made(case):
    shape, made, number, values = CAN_BE_SET[case]
    layer = Made(shape, made, name="own")
    model = model_of(layer)
    plain = layers.Conv2D(1, 3)
    plain.build((None, 6, 6, 2))
    wanted = plain.filter(0).set(values).kernel
    if case == "standardised" or case == "in rows":  # there, only what has this size is a kernel
        wanted = wanted / wanted.std()
    elif case == "depthwise":
        wanted = wanted[..., 0] * 2
    before = inspection.filters(layer).kernel
    tried = inspection.what_if(model, np.ones((6, 6, 2)), {"own": {number: wanted}})
    assert np.array_equal(inspection.filters(layer).kernel, before)  # nothing kept
    one = layer.filter(number).set(wanted)
    after = inspection.filters(layer).kernel
    assert np.allclose(one.kernel, wanted, atol=1e-5)
    assert np.allclose(after[..., number].reshape(wanted.shape), wanted, atol=1e-5)
    assert np.array_equal(np.delete(after, number, -1), np.delete(before, number, -1))
    maps = next(each.maps for each in tried.after if each.layer == "own")
    assert np.allclose(maps, model.predict(np.ones((1, 6, 6, 2)), verbose=0)[0], atol=1e-5)


@pytest.mark.parametrize("turned", [False, True])
def test_a_unit_whose_weights_are_masked(turned):
    mask = np.tri(5, 2, dtype=np.float32).T  # inputs, units
    made = (lambda x, w: ops.matmul(x, ops.transpose(w * mask.T))) if turned else (lambda x, w: ops.matmul(x, w * mask))
    layer = Made((5, 2) if turned else (2, 5), made, name="own")
    model, x = model_of(layer, (2,)), np.array([[2.0, 3.0]], np.float32)
    before = model.predict(x, verbose=0)
    one = layer.filter(3).set([0.5, -1.0])
    after = model.predict(x, verbose=0)
    assert one.axes == ("inputs",) and after[0, 3] == -2.0
    assert np.array_equal(np.delete(after, 3, 1), np.delete(before, 3, 1))
    with pytest.raises(ArgumentError, match="computed from w0, and not every kernel can be"):
        layer.filter(0).set([1.0, 1.0])  # of which the mask leaves one


CANNOT = {
    "spectral": (lambda x, w: ops.conv(x, w / ops.sqrt(ops.sum(w * w))), (), "w0, and each filter hangs on .* all of"),
    "softmax": (
        lambda x, w: ops.conv(x, ops.softmax(w)),
        (),
        "w0, and each filter hangs on .* all of them",
    ),
    "shared gain": (lambda x, w: ops.conv(x, w + w[..., :1]), (), "w0, and .*"),
    "weight norm": (lambda x, v, g: ops.conv(x, g * standardised(v)), ((4,),), "w0 and w1, and not from one weight"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_one_that_hangs_on_more_says_on_what(case):
    made, more, words = CANNOT[case]
    layer = Made((3, 3, 2, 4), made, *more, name="own")
    model = model_of(layer)
    for ask in (lambda: layer.filter(0), lambda: inspection.what_if(model, np.ones((6, 6, 2)), {"own": {0: 0.0}})):
        with pytest.raises(ArgumentError, match=f"its kernel is computed from {words}.* set the weights themselves"):
            ask()
    assert inspection.filters(layer).filters == 4


def test_one_that_was_set_is_described_as_it_is():
    model = model_of(Masked(name="own"))
    assert inspection.describe(model.layers[0].filter(1).set(EDGE)).kernel.shape == (3, 3, 2)


class Counted(layers.Layer):
    """A scaled convolution that counts how often it is emitted; what it says is a setting, a list, or an array."""

    emitted = 0

    def build(self, input_shape):
        self.w = self.add_weight((3, 3, input_shape[-1], 4), "ones", name="w")
        self.factor, self.listed, self.mask = 2.0, [1.0], np.ones((3, 3, 1, 1), np.float32)

    def call(self, inputs):
        type(self).emitted += 1
        return ops.conv(inputs, self.w * (self.factor * self.listed[0] * self.mask))


def test_a_layer_is_emitted_once_for_each_state_that_it_is_in():
    layer = Counted(name="own")
    model_of(layer)
    one = layer.filter(1)
    Counted.emitted = 0
    assert [float(layer.filter(k).kernel.max()) for k in (0, 1, 2)] == [2.0] * 3 and one.set(one.kernel * 3).count == 4
    assert float(one.kernel.max()) == 6.0 and Counted.emitted == 0  # a weight's numbers are none
    for change, largest in (
        (lambda: setattr(layer, "factor", 4.0), 12.0),
        (lambda: layer.listed.__setitem__(0, 0.5), 6.0),
        (lambda: layer.mask.__imul__(2), 12.0),
    ):
        change()
        assert float(one.kernel.max()) == largest == float(layer.filter(1).kernel.max())
    assert Counted.emitted == 3
    again = copy.deepcopy(layer)
    again.w[...] = 0.0
    assert float(again.filter(1).kernel.max()) == 0.0 and float(one.kernel.max()) == 12.0
