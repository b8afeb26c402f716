"""Records check their shapes, and do not change when the model does."""

import numpy as np
import pytest

from pellucid.errors import ArgumentError, EngineError, ShapeError
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves


def arithmetic(products, channel_sums, **changes):
    fields = {
        "layer": "conv", "kind": "Conv2D", "output_index": (0,), "filter": 0, "products": products,
        "channel_sums": channel_sums, "bias": 0.0, "total": sum(channel_sums), "activation": "linear",
        "value": sum(channel_sums), "engine_value": sum(channel_sums), "formula": "",
    }  # fmt: skip
    return Arithmetic(**{**fields, **changes})


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((4, 2), ("in", "filter")), ((3, 4, 2), ("taps", "in", "filter")),
     ((3, 3, 4, 2), ("rows", "columns", "in", "filter")),
     ((2, 3, 3, 4, 2), ("depth", "rows", "columns", "in", "filter"))],
)  # fmt: skip
def test_filter_bank_names_its_axes(shape, axes):
    bank = FilterBank("layer", np.zeros(shape))
    assert (bank.filters, bank.in_channels, bank.spatial, bank.axes) == (2, 4, shape[:-2], axes)


def test_a_record_is_a_snapshot():
    weights, bias, answers = np.zeros((3, 3, 1, 2), np.float32), np.zeros(2), np.zeros((2, 2, 1))
    bank, maps = FilterBank("conv", weights, bias), FeatureMaps("conv", "Conv2D", answers)
    weights += 1
    bias += 1
    answers += 1
    assert not bank.kernel.any() and not bank.bias.any() and not maps.maps.any()
    assert bank.kernel.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        bank.kernel[0] = 1


def test_filter_gives_one_filter_and_refuses_others():
    kernel = np.arange(18.0).reshape(3, 3, 1, 2)
    bank = FilterBank("conv", kernel)
    assert np.array_equal(bank.filter(1), kernel[:, :, :, 1])
    for index in (-1, 2):
        with pytest.raises(ArgumentError, match='"conv" has filters 0 to 1, got'):
            bank.filter(index)


@pytest.mark.parametrize("shape", [(3,), (), (1, 2, 3, 4, 5, 6), (3, 3, 0, 2)])
def test_kernels_of_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match='kernel of "conv"'):
        FilterBank("conv", np.zeros(shape))


def test_bias_and_names_must_fit():
    with pytest.raises(ShapeError, match=r"expected shape \(2,\), got \(3,\)"):
        FilterBank("conv", np.zeros((3, 1, 2)), np.zeros(3))
    with pytest.raises(ShapeError, match="has 1 input channels, got 3 names"):
        FilterBank("conv", np.zeros((3, 1, 2)), input_names=("red", "green", "blue"))


def test_only_real_numbers_are_recorded():
    with pytest.raises(ArgumentError, match="real numbers"):
        FilterBank("conv", np.zeros((3, 1, 2), complex))
    with pytest.raises(ArgumentError, match="real numbers"):
        FeatureMaps("conv", "Conv2D", np.array(["a"]))


@pytest.mark.parametrize("shape", [(), (1, 2, 3, 4, 5), (0,)])
def test_maps_of_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match='feature maps of "conv": expected one sample'):
        FeatureMaps("conv", "Conv2D", np.zeros(shape))


def test_arithmetic_lists_every_sum():
    products = [Product((i,), (i,), channel, 1.0, 2.0, 2.0) for channel in (4, 5) for i in (0, 1)]
    record = arithmetic(products, (4.0, 4.0), bias=1.0, total=9.0)
    assert record.channels == (4, 5) and record.sum == 8.0
    assert record.sums == [([2.0, 2.0], 4.0), ([2.0, 2.0], 4.0), ([4.0, 4.0], 8.0), ([8.0, 1.0], 9.0)]


def test_dense_arithmetic_sums_its_inputs():
    products = [Product((), (), channel, 1.0, 2.0, 2.0) for channel in range(3)]
    record = arithmetic(products, (2.0, 2.0, 2.0), total=6.0)
    assert record.is_dense and record.sums == [([2.0, 2.0, 2.0], 6.0), ([6.0, 0.0], 6.0)]


def test_arithmetic_needs_a_sum_for_each_channel():
    with pytest.raises(ArgumentError, match="its products read 1 channels, got 2 channel sums"):
        arithmetic([Product((0,), (0,), 0, 1.0, 1.0, 1.0)], (1.0, 1.0))
    with pytest.raises(ArgumentError, match="expected one product or more"):
        arithmetic([], ())


@pytest.mark.parametrize(
    ("engine_value", "agrees"),
    [(3.0, True), (3.0 + 1e-7, True), (3.0 + 1e-4, False), (float("nan"), False), (float("inf"), False)],
)
def test_agreement_is_judged_by_float32_rounding(engine_value, agrees):
    """What the engine did not compute makes no record, so that nobody can draw it."""
    products = [Product((i,), (i,), 0, 1.0, 1.0, 1.0) for i in range(3)]
    if agrees:
        assert arithmetic(products, (3.0,), engine_value=engine_value).agrees
        return
    with pytest.raises(EngineError, match=r"the calculation leads to 3, the engine computed .*is not shown"):
        arithmetic(products, (3.0,), engine_value=engine_value)


def test_what_does_not_add_up_makes_no_record():
    """Nor do products that are not those of the total, be it that of a step."""
    products = [Product((i,), (i,), 0, 1.0, 1.0, 1.0) for i in range(3)]
    with pytest.raises(ArgumentError, match=r"3 numbers that add up to 3 were listed for 3\.001; a wrong calculation"):
        arithmetic(products, (3.0,), total=3.001, value=3.001, engine_value=3.001)
    with pytest.raises(ArgumentError, match=r"3 numbers that add up to 3 were listed for 2; a wrong calculation"):
        Step("s1", "sum", "sum of 3 terms", {}, tuple(products), 2.0)


def test_nan_agrees_with_nan():
    products = [Product((0,), (0,), 0, float("nan"), 1.0, float("nan"))]
    assert arithmetic(products, (float("nan"),)).agrees


def test_float32_sums_in_any_order_agree():
    """A thousand float32 sums of the same products, each in another order, stay within the bound."""
    generator = np.random.default_rng(0)
    for _ in range(200):
        inputs, weights = generator.normal(size=(2, 288)).astype(np.float32)
        exact = inputs.astype(np.float64) * weights
        products = [
            Product((), (), i, *map(float, row)) for i, row in enumerate(zip(inputs, weights, exact, strict=True))
        ]
        total = float(np.float32(0))
        for i in generator.permutation(288):
            total = float(np.float32(np.float32(total) + np.float32(inputs[i] * weights[i])))
        value = float(exact.sum())
        assert arithmetic(products, tuple(exact.tolist()), total=value, value=value, engine_value=total).agrees


def test_history_counts_epochs_and_refuses_gaps():
    assert TrainingCurves({"loss": [1.0, 2.0]}).epochs == (1, 2)
    assert TrainingCurves({"loss": [1.0, 2.0]}, epochs=(6, 7)).epochs == (6, 7)
    for curves in ({}, {"loss": []}, {"loss": [1.0], "accuracy": [1.0, 2.0]}):
        with pytest.raises(ArgumentError):
            TrainingCurves(curves)
