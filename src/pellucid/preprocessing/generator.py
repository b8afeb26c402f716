"""`ImageDataGenerator`: what is done to images before a model sees them, by chance and by rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.calls import Explained
from pellucid.checks import flag, mapping_of, number, number_type, several, whole
from pellucid.config import image_data_format
from pellucid.data.images.affine import FILL_MODES
from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.preprocessing.changes import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    numbers_of,
    pair,
)
from pellucid.preprocessing.folders import DirectoryIterator
from pellucid.preprocessing.iterators import NumpyArrayIterator
from pellucid.preprocessing.tables import DataFrameIterator
from pellucid.warned import warn

LAYOUTS = {"channels_last": (0, 1, 2), "channels_first": (1, 2, 0), "tf": (0, 1, 2), "th": (1, 2, 0)}
"""Where rows, columns and channels of an image stand, by the data format in the words of two Kerases."""


class ImageDataGenerator(Explained):
    """Images in batches, each changed at random, then rescaled and normalised by rule.

    First an image is rotated, shifted, sheared and zoomed in one go, then its colours are shifted, it is mirrored and
    made brighter or darker; then comes the function of the user's, `rescale`, and what is normalised.

    Args:
        featurewise_center: whether the mean of all images that `fit` saw is taken off, channel by channel.
        samplewise_center: whether each image's own mean is taken off.
        featurewise_std_normalization: whether they are divided by the deviation that `fit` saw, channel by channel.
        samplewise_std_normalization: whether each image is divided by its own.
        zca_whitening: whether pixels are made uncorrelated, as `fit` has learned.
        zca_epsilon: keeps that from a division by zero.
        rotation_range: up to so many degrees to either side.
        width_shift_range: up to this part of the width (below 1) or so many pixels; of a list one, to either side.
        height_shift_range: the same of the height.
        brightness_range: factors (from, to).
        shear_range: up to so many degrees to either side.
        zoom_range: (from, to); one number z stands for (1 - z, 1 + z).
        channel_shift_range: up to so much is added to all channels.
        fill_mode: what is seen outside of an image: "nearest", "constant", "reflect" or "wrap".
        cval: that constant.
        horizontal_flip: whether half of the images are mirrored left to right.
        vertical_flip: whether half are mirrored top to bottom.
        rescale: a factor for all numbers.
        preprocessing_function: of an image, which returns one of its shape.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.
        validation_split: the part of the samples that `subset="validation"` gives.
        interpolation_order: 1 for bilinear, 0 for the nearest pixel.
        dtype: of the batches.
        dim_ordering: Keras 1's word for the data format.

    Raises:
        ArgumentError: a word is unknown, or a number out of range.

    Example:
        >>> changes = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
        >>> next(changes.flow(np.full((2, 4, 4, 1), 255.0), batch_size=2)).max()
        np.float32(1.0)

    Source: keras.preprocessing.image.ImageDataGenerator of Keras 1.2.2 and 2.2.4.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], Any] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
        dim_ordering: str | None = None,
    ) -> None:
        own = "ImageDataGenerator"
        self.featurewise_center = flag(own, "featurewise_center", featurewise_center)
        self.samplewise_center = flag(own, "samplewise_center", samplewise_center)
        self.featurewise_std_normalization = flag(own, "featurewise_std_normalization", featurewise_std_normalization)
        self.samplewise_std_normalization = flag(own, "samplewise_std_normalization", samplewise_std_normalization)
        self.zca_whitening = flag(own, "zca_whitening", zca_whitening)
        self.zca_epsilon = number(own, "zca_epsilon", zca_epsilon, 0.0)
        self.rotation_range = number(own, "rotation_range", rotation_range, 0.0)
        self.width_shift_range = _shift("width_shift_range", width_shift_range)
        self.height_shift_range = _shift("height_shift_range", height_shift_range)
        self.brightness_range = None if brightness_range is None else pair(own, "brightness_range", brightness_range)
        self.shear_range = number(own, "shear_range", shear_range, 0.0)
        is_one = isinstance(zoom_range, int | float) and not isinstance(zoom_range, bool)
        self.zoom_range = pair(own, "zoom_range", (1 - zoom_range, 1 + zoom_range) if is_one else zoom_range)
        self.channel_shift_range = number(own, "channel_shift_range", channel_shift_range, 0.0)
        if not isinstance(fill_mode, str) or fill_mode not in FILL_MODES:
            raise unknown_name("fill_mode", fill_mode, FILL_MODES)
        self.fill_mode, self.cval = fill_mode, number(own, "cval", cval)
        self.horizontal_flip = flag(own, "horizontal_flip", horizontal_flip)
        self.vertical_flip = flag(own, "vertical_flip", vertical_flip)
        self.rescale = None if rescale is None else number(own, "rescale", rescale)
        if preprocessing_function is not None and not callable(preprocessing_function):
            raise ArgumentError(f"{own}: preprocessing_function is a function, got {shown(preprocessing_function)}")
        self.preprocessing_function = preprocessing_function
        given = next((each for each in (dim_ordering, data_format) if each is not None), image_data_format())
        if not isinstance(given, str) or given not in LAYOUTS:
            raise unknown_name("data_format", given, ("channels_last", "channels_first"))
        self.row_axis, self.col_axis, self.channel_axis = LAYOUTS[given]
        self.data_format = "channels_last" if self.channel_axis == 2 else "channels_first"
        self.validation_split = number(own, "validation_split", validation_split, 0.0, 1.0)
        self.interpolation_order = whole(own, "interpolation_order", interpolation_order, 0, 1)
        self.dtype = number_type(own, dtype)
        if (featurewise_std_normalization or zca_whitening) and not featurewise_center:
            self.featurewise_center = True
            warn(f"{own}: featurewise_center is on as well, without which what is asked for makes no sense")
        self.samplewise_center |= self.samplewise_std_normalization
        self.mean: np.ndarray | None = None
        self.std: np.ndarray | None = None
        self.zca_whitening_matrix: np.ndarray | None = None

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of images in an array.

        Args:
            x: (samples, rows, columns, channels); or a tuple of that and of a list of further arrays.
            y: targets, or None.
            batch_size: samples in a batch.
            shuffle: whether each epoch has an order of its own.
            sample_weight: of each sample, or None.
            seed: decides orders and changes; two flows of one seed make the same of images and masks.
            save_to_dir, save_prefix, save_format: where changed images are written, if at all.
            subset: "training" or "validation", see `validation_split`.

        Raises:
            ArgumentError: the arrays do not go together.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format, save_to_dir, save_prefix,
            save_format, subset, self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of the images in a folder that has a folder for each class; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed, self.data_format,
            save_to_dir, save_prefix, save_format, follow_links, subset, interpolation, keep_aspect_ratio, self.dtype,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
    ) -> DataFrameIterator:
        """Batches of the images whose files a table names; see `DataFrameIterator`."""
        return DataFrameIterator(
            dataframe, directory, self, x_col, y_col, weight_col, target_size, color_mode, classes, class_mode,
            batch_size, shuffle, seed, self.data_format, save_to_dir, save_prefix, save_format, subset, interpolation,
            self.dtype, validate_filenames,
        )  # fmt: skip

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """What is to be done to an image of this shape, by chance: what `apply_transform` takes."""
        shape = several("get_random_transform", "img_shape", img_shape, "three sizes")
        if len(shape) != 3:
            raise ArgumentError(f"get_random_transform: img_shape has three sizes, got {shown(img_shape)}")
        sizes = tuple(whole("get_random_transform", "each size of img_shape", size, 1) for size in shape)
        seed = None if seed is None else whole("get_random_transform", "seed", seed, 0, 2**32 - 1)
        return self._drawn(sizes, np.random if seed is None else np.random.RandomState(seed))

    def _drawn(self, shape: tuple[int, ...], draws: Any) -> dict[str, Any]:
        """The numbers of one change, drawn in the order in which Keras draws them."""
        angle, slant = self.rotation_range, self.shear_range
        theta = draws.uniform(-angle, angle) if angle else 0
        tx = _drawn_shift(self.height_shift_range, shape[self.row_axis], draws)
        ty = _drawn_shift(self.width_shift_range, shape[self.col_axis], draws)
        shear = draws.uniform(-slant, slant) if slant else 0
        zx, zy = (1, 1) if self.zoom_range == (1, 1) else draws.uniform(*self.zoom_range, 2)
        flips = [bool(draws.random_sample() < 0.5) and flip for flip in (self.horizontal_flip, self.vertical_flip)]
        most, factors = self.channel_shift_range, self.brightness_range
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": flips[0],
            "flip_vertical": flips[1],
            "channel_shift_intensity": draws.uniform(-most, most) if most else None,
            "brightness": None if factors is None else draws.uniform(*factors),
        }

    def apply_transform(self, x: np.ndarray, transform_parameters: Mapping[str, Any]) -> np.ndarray:
        """An image after the changes that `get_random_transform` gives; what is not in it is left alone."""
        given = mapping_of("apply_transform", "transform_parameters", transform_parameters)
        moves = {name: given.get(name, usual) for name, usual in MOVES.items()}
        axes: dict[str, int] = {name: getattr(self, name) for name in ("row_axis", "col_axis", "channel_axis")}
        x = apply_affine_transform(
            x, **moves, **axes, fill_mode=self.fill_mode, cval=self.cval, order=self.interpolation_order
        )
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], self.channel_axis)
        x = flip_axis(x, self.col_axis) if given.get("flip_horizontal") else x
        x = flip_axis(x, self.row_axis) if given.get("flip_vertical") else x
        if given.get("brightness") is None:
            return x
        last = np.moveaxis(x, self.channel_axis, -1)
        return np.moveaxis(apply_brightness_shift(last, given["brightness"], scale=False), -1, self.channel_axis)

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """An image after a change by chance."""
        x = numbers_of("random_transform", x)
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def changed(self, x: np.ndarray, draws: Any) -> np.ndarray:
        """An image after a change that `draws` says, and normalised."""
        return self.standardize(np.array(self.apply_transform(x, self._drawn(x.shape, draws)), self.dtype))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """An image, or a batch of them, after what is done by rule."""
        x = numbers_of("standardize", x)
        if self.preprocessing_function is not None:
            x = np.asarray(self.preprocessing_function(x), self.dtype)
        x = x if self.rescale is None else x * self.rescale
        x = x - x.mean() if self.samplewise_center else x
        x = x / (x.std() + 1e-6) if self.samplewise_std_normalization else x
        if self.featurewise_center:
            x = x - self._seen(self.mean, "featurewise_center")
        if self.featurewise_std_normalization:
            x = x / (self._seen(self.std, "featurewise_std_normalization") + 1e-6)
        if self.zca_whitening:
            matrix = self._seen(self.zca_whitening_matrix, "zca_whitening")
            x = (x.reshape(-1, len(matrix)) @ matrix).reshape(x.shape)
        return x.astype(self.dtype, copy=False)

    @staticmethod
    def _seen(value: np.ndarray | None, setting: str) -> np.ndarray:
        if value is None:
            raise ArgumentError(f"ImageDataGenerator({setting}=True) must see images first: call fit(images)")
        return value

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Look at images: take their mean and deviation, and what whitens them.

        Args:
            x: (samples, rows, columns, channels).
            augment: whether changed images are looked at.
            rounds: how often each, then.
            seed: of those changes.

        Raises:
            ArgumentError: there are not four axes.
        """
        images = np.array(x, self.dtype)
        if images.ndim != 4:
            raise ArgumentError(f"ImageDataGenerator.fit takes images of four axes, got shape {images.shape}")
        images = images if self.rescale is None else images * self.rescale
        if flag("ImageDataGenerator.fit", "augment", augment):
            draws = np.random if seed is None else np.random.RandomState(seed)
            changes = [(image, self._drawn(image.shape, draws)) for _ in range(rounds) for image in images]
            images = np.stack([self.apply_transform(image, change) for image, change in changes])
        others = (0, 1 + self.row_axis, 1 + self.col_axis)
        if self.featurewise_center:
            self.mean = images.mean(axis=others, keepdims=True)[0]
            images = images - self.mean
        if self.featurewise_std_normalization:
            self.std = images.std(axis=others, keepdims=True)[0]
            images = images / (self.std + 1e-6)
        if self.zca_whitening:
            vectors, sizes, _ = np.linalg.svd(images.reshape(len(images), -1).T, full_matrices=False)
            scaled = vectors * (np.sqrt(len(images)) / (sizes + self.zca_epsilon))
            self.zca_whitening_matrix = (scaled @ vectors.T).astype(self.dtype)


MOVES: dict[str, Any] = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}


def _shift(name: str, value: Any) -> Any:
    """A part, a number of pixels, or a list of them."""
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return [number("ImageDataGenerator", name, each) for each in value]
    return value if isinstance(value, int) and value >= 0 else number("ImageDataGenerator", name, value, 0.0)


def _drawn_shift(most: Any, size: int, draws: Any) -> float:
    """By how many pixels an image is shifted along an axis."""
    if not most:
        return 0.0
    is_part = isinstance(most, float)
    shift = draws.uniform(-most, most) if is_part else draws.choice(most) * draws.choice([-1, 1])
    return float(shift * size if np.max(most) < 1 else shift)
