"""What a filter is said to be, held to kernels that are known and to numbers that are computed another way."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import filterbank, inspection, layers, views
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError


@pytest.mark.parametrize("name", sorted(set(filterbank.names()) - {"dct", "gabor", "curve"}))
@pytest.mark.parametrize("sign", [1, -1])
def test_every_kernel_of_the_bank_is_found(name, sign):
    found = inspection.describe(sign * 3.0 * filterbank.get(name)).main.nearest
    assert abs(found.cosine) == pytest.approx(1.0) and found.shift == (0,) * len(found.shift)
    again = filterbank.get(found.name)  # perhaps another that is the same
    again = np.rot90(again, -found.rotation // 90) if again.ndim == 2 else again[:: -1 if found.rotation else 1]
    assert np.allclose(again / np.linalg.norm(again), found.sign * sign * filterbank.get(name) / np.linalg.norm(again))


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_kernel_is_found_turned_and_moved(turn):
    kernel = np.zeros((7, 7))
    kernel[0:3, 3:6] = -2 * np.rot90(filterbank.corner(), -turn)
    found = inspection.describe(kernel).main.nearest
    assert (found.name, found.shift, found.rotation) == ("corner", (-2, 1), 90 * turn)
    assert found.cosine == pytest.approx(-1.0) and found.sign == -1


def test_the_cosine_is_that_of_numpy():
    kernel = np.random.default_rng(1).normal(size=(5, 5))
    for match in inspection.describe(kernel).main.matches:
        name, _, rest = match.name.partition("(")
        settings = dict(part.split("=") for part in rest.rstrip(")").split(", ")) if rest else {}
        other = filterbank.get(name, **{k: int(v) if k in "size uv" else float(v) for k, v in settings.items()})
        other = np.rot90(other, -match.rotation // 90)
        big = np.zeros((31, 31))
        tops = [15 - (n - 1) // 2 + s for n, s in zip(other.shape, match.shift, strict=True)]
        big[tops[0] : tops[0] + other.shape[0], tops[1] : tops[1] + other.shape[1]] = other
        products = float((big[13:18, 13:18] * kernel).sum())
        assert match.cosine == pytest.approx(products / np.linalg.norm(kernel) / np.linalg.norm(other))


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120, 150])
@pytest.mark.parametrize("wavelength", [3.0, 5.0])
def test_orientation_and_wavelength_are_those_of_a_wave(angle, wavelength):
    kernel = filterbank.gabor(15, wavelength=wavelength, orientation=angle, balanced=True, aspect=1.0)
    seen = inspection.describe(kernel).main
    assert seen.orientation == pytest.approx(angle, abs=0.5)
    assert seen.wavelength == pytest.approx(wavelength, rel=0.06) and seen.coherence > 0.8


def test_numbers_of_a_known_kernel():
    seen = inspection.describe(filterbank.sobel_x()).main
    assert (seen.energy, seen.dc_gain, seen.orientation, seen.frequency) == (12.0, 0.0, 0.0, 0.25)
    assert seen.separability == pytest.approx(1.0)
    assert seen.symmetry == pytest.approx({"along rows": 1.0, "along columns": -1.0, "half turn": -1.0})
    blur = inspection.describe(filterbank.gaussian_blur(5)).main
    assert (blur.orientation, blur.frequency, blur.wavelength) == (None, 0.0, np.inf)
    assert blur.dc_gain == pytest.approx(1.0)


def test_separability_is_the_first_singular_value():
    kernel = np.random.default_rng(0).normal(size=(5, 4))
    sizes = np.linalg.svd(kernel, compute_uv=False)
    assert inspection.describe(kernel).main.separability == pytest.approx(sizes[0] ** 2 / (sizes**2).sum())


def test_separability_of_kernels_whose_directions_are_equally_strong():
    """Such as the antidiagonal: no direction comes first, and the best product has the energy of any of them."""
    rng = np.random.default_rng(3)
    kernels = [filterbank.get(name) for name in filterbank.names() if filterbank.get(name).ndim == 2]
    kernels += [rng.integers(-1, 2, size=(3, 3)).astype(float) for _ in range(200)]
    for kernel in kernels:
        sizes = np.linalg.svd(kernel, compute_uv=False) ** 2
        found = inspection.describe(kernel).main.separability
        assert found == pytest.approx(sizes[0] / (sizes.sum() or 1.0), abs=1e-12)


def test_separability_in_three_dimensions():
    """Of a product of three it is all; of a diagonal one of its equal parts; of others no product is nearer."""
    rng = np.random.default_rng(4)
    along = [rng.normal(size=size) for size in (3, 4, 2)]
    product = np.einsum("i,j,k->ijk", *along)[..., None]
    assert inspection.describe(product).main.separability == pytest.approx(1.0)
    diagonal = np.zeros((3, 3, 3, 1))
    diagonal[range(3), range(3), range(3)] = 1.0
    assert inspection.describe(diagonal).main.separability == pytest.approx(1 / 3)
    for _ in range(5):
        kernel = rng.normal(size=(3, 3, 3))
        found = inspection.describe(kernel[..., None]).main.separability
        best = max(_nearest_product(kernel, rng) for _ in range(40))
        assert found == pytest.approx(best / np.square(kernel).sum(), rel=1e-6)


def _nearest_product(kernel, rng):
    """The energy of a product of three that alternating steps reach from anywhere."""
    a, b, c = (rng.normal(size=size) for size in kernel.shape)
    for _ in range(300):
        for axis in range(3):
            others = [vector for place, vector in enumerate((a, b, c)) if place != axis]
            found = np.einsum("ijk,j,k->i", np.moveaxis(kernel, axis, 0), *others)
            found /= np.linalg.norm(found)
            a, b, c = [found if place == axis else vector for place, vector in enumerate((a, b, c))]
    return np.einsum("ijk,i,j,k->", kernel, a, b, c) ** 2


@pytest.mark.parametrize(("filters", "groups", "channels"), [(4, 2, 4), (6, 3, 6), (6, 6, 6)])
def test_channels_of_groups_are_those_of_the_input(filters, groups, channels):
    """An impulse in a channel that is named changes the filter's map; in any other it does not."""
    layer = layers.Conv2D(filters, 3, groups=groups, name="g")
    layer.build((None, 8, 8, channels))
    for number in range(filters):
        seen = inspection.describe(layer.filter(number))
        assert seen == inspection.describe(inspection.filters(layer), number) or seen.channels == tuple(
            inspection.describe(inspection.filters(layer), number).channels
        )
        for channel in range(channels):
            x = np.zeros((1, 8, 8, channels), np.float32)
            x[0, 4, 4, channel] = 1.0
            answers = bool(np.abs(np.asarray(layer(x))[..., number]).max() > 0)
            assert answers == (channel in seen.channels) == (seen.energy_of(channel) > 0)
    assert views.description_text(inspection.describe(layer.filter(filters - 1)))


