"""Layers that vary images by others, which are drawn: Keras's RandAugment and AugMix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from pellucid.checks import flag, positive, whole
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.augmentation import RandomBrightness, RandomContrast
from pellucid.layers.bending import RandomShear
from pellucid.layers.boxes import BOXES, within
from pellucid.layers.colouring import Coloured, RandomColorDegeneration
from pellucid.layers.distributions import TRIES, gamma, symmetric_beta
from pellucid.layers.equalizing import Equalization
from pellucid.layers.images import MASKS
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.moving import Moved, RandomRotation, RandomTranslation, grid
from pellucid.layers.random_draws import Augmentation, Range, limits_of
from pellucid.layers.sampling import INTERPOLATIONS, pixels_at
from pellucid.layers.toning import AutoContrast, RandomPosterization, RandomSharpness, Solarization, sum_of

BITS = 8
FIRST, SECOND, NORMAL, UNIFORM, LAST, CHOICE = range(6)
MOST_LAYERS = 32  # one after the other, or side by side
SMALL = 1e-20  # that keeps a share of shares that are all nothing


class Policy(Coloured):
    """Images that are varied by layers which are drawn for each of them."""

    belongs = (MASKS, BOXES)
    bounds: ClassVar[Range] = (0.0, 1.0)
    all_ops = True
    rests: ClassVar[int] = 0
    """How many of the chances, beside one for each layer, an image has to stay as it is."""

    def __init__(
        self,
        value_range: Sequence[float],
        factor: float | Sequence[float],
        interpolation: str,
        seed: int | None,
        data_format: str | None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.value_range = limits_of(self.label, value_range)
        self.factor = self.factor_range("factor", factor)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)

    def chosen(self, x: Tensor, number: int, form: str) -> Tensor:
        """Images varied by one of the layers, drawn for each.

        Args:
            x: (batch, rows, columns, channels).
            number: which of the draws it is.
            form: what of a layer is asked for: "varied" or "mask_varied".
        """
        moving, toning = self._layers(number)
        draw = self._choice(x, number, len(moving) + len(toning))
        y = self._moved(x, moving, draw, form)
        for place, layer in enumerate(toning if form == "varied" else (), start=len(moving)):
            y = builder.where(builder.equal(draw, float(place)), layer.varied(x), y)
        return y

    def _moved(self, x: Tensor, layers: Sequence[Moved], draw: Tensor, form: str) -> Tensor:
        """Images seen from the places of the layer that is drawn, all at once; from their own where it is none."""
        rows, columns = grid(x)
        flat = builder.reshape(draw, (x.shape[0], 1, 1))
        for place, layer in enumerate(layers):
            is_it = builder.equal(flat, float(place))
            down, across = layer.places(x)
            rows, columns = builder.where(is_it, down, rows), builder.where(is_it, across, columns)
        interpolation = self.interpolation if form == "varied" else "nearest"
        return pixels_at(x, (rows, columns), interpolation, "reflect")

    def corners_chosen(self, corners: Tensor, x: Tensor, number: int) -> Tensor:
        """Boxes moved as `chosen` moves their images, and cut off at the edges."""
        moving, toning = self._layers(number)
        draw = builder.reshape(self._choice(x, number, len(moving) + len(toning)), (x.shape[0], 1, 1))
        moved = corners
        for place, layer in enumerate(moving):
            moved = builder.where(builder.equal(draw, float(place)), layer.corners_moved(corners, x), moved)
        return within(moved, (x.shape[1], x.shape[2]))

    def _choice(self, x: Tensor, number: int, layers: int) -> Tensor:
        """Which of the layers acts on each image, (batch, 1, 1, 1)."""
        return builder.floor(self.drawn(x, (0.0, float(layers + self.rests)), CHOICE + number))

    def _layers(self, number: int) -> tuple[list[Moved], list[Augmentation]]:
        """Those of one draw that move pixels, and that change them: what each of them draws is its own."""
        factor, interpolation, pixels = self.factor, self.interpolation, self.value_range
        bits, own = max(1, int(BITS * factor[1])), f"{self.name}_{number}"
        seed = None if self.seed is None else self.seed + number + 1
        moved: dict[str, Any] = {"interpolation": interpolation, "seed": seed}
        toned: dict[str, Any] = {"value_range": pixels, "seed": seed}
        moving: list[Moved] = [
            RandomShear(factor, factor, name=f"{own}_shear", **moved),
            RandomTranslation(factor, factor, name=f"{own}_translation", **moved),
            RandomRotation(factor, name=f"{own}_rotation", **moved),
        ]
        toning: list[Augmentation] = [
            RandomPosterization(bits, name=f"{own}_posterization", **toned),
            Solarization(factor, factor, name=f"{own}_solarization", **toned),
            AutoContrast(pixels, name=f"{own}_auto_contrast"),
            Equalization(pixels, name=f"{own}_equalization"),
        ]
        if self.all_ops:
            toning += [
                RandomBrightness(factor, name=f"{own}_brightness", **toned),
                RandomColorDegeneration(factor, name=f"{own}_color_degeneration", **toned),
                RandomContrast(factor, name=f"{own}_contrast", **toned),
                RandomSharpness(factor, name=f"{own}_sharpness", **toned),
            ]
        return moving, toning


class RandAugment(Policy):
    """Images that are varied by some of eleven layers, which are drawn for each image; in training only.

    The layers slant, shift and turn images, change their brightness, colours, contrast and sharpness, take tones away,
    invert the bright ones, stretch or spread them.

    Args:
        value_range: smallest and largest value of a pixel.
        num_ops: how many layers act on an image, one after the other.
        factor: how strongly, from 0 to 1: a number f stands for (0, f), or two limits.
        interpolation: "bilinear" or "nearest".
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3))
        >>> y = layers.RandAugment(seed=1)(x, training=True)
        >>> y.shape, bool((y != x).any(axis=(1, 2, 3)).all())
        ((4, 8, 8, 3), True)

    Source: keras.layers.RandAugment; Cubuk et al., RandAugment, NeurIPS 2020.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: float | Sequence[float] = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(value_range, factor, interpolation, seed, data_format, **options)
        self.num_ops = whole(self.label, "num_ops", num_ops, 1, MOST_LAYERS)

    def varied(self, x: Tensor) -> Tensor:
        """One layer after the other."""
        return self._in_turn(x, "varied")

    def mask_varied(self, x: Tensor) -> Tensor:
        """Masks are moved as their images are."""
        return self._in_turn(x, "mask_varied")

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """One layer after the other."""
        for number in range(self.num_ops):
            corners = self.corners_chosen(corners, x, number)
        return corners

    def _in_turn(self, x: Tensor, form: str) -> Tensor:
        for number in range(self.num_ops):
            x = self.chosen(x, number, form)
        return x


