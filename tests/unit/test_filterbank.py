"""Named kernels: held to SciPy and to their definitions, their signs and sums as stated, bad settings refused."""

from __future__ import annotations

import inspect
import itertools
import math

import numpy as np
import pytest
from scipy import fft, ndimage, signal

from pellucid import filterbank
from pellucid.errors import ArgumentError, DataError, PellucidError, ShapeError
from pellucid.filterbank.catalogue import ALIASES, BANKS, KERNELS

SUMS_TO_1 = {"identity", "box_blur", "gaussian_blur", "sharpen", "emboss", "bump", "box_1d", "gaussian_1d"}
COUNTS = {"horizontal_line", "vertical_line", "diagonal_line", "antidiagonal_line", "corner", "curve"}
BALANCED = {*COUNTS, "gabor"}
SUMS_TO_0 = set(KERNELS) - SUMS_TO_1 - COUNTS - {"gabor", "dct"}
SIZED = [name for name, function in KERNELS.items() if "size" in inspect.signature(function).parameters]

each_kernel = pytest.mark.parametrize("name", KERNELS)


@pytest.fixture
def image() -> np.ndarray:
    """Something without symmetries."""
    return np.random.default_rng(0).normal(size=(20, 24))


def answer(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What a convolutional layer computes: the kernel as it stands, no padding."""
    return signal.correlate2d(image, kernel, "valid")


@each_kernel
def test_kernels_are_new_float64_arrays(name):
    kernel = filterbank.get(name)
    assert (kernel.dtype, kernel.ndim) == (np.float64, 1 if name in ("bump", *ONE_AXIS) else 2)
    assert kernel.flags.c_contiguous and kernel.flags.writeable
    before = kernel.copy()
    kernel[...] = 99
    np.testing.assert_array_equal(filterbank.get(name), before)


ONE_AXIS = ("difference", "second_difference", "box_1d", "gaussian_1d", "dct_1d")


@each_kernel
def test_kernels_are_described(name):
    text = inspect.getdoc(KERNELS[name])
    assert "Formula: " in text and "Source: " in text and ">>> " in text
    assert getattr(filterbank, name) is KERNELS[name]
    assert filterbank.names()[name] == text.split("\n")[0]


@pytest.mark.parametrize("name", sorted(SUMS_TO_1))
def test_blurs_and_their_like_keep_brightness(name):
    sizes = (1, 3, 7) if name in SIZED else (None,)
    for size in sizes:
        assert filterbank.get(name, **({"size": size} if size else {})).sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("name", sorted(SUMS_TO_0))
def test_edge_kernels_are_blind_to_plain_areas(name):
    for size in (3, 7) if name in SIZED else (None,):
        assert filterbank.get(name, **({"size": size} if size else {})).sum() == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("name", sorted(BALANCED))
def test_balanced_kernels_are_blind_to_plain_areas(name):
    for size in (5, 7, 11):
        assert filterbank.get(name, size=size, balanced=True).sum() == pytest.approx(0, abs=1e-13)
        assert abs(filterbank.get(name, size=size).sum()) > 0.01


@pytest.mark.parametrize("size", [1, 3, 5, 9])
def test_lines_have_as_many_ones_as_they_are_long(size):
    for name in ("horizontal_line", "vertical_line", "diagonal_line", "antidiagonal_line"):
        kernel = filterbank.get(name, size=size)
        assert sorted(set(kernel.ravel())) in ([0, 1], [1])
        assert kernel.sum() == size and kernel[size // 2, size // 2] == 1
    np.testing.assert_array_equal(filterbank.vertical_line(size), filterbank.horizontal_line(size).T)
    np.testing.assert_array_equal(filterbank.antidiagonal_line(size), np.rot90(filterbank.diagonal_line(size)))


def test_balanced_lines_are_the_masks_of_the_textbooks():
    masks = filterbank.bank("lines", balanced=True) * 3
    expected = [
        [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
        [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
        [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
        [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
    ]
    np.testing.assert_allclose(np.moveaxis(masks, -1, 0), expected, atol=1e-15)


def test_corners_are_turned_by_quarters():
    turns = ["top_left", "bottom_left", "bottom_right", "top_right"]  # np.rot90 turns against the clock
    for first, second in itertools.pairwise([*turns, "top_left"]):
        np.testing.assert_array_equal(np.rot90(filterbank.corner(first, 5)), filterbank.corner(second, 5))
    assert filterbank.corner("bottom_right").tolist() == [[0, 1, 0], [1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("kernel", "axis", "smooth"), [("sobel", 1, [1, 2, 1]), ("scharr", 1, [3, 10, 3]), ("prewitt", 1, [1, 1, 1])]
)
def test_first_differences_as_in_scipy(kernel, axis, smooth, image):
    expected = ndimage.correlate1d(ndimage.correlate1d(image, [-1, 0, 1], axis), smooth, 1 - axis)[1:-1, 1:-1]
    np.testing.assert_allclose(answer(image, filterbank.get(f"{kernel}_x")), expected, atol=1e-13)
    down = answer(image.T, filterbank.get(f"{kernel}_y")).T
    np.testing.assert_allclose(down, expected, atol=1e-13)
    if kernel != "scharr":
        own = getattr(ndimage, kernel)(image, axis)[1:-1, 1:-1]
        np.testing.assert_allclose(answer(image, filterbank.get(f"{kernel}_x")), own, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "down", "right", "slope"),
    [
        ("sobel_x", 0, 1, 8),
        ("sobel_y", 1, 0, 8),
        ("scharr_x", 0, 1, 32),
        ("scharr_y", 1, 0, 32),
        ("prewitt_x", 0, 1, 6),
        ("prewitt_y", 1, 0, 6),
        ("sobel_diagonal", 1, 1, 12),
        ("sobel_antidiagonal", 1, -1, 12),
        ("roberts_x", 1, 1, 2),
        ("roberts_y", 1, -1, 2),
    ],
)
def test_differences_are_positive_where_brightness_grows(name, down, right, slope):
    """A slope of 1 per pixel in the stated direction; the opposite slope gives the opposite answer."""
    y, x = np.mgrid[:9, :9].astype(float)
    kernel = filterbank.get(name)
    np.testing.assert_allclose(answer(down * y + right * x, kernel), slope, atol=1e-12)
    np.testing.assert_allclose(answer(-down * y - right * x, kernel), -slope, atol=1e-12)
    np.testing.assert_allclose(answer(right * y - down * x, kernel), 0, atol=1e-12)


def test_laplacians_as_in_scipy(image):
    np.testing.assert_allclose(answer(image, filterbank.laplacian()), ndimage.laplace(image)[1:-1, 1:-1], atol=1e-13)
    assert filterbank.laplacian(8).tolist() == [[1, 1, 1], [1, -8, 1], [1, 1, 1]]


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.5])
def test_gaussians_as_in_scipy(sigma, image):
    size = 2 * round(5 * sigma) + 1
    impulse = np.zeros((size, size))
    impulse[size // 2, size // 2] = 1
    blur = ndimage.gaussian_filter(impulse, sigma, mode="constant", radius=size // 2)
    np.testing.assert_allclose(filterbank.gaussian_blur(size, sigma), blur, atol=1e-15)
    line = ndimage.gaussian_filter1d(impulse[size // 2], sigma, mode="constant", radius=size // 2)
    np.testing.assert_allclose(filterbank.gaussian_1d(size, sigma), line, atol=1e-15)
    laplace = ndimage.gaussian_laplace(impulse, sigma, mode="constant", radius=size // 2)
    log = filterbank.laplacian_of_gaussian(size, sigma)
    np.testing.assert_allclose(log, laplace - laplace.mean(), atol=1e-15)
    box = ndimage.uniform_filter(image, 3)[1:-1, 1:-1]
    np.testing.assert_allclose(answer(image, filterbank.box_blur(3)), box, atol=1e-13)


def test_the_rule_for_sigma():
    """OpenCV's: 0.8 for 3 taps, 1.1 for 5, 1.4 for 7."""
    for size, sigma in ((3, 0.8), (5, 1.1), (7, 1.4)):
        np.testing.assert_allclose(filterbank.gaussian_1d(size), filterbank.gaussian_1d(size, sigma), atol=1e-15)


def test_a_difference_of_gaussians_is_close_to_minus_their_laplacian():
    """As Marr and Hildreth found: with the ratio 1.6, at the scale between both."""
    log = -filterbank.laplacian_of_gaussian(25, sigma=2.0 * math.sqrt(1.6) * 0.99)
    dog = filterbank.difference_of_gaussians(25, sigma=2.0)
    assert np.corrcoef(log.ravel(), dog.ravel())[0, 1] > 0.99
    assert dog[12, 12] > 0 > filterbank.laplacian_of_gaussian(25, 2.0)[12, 12]


def test_sharpen_and_emboss_are_the_usual_masks(image):
    assert filterbank.sharpen(neighbors=8).tolist() == [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]]
    for kernel in (filterbank.sharpen(0), filterbank.emboss(0)):
        np.testing.assert_array_equal(answer(image, kernel), image[1:-1, 1:-1])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8])
