"""Single filters of layers of the user's own: which weight holds them is seen in the operations."""

import numpy as np
import pytest

from pellucid import Model, Sequential, inspection, layers, load_model, ops
from pellucid.callbacks import FilterHistory
from pellucid.errors import ArgumentError, NotYetError
from pellucid.registration import register_keras_serializable


@register_keras_serializable("tests")
class Sliding(layers.Layer):
    """A convolution, whose kernel and bias have names of the user's."""

    def build(self, input_shape):
        self.w = self.add_weight((3, 3, input_shape[-1], 4), "glorot_uniform", name="mask")
        self.shift = self.add_weight((4,), "zeros", name="shift")

    def call(self, inputs):
        return ops.conv(inputs, self.w, padding="same") + self.shift


class Made(layers.Layer):
    """A layer that computes what a function says of its input and a weight."""

    def __init__(self, shape, made, **options):
        super().__init__(**options)
        self.shape_of_weight, self.made = shape, made

    def build(self, input_shape):
        self.held = self.add_weight(self.shape_of_weight, "glorot_uniform", name="held")

    def call(self, inputs):
        return self.made(inputs, self.held)


class Around(layers.Layer):
    """A layer that holds others."""

    def __init__(self, *inside, **options):
        super().__init__(**options)
        self.inside = list(inside)

    def call(self, inputs):
        for layer in self.inside:
            inputs = layer(inputs)
        return inputs


def model_of(layer, shape=(6, 6, 2)):
    return Sequential([layers.Input(shape), layer, layers.Flatten(), layers.Dense(3)])