class AugMix(Policy):
    """Images mixed with variants of themselves, each made by a chain of layers that are drawn; in training only.

    Args:
        value_range: smallest and largest value of a pixel; results are brought into it.
        num_chains: how many variants there are.
        chain_depth: how many layers make a variant, at most: each may be left out.
        factor: how strongly they act, from 0 to 1: a number f stands for (0, f), or two limits.
        alpha: above 0: near 0 one variant or the image itself is nearly all, large numbers mix evenly.
        all_ops: whether brightness, colours, contrast and sharpness are changed too.
        interpolation: "bilinear" or "nearest".
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3))
        >>> layers.AugMix(num_chains=2, chain_depth=1, seed=1)(x, training=True).shape
        (4, 8, 8, 3)

    Source: keras.layers.AugMix; Hendrycks et al., AugMix, ICLR 2020.
    """

    rests = 1
    moves_no_boxes = "mixes an image with variants that were moved, for which there is no one bounding box"

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: float | Sequence[float] = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(value_range, factor, interpolation, seed, data_format, **options)
        self.num_chains = whole(self.label, "num_chains", num_chains, 1, MOST_LAYERS)
        self.chain_depth = whole(self.label, "chain_depth", chain_depth, 1, MOST_LAYERS)
        self.alpha = positive(self.label, "alpha", alpha)
        self.all_ops = flag(self.label, "all_ops", all_ops)

    def varied(self, x: Tensor) -> Tensor:
        """Mix the variants, and the image with that."""
        return builder.clip(self._mixed(x, "varied"), *self.value_range)

    def mask_varied(self, x: Tensor) -> Tensor:
        """Masks are moved and mixed as their images are."""
        return self._mixed(x, "mask_varied")

    def _mixed(self, x: Tensor, form: str) -> Tensor:
        shares = self._shares(x)
        parts = []
        for chain in range(self.num_chains):
            y = x
            for depth in range(self.chain_depth):
                y = self.chosen(y, chain * self.chain_depth + depth, form)
            parts.append(y * builder.slice_axis(shares, 1, chain, chain + 1))
        stays = symmetric_beta(self._uniform(x, (), FIRST), self._uniform(x, (), SECOND), self.alpha)
        return x * stays + sum_of(parts) * (1.0 - stays)

    def _shares(self, x: Tensor) -> Tensor:
        """How much of each variant is taken, (batch, chains, 1, 1), together 1."""
        chains = (self.num_chains, TRIES)
        normal = builder.random_normal(x.graph, (x.shape[0], *chains), self.stream_of(x.graph, NORMAL))
        drawn = gamma(self._uniform(x, chains, UNIFORM), normal, self._uniform(x, chains[:1], LAST), self.alpha)
        shares = (drawn + SMALL) / builder.reduce_sum(drawn + SMALL, (1,), keepdims=True)
        return builder.reshape(shares, (x.shape[0], self.num_chains, 1, 1))

    def _uniform(self, x: Tensor, form: tuple[int, ...], number: int) -> Tensor:
        shape = (x.shape[0], *form) if form else (x.shape[0], 1, 1, 1)
        return builder.random_uniform(x.graph, shape, self.stream_of(x.graph, number))