def test_cosines_are_those_of_scipy(size):
    """Kernel (u, v) is what the inverse transform makes of a single coefficient."""
    basis = filterbank.dct_basis(size)
    for u, v in itertools.product(range(size), repeat=2):
        coefficient = np.zeros((size, size))
        coefficient[u, v] = 1
        expected = fft.idctn(coefficient, norm="ortho")
        np.testing.assert_allclose(filterbank.dct(size, u, v), expected, atol=1e-15)
        np.testing.assert_allclose(basis[:, :, u * size + v], expected, atol=1e-15)
    matrix = basis.reshape(size**2, size**2)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(size**2), atol=1e-14)


@pytest.mark.parametrize("orientation", [0.0, 30.0, 90.0, 135.0])
@pytest.mark.parametrize("phase", [0.0, 45.0, 90.0])
def test_gabor_tap_by_tap(orientation, phase):
    """The formula with complex numbers, one tap after the other."""
    size, wavelength, sigma, aspect = 6, 3.5, 1.7, 0.6
    a = math.radians(orientation)
    kernel = filterbank.gabor(size, wavelength, orientation, phase, sigma, aspect)
    for row, column in np.ndindex(size, size):
        point = complex(column - 2.5, row - 2.5) * complex(math.cos(a), -math.sin(a))  # turned back by the angle
        bell = math.exp(-(point.real**2 + (aspect * point.imag) ** 2) / (2 * sigma**2))
        wave = np.exp(1j * (2 * math.pi * point.real / wavelength + math.radians(phase))).real
        assert kernel[row, column] == pytest.approx(bell * wave, abs=1e-14)