def test_a_filter_is_what_makes_its_map():
    layer = Sliding(name="own")
    model = model_of(layer)
    x = np.random.default_rng(0).random((6, 6, 2), np.float32)
    one = layer.filter(2)
    assert np.array_equal(one.kernel, inspection.filters(layer).filter(2)) and one.axes[-1] == "channels"
    before = inspection.feature_maps(model, x, "own")[0].maps
    one.set("sobel_x", bias=0.5)
    after = inspection.feature_maps(model, x, "own")[0].maps
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (0, 1)).sum(2)
    assert np.allclose(after[..., 2], (windows * [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).sum((2, 3)) / 2 + 0.5, atol=1e-5)
    assert np.array_equal(np.delete(after, 2, -1), np.delete(before, 2, -1))
    assert one.bias == 0.5 and "sobel_x" in str(one.provenance)
    assert "sobel_x" not in str(layer.filter(1).provenance)


def test_it_is_frozen_drawn_anew_filmed_and_travels(tmp_path):
    layer = Sliding(name="own")
    model = model_of(layer)
    model.compile("sgd", "mse")
    layer.filter(1).set("laplacian").freeze()
    before, film = layer.w.numpy(), FilterHistory(layers=["own"])
    x, y = np.random.default_rng(0).random((8, 6, 6, 2)), np.ones((8, 3))
    model.fit(x, y, verbose=0, callbacks=[film])
    after = layer.w.numpy()
    assert np.array_equal(before[..., 1], after[..., 1]) and (before[..., 0] != after[..., 0]).any()
    model.save(tmp_path / "own.keras")
    again = load_model(tmp_path / "own.keras").layers[0]
    assert again.filter(1).is_frozen and "laplacian" in str(again.filter(1).provenance)
    assert not again.filter(0).is_frozen and "laplacian" not in str(again.filter(0).provenance)
    layer.filter(0).reinitialize(seed=1)
    limit = np.sqrt(6 / (9 * 2 + 9 * 4))
    drawn = layer.w.numpy()[..., 0]
    assert (drawn != after[..., 0]).all() and np.abs(drawn).max() <= limit
    assert np.array_equal(layer.w.numpy()[..., 1:], after[..., 1:])


def test_what_if_takes_its_number():
    layer = Sliding(name="own")
    model, x = model_of(layer), np.ones((6, 6, 2))
    tried = inspection.what_if(model, x, {"own": {2: 0.0, "shift": 1.0}})
    own = next(each.maps for each in tried.after if each.layer == "own")
    assert (own[..., 2] == 1).all() and np.allclose(own[..., 0], tried.before[1].maps[..., 0] + 1, atol=1e-5)


HOLD = {
    "depthwise": ((3, 3, 2, 3), lambda x, w: ops.depthwise_conv(x, w), (6, (3, 3))),
    "transposed": ((3, 3, 4, 2), lambda x, w: ops.conv_transpose(x, w), (4, (3, 3, 2))),
    "1x1 as a product": ((2, 5), lambda x, w: ops.matmul(x, w), (5, (2,))),
    "product, transposed": ((5, 2), lambda x, w: ops.matmul(x, ops.transpose(w)), (5, (2,))),
    "filters first": ((4, 3, 3, 2), lambda x, w: ops.conv(x, ops.transpose(w, (1, 2, 3, 0))), (4, (3, 3, 2))),
}


@pytest.mark.parametrize("case", HOLD)
def test_the_axes_of_filters_are_found(case):
    shape, made, (count, kernel) = HOLD[case]
    layer = Made(shape, made)
    model = model_of(layer)
    x = np.random.default_rng(1).random((1, 6, 6, 2), np.float32)
    first = Model(model.inputs, layer.output)
    before = first.predict(x, verbose=0)
    one = layer.filter(1)
    assert (one.count, one.kernel.shape) == (count, kernel)
    one.set(np.zeros(kernel))
    after = first.predict(x, verbose=0)
    assert not after[..., 1].any() and np.array_equal(np.delete(after, 1, -1), np.delete(before, 1, -1))


NO_FILTERS = {
    "channels before taps": ((2, 3, 3, 4), lambda x, w: ops.conv(x, ops.transpose(w, (1, 2, 0, 3)))),
    "taps in one axis": ((9, 2, 4), lambda x, w: ops.conv(x, ops.reshape(w, (3, 3, 2, 4)))),
    "a scale": ((2,), lambda x, w: x * w),
}


@pytest.mark.parametrize("case", NO_FILTERS)
def test_other_weights_say_what_there_is_instead(case):
    layer = Made(*NO_FILTERS[case], name="own")
    model = model_of(layer)
    for ask in (lambda: layer.filter(0), lambda: inspection.what_if(model, np.ones((6, 6, 2)), {"own": {0: 0.0}})):
        with pytest.raises(ArgumentError, match=r'^Made "own" has no filters: its weights are held .* as it stands'):
            ask()


def test_layers_that_hold_layers_hand_on_their_filters():
    around = Around(layers.Conv2D(4, 3, name="inner"), layers.Dense(3), name="around")
    model = model_of(around)
    assert around.filter(1).layer is around.inside[0]
    tried = inspection.what_if(model, np.ones((6, 6, 2)), {"around": {1: 0.0}})
    assert tried.changes == ("around, filter 1: 18 of 18 numbers, by " + tried.changes[0].rpartition("by ")[2],)
    distributed = layers.TimeDistributed(layers.Conv2D(4, 3, name="each"))
    Sequential([layers.Input((2, 6, 6, 1)), distributed])
    assert distributed.filter(3).label == 'Conv2D "each", filter 3'
    both = Around(layers.Conv2D(4, 3, name="a"), layers.Conv2D(4, 3, name="b"), name="both")
    model_of(both)
    with pytest.raises(ArgumentError, match=r'holds several layers that have filters.* Conv2D "a", Conv2D "b"'):
        both.filter(0)
    with pytest.raises(ArgumentError, match=r"is a model: take a filter of one of its layers"):
        model.filter(0)
    with pytest.raises(NotYetError, match="before it knows its input"):
        Sliding().filter(0)
    with pytest.raises(ArgumentError, match="has no filters: it has no weights at all"):
        model.layers[1].filter(0)


def test_its_gradient_is_that_of_differences():
    layer = Sliding(name="own")
    model = model_of(layer)
    model.compile("sgd", "mse")
    x, y = np.random.default_rng(0).random((1, 6, 6, 2), np.float32), np.ones((1, 3), np.float32)
    gradient = inspection.kernel_gradient(model, x, y, "own", 1).gradient
    weights, place, losses = layer.w.numpy(), (1, 2, 1, 1), []
    for step in (0.01, -0.01):
        moved = weights.copy()
        moved[place] += step
        layer.w.assign(moved)
        losses.append(float(np.square(model.predict(x, verbose=0).astype(float) - y).mean()))
    assert np.isclose(gradient[place[:-1]], (losses[0] - losses[1]) / 0.02, rtol=1e-3)


COMPUTED = {
    "masked": (
        (3, 3, 2, 4),
        lambda x, w: ops.conv(x, w * np.tri(3)[..., None, None]),
        lambda w: w * np.tri(3)[..., None, None],
    ),
    "centred": (
        (3, 3, 2, 4),
        lambda x, w: ops.conv(x, w - ops.mean(w, axis=(0, 1, 2), keepdims=True)),
        lambda w: w - w.mean((0, 1, 2)),
    ),
    "a product of weights": (
        (18, 18),
        lambda x, w: ops.conv(x, ops.reshape(ops.matmul(w, w), (3, 3, 2, 18))),
        lambda w: (w @ w).reshape(3, 3, 2, 18),
    ),
}


@pytest.mark.parametrize("case", COMPUTED)
def test_a_kernel_that_is_computed_is_read_as_it_is_used(case):
    shape, made, computed = COMPUTED[case]
    layer = Made(shape, made, name="own")
    model = model_of(layer)
    bank = inspection.filters(layer)
    kernel = computed(layer.held.numpy().astype(np.float64))
    assert np.allclose(bank.kernel, kernel, atol=1e-6) and bank.computed_from == ("held",)
    x = np.random.default_rng(0).random((1, 6, 6, 2))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    maps = Model(model.inputs, layer.output).predict(x, verbose=0)
    assert np.allclose(maps, np.einsum("nijcab,abcf->nijf", windows, bank.kernel), atol=1e-5)
    assert "computed from held" in " ".join(str(bank).split()) and "computed from held" in layer._repr_html_()


@pytest.mark.parametrize("case", ["filters first", "transposed", "depthwise"])
def test_a_kernel_that_is_moved_alone_is_not_called_computed(case):
    layer = Made(*HOLD[case][:2])
    model_of(layer)
    assert inspection.filters(layer).computed_from == () and "computed" not in str(inspection.filters(layer))


def test_layers_of_the_house_have_kernels_of_their_own():
    held = [layers.SeparableConv2D(2, 3), layers.LocallyConnected2D(2, 3), layers.Conv2D(2, 3, dtype="mixed_bfloat16")]
    for layer in held:
        layer.build((None, 6, 6, 2))
        names = [name for name, axes in layer.filter_axes.items()]
        several = len(names) > 1
        assert all(inspection.filters(layer, which=name if several else None).computed_from == () for name in names)