def test_channels_come_by_strength_and_the_component_with_its_share():
    layer = layers.Conv2D(2, 3, name="c")
    layer.build((None, 8, 8, 3))
    kernel = filterbank.sobel_y()[..., None] * np.array([0.5, -2.0, 1.0])
    seen = inspection.describe(layer.filter(1).set(kernel))
    assert seen.channels == (1, 2, 0) and len(seen.patterns) == 3
    assert seen.shares[0] == pytest.approx(1.0) and seen.energy == pytest.approx(12 * 5.25)
    assert abs(seen.main.nearest.cosine) == pytest.approx(1.0, abs=1e-5) and seen.main.nearest.name == "sobel_y"
    assert np.allclose(seen.component.kernel[..., None] * seen.weights, kernel, atol=1e-6)
    assert seen.label == 'Conv2D "c", filter 1' and seen.provenance == "handcrafted: an array"


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (layers.Conv1D(3, 5), (None, 9, 4), ("taps",)),
        (layers.Conv2DTranspose(3, 3), (None, 6, 6, 2), ("rows", "columns")),
        (layers.DepthwiseConv2D(3), (None, 6, 6, 3), ("rows", "columns")),
        (layers.Conv3D(3, 3), (None, 6, 6, 6, 2), ("depth", "rows", "columns")),
        (layers.Conv2D(3, 3), (None, 6, 6, 600), ("rows", "columns")),
    ],
)
def test_every_rank_is_described(layer, shape, axes):
    layer.build(shape)
    seen = inspection.describe(layer.filter(1))
    assert seen.axes == axes and seen.main.nearest is not None and sum(seen.shares) == pytest.approx(1.0)
    assert len(seen.patterns) == min(8, len(seen.channels))
    assert seen.energy == pytest.approx(float(np.square(layer.filter(1).kernel.astype(float)).sum()))
    banked = inspection.describe(inspection.filters(layer), 1)
    assert np.array_equal(banked.kernel, seen.kernel) and banked.provenance == seen.provenance


def test_zeros_resemble_nothing():
    seen = inspection.describe(np.zeros((3, 3)))
    assert seen.main.nearest is None and seen.energy == 0 and seen.shares == (0.0,)


@pytest.mark.parametrize(
    ("given", "number", "error"),
    [
        (None, None, ArgumentTypeError),
        ("sobel_x", None, ArgumentTypeError),
        (layers.Conv2D(2, 3), None, ArgumentTypeError),
        (np.zeros((3, 3)), 1, ArgumentTypeError),
        (np.zeros((2, 2, 2, 2, 2)), None, ShapeError),
        (np.zeros((0, 3)), None, ShapeError),
        (np.full((3, 3), np.nan), None, ArgumentError),
        (np.array(["a"]), None, ArgumentTypeError),
        (inspection.FilterBank("c", np.zeros((3, 3, 1, 2))), None, ArgumentTypeError),
        (inspection.FilterBank("c", np.zeros((3, 3, 1, 2))), 2, ArgumentError),
        (inspection.FilterBank("d", np.zeros((3, 2))), 0, ArgumentError),
    ],
)
def test_what_is_no_filter_is_refused(given, number, error):
    with pytest.raises(error):
        inspection.describe(given, number)


def test_what_it_resembles_can_be_laid_beside_it():
    kernel = np.random.default_rng(3).normal(size=(5, 4))
    for match in inspection.describe(kernel).main.matches:
        whole = filterbank.get(match.name.partition("(")[0]) if "(" not in match.name else None
        part = float((match.kernel * kernel).sum()) / np.linalg.norm(kernel)
        assert match.kernel.shape == kernel.shape and part > 0
        if whole is not None and np.isclose(np.linalg.norm(match.kernel), np.linalg.norm(whole)):
            assert part / np.linalg.norm(whole) == pytest.approx(abs(match.cosine))