def test_gabor_answers_to_its_own_stripes():
    """Of eight orientations and three wavelengths, the kernel that fits answers most."""
    bank = filterbank.bank("gabor", orientations=8, wavelengths=(4, 6, 9), size=21, balanced=True)
    bank = bank / np.sqrt(np.square(bank).sum((0, 1)))
    y, x = np.mgrid[-10:11, -10:11].astype(float)
    for number, (wavelength, angle) in enumerate(itertools.product((4, 6, 9), np.arange(8) * math.pi / 8)):
        stripes = np.cos(2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / wavelength)
        assert np.argmax(np.tensordot(stripes, bank, 2)) == number


def test_the_phase_of_gabor_as_described():
    """In the middle: a bright stripe, an edge from bright to dark, a dark stripe."""
    bright, edge, dark = (filterbank.gabor(7, phase=phase)[3] for phase in (0, 90, 180))
    assert bright[3] == 1 and dark[3] == -1
    assert edge[2] > 0 > edge[4] and edge[3] == pytest.approx(0, abs=1e-15)


def test_curves_are_turned_by_quarters_and_bulge_where_they_say():
    for size, radius, angle in itertools.product((5, 7, 11), (None, 8.3), (0, 20, 45)):
        turned = np.rot90(filterbank.curve(size, radius, angle))
        np.testing.assert_array_equal(turned, filterbank.curve(size, radius, angle - 90))
        assert filterbank.curve(size, radius, angle)[size // 2, size // 2] == 1
    for size in (5, 7, 11):
        ends = np.argwhere(filterbank.curve(size, angle=0))[[0, -1]]
        assert ends[:, 0].tolist() == [0, size - 1] and ends[:, 1].max() < size // 2  # like )
    straight = filterbank.curve(7, radius=1e6, angle=0)
    np.testing.assert_array_equal(straight, filterbank.vertical_line(7))


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_short_names(alias, name):
    np.testing.assert_array_equal(filterbank.get(alias.upper()), filterbank.get(name))
    assert filterbank.names()[alias] == filterbank.names()[name]


def test_names_are_all_there():
    assert list(filterbank.names()) == sorted({*KERNELS, *ALIASES})
    assert all(text.endswith(".") and "\n" not in text for text in filterbank.names().values())
    assert filterbank.families() == tuple(sorted(BANKS))
    assert {*KERNELS} <= {*filterbank.__all__}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filterbank.get("sobel"), "unknown kernel 'sobel'; did you mean 'sobel_"),
        (lambda: filterbank.get("gausian_blur"), "did you mean 'gaussian_blur'"),
        (lambda: filterbank.get(3), "unknown kernel 3"),
        (
            lambda: filterbank.get("gabor", wavelenght=3),
            "kernel gabor: unknown argument 'wavelenght'; did you mean 'wavelength'",
        ),
        (lambda: filterbank.get("sobel_x", size=5), "kernel sobel_x: unknown argument 'size'; it takes none"),
        (lambda: filterbank.bank("line"), "unknown bank or kernel 'line'; did you mean 'lines'"),
        (lambda: filterbank.bank("gabor", orientation=3), "bank gabor: unknown argument 'orientation'; did you mean"),
        (lambda: filterbank.bank(["sobel_x"], size=3), "settings size belong to a name; in a list write"),
        (lambda: filterbank.bank([]), "at least one kernel, got an empty list"),
        (lambda: filterbank.bank(["sobel_x", "bump"]), r"equally many axes, got the shapes \(3, 3\), \(3,\)"),
        (lambda: filterbank.bank(["sobel_x", "roberts_x"]), "kernels of 2x2 have no place in the middle of 3x3"),
        (lambda: filterbank.bank(None), "a bank is an array"),
        (lambda: filterbank.bank(7), r"at least 2 axes with numbers in them, got shape \(\)"),
        (lambda: filterbank.bank(np.ones((3, 0, 2))), "axes with numbers in them"),
        (lambda: filterbank.bank([[1.0, 2.0], [[1.0]]]), "equally many axes"),
        (lambda: filterbank.bank([[[1.0, 2.0], [1.0]]]), "kernel 0: the nested lists differ in length"),
        (lambda: filterbank.bank([[["a"]]]), "kernel 0: expected numbers"),
        (lambda: filterbank.bank(np.array([[1j]])), "expected numbers, got complex128"),
        (lambda: filterbank.bank("gabor", wavelengths=4), "wavelengths must be a list"),
        (lambda: filterbank.bank("gabor", wavelengths=()), "wavelengths must be a list"),
        (lambda: filterbank.bank("gabor", size=255, orientations=360, wavelengths=[4, 5]), "take fewer"),
        (lambda: filterbank.bank("gabor", wavelengths=[1.9]), "wavelength must be a finite number >= 2"),
        (
            lambda: filterbank.bank("curves", directions=0),
            "argument `directions`. Expected a strictly positive value. Received directions=0",
        ),
        (
            lambda: filterbank.bank("dct", size=33),
            "dct_basis: Invalid value for argument `size`. It should be a positive integer up to 32. Received size=33",
        ),
        (lambda: filterbank.corner("top"), "unknown position of corner 'top'; did you mean 'top_left' or 'top_right'"),
        (lambda: filterbank.corner(["top_left"]), "unknown position of corner"),
        (lambda: filterbank.curve(7, radius=3.4), "radius must be a finite number >= 3.5 and <= 1e"),
        (lambda: filterbank.curve(3), "size must be a whole number from 5 to 255, got 3"),
        (lambda: filterbank.curve(angle=np.nan), "angle must be a finite number, got nan"),
        (lambda: filterbank.laplacian(5), "neighbors must be 4 or 8, got 5"),
        (lambda: filterbank.laplacian(4.0), "neighbors must be 4 or 8, got 4.0"),
        (lambda: filterbank.sharpen(-1), "amount must be a finite number >= 0, got -1"),
        (lambda: filterbank.emboss(np.inf), "amount must be a finite number >= 0, got inf"),
        (lambda: filterbank.gaussian_blur(5, sigma=0), "sigma must be a finite number >= 0.1, got 0"),
        (lambda: filterbank.gaussian_blur(5, sigma="1"), "sigma must be a finite number >= 0.1, got '1'"),
        (lambda: filterbank.difference_of_gaussians(ratio=1), "ratio must be greater than 1, or nothing remains"),
        (lambda: filterbank.difference_of_gaussians(ratio=0.5), "ratio must be a finite number >= 1, got 0.5"),
        (lambda: filterbank.gabor(aspect=0), "aspect must be a finite number >= 0.01, got 0"),
        (lambda: filterbank.gabor(balanced=1), "gabor: balanced must be True or False, got 1"),
        (lambda: filterbank.dct(4, 4, 0), "dct: u must be a whole number from 0 to 3, got 4"),
        (lambda: filterbank.dct(4, 0, -1), "dct: v must be a whole number from 0 to 3, got -1"),
    ],
)
def test_wrong_arguments_are_refused_with_advice(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", [*SIZED, *(f"bank of {name}" for name in BANKS if name != "edges")])
@pytest.mark.parametrize("size", [0, -1, 256, 2**31, 2**62, 1.5, 3.0, "3", None, True, np.nan, (3, 3)])
def test_sizes_that_cannot_be_are_refused(name, size):
    make = filterbank.bank if name.startswith("bank of ") else filterbank.get
    with pytest.raises(
        ArgumentError, match=r"size must be a whole number from \d to|argument `size`\..* positive integer up to"
    ):
        make(name.removeprefix("bank of "), size=size)


@pytest.mark.parametrize("name", ["identity", "horizontal_line", "vertical_line", "corner", "curve", "bump"])
def test_kernels_with_a_middle_have_odd_sizes(name):
    with pytest.raises(ArgumentError, match=f"{name}: size must be odd, so that there is a middle, got 6; use 7"):
        filterbank.get(name, size=6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    kernel = np.ones((3, 3))
    kernel[1, 2] = bad
    with pytest.raises(DataError, match=r"kernel 1: the number at \(1, 2\) is .*; expected finite numbers"):
        filterbank.bank(["sobel_x", kernel])
    with pytest.raises(DataError, match=r"the number at \(1, 2\)"):
        filterbank.bank(kernel)


def test_families():
    """Each in the order that is described."""
    lines = ["horizontal_line", "vertical_line", "diagonal_line", "antidiagonal_line"]
    edges = ["sobel_x", "sobel_y", "sobel_diagonal", "sobel_antidiagonal"]
    for family, members in (("lines", lines), ("edges", edges)):
        np.testing.assert_array_equal(filterbank.bank(family), filterbank.bank(members))
    corners = [filterbank.corner(where, 5) for where in ("top_left", "top_right", "bottom_left", "bottom_right")]
    np.testing.assert_array_equal(filterbank.bank("corners", size=5), filterbank.bank(corners))
    curves = [filterbank.curve(9, 7.0, angle) for angle in (0, 90, 180, 270)]
    np.testing.assert_array_equal(filterbank.bank("curves", directions=4, size=9, radius=7.0), filterbank.bank(curves))
    gabors = [filterbank.gabor(9, w, a, phase=90) for w in (3, 5) for a in (0, 60, 120)]
    bank = filterbank.bank("gabor", orientations=3, wavelengths=(3, 5), size=9, phase=90)
    np.testing.assert_allclose(bank, filterbank.bank(gabors), atol=1e-15)
    np.testing.assert_array_equal(filterbank.bank("dct", size=4), filterbank.dct_basis(4))


def test_banks_of_one_kernel_and_of_arrays():
    assert filterbank.bank("sobel_x").shape == (3, 3, 1) and filterbank.bank("log", size=9).shape == (9, 9, 1)
    given = np.arange(18).reshape(3, 3, 2)
    bank = filterbank.bank(given)
    np.testing.assert_array_equal(bank, given)
    bank[...] = 0
    assert given[2, 2, 1] == 17


def test_small_kernels_come_into_the_middle_of_large_ones(image):
    bank = filterbank.bank(["sobel_x", filterbank.gaussian_blur(7)])
    assert bank.shape == (7, 7, 2)
    np.testing.assert_allclose(answer(image, bank[..., 0]), answer(image, filterbank.sobel_x())[2:-2, 2:-2], atol=1e-13)
    wide = filterbank.centered(np.arange(6).reshape(1, 2, 3), (3, 4))
    assert wide.shape == (3, 4, 3) and wide[1, 1:3].tolist() == [[0, 1, 2], [3, 4, 5]] and wide.sum() == 15
    with pytest.raises(ShapeError, match=r"5x5 do not fit into 3x7; a layer needs kernel_size=\(5, 7\)"):
        filterbank.centered(np.ones((5, 5)), (3, 7))
    with pytest.raises(PellucidError, match="take 2x2 or 4x4"):
        filterbank.centered(np.ones((2, 2)), (3, 3))
    with pytest.raises(PellucidError, match="3 taps have no place in the middle of 4 taps"):
        filterbank.centered(np.ones(3), (4,))
