"""The initialiser that fills a convolution with kernels that have a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.checks import flag, mapping_of, number, word
from pellucid.errors import ShapeError
from pellucid.geometry import in_words
from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer, finite, fitting_hint

CHANNELS = ("mean", "each", "first", "diagonal")


class Filterbank(Initializer):
    """Kernels of `pellucid.filterbank`, or of your own, as the filters of a convolution.

    Filter f of the layer gets kernel f mod n of the n kernels: more filters than kernels repeat them from the first on,
    fewer leave the last ones out. Kernels smaller than the layer's come into the middle, with zeros around.

    A layer with several input channels has weights for each. What they are, for C channels:

        "mean"      kernel / C on every channel: the mean of the channels is looked at, so a grey image in colour gets
                    the answer that the one channel would get
        "each"      the kernel on every channel: the sum of the channels. Also for DepthwiseConv2D, whose kernel
                    (rows, columns, channels, multiplier) keeps channels apart: each is looked at by every kernel
        "first"     the kernel on channel 0, zeros on the others
        "diagonal"  the kernel on channel (f // n) mod C only: n filters for channel 0, n for channel 1 and so on, the
                    maps of DepthwiseConv2D with n kernels in their order; with one kernel, filter f looks at channel f

    Args:
        kernels: what `filterbank.bank` takes: a family ("lines", "edges", "corners", "curves", "gabor", "dct"), the
            name of one kernel ("sobel_x"), a list of names and arrays, or an array (rows, columns, n), for Conv1D
            (taps, n).
        channels: the rule above.
        strict: raise unless the layer has exactly n filters (n * C for "diagonal").
        gain: factor on all numbers.
        settings: of the family or the kernel that is named, such as {"size": 5}.

    Raises:
        ArgumentError: a name, a setting or a rule is unknown or out of range.
        ShapeError: kernels do not fit together or, at the call, into the layer; says what would.
        DataError: a number is NaN or infinite.

    Example:
        >>> kernel = Filterbank("lines")((3, 3, 1, 4))
        >>> kernel[:, :, 0, 1].tolist()
        [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
        >>> Filterbank(["laplacian"])((5, 5, 2, 1))[2, 2].ravel().tolist()
        [-2.0, -2.0]
        >>> Filterbank("curves")((3, 3, 1, 8))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: Filterbank('curves'): kernels of 7x7 do not fit into 3x3; ...

    In model files it is written as Zeros, an initialiser that Keras knows and can call for any shape, with the bank
    beside it under a key that Keras reads over. So Keras opens the file and takes the weights from it, and Pellucid
    restores the bank. The numbers themselves cannot stand there, since they depend on the layer's shape.

    Source: handcrafted first layers, as in Bruna and Mallat, Invariant Scattering Convolution Networks, 2013 (waves),
    and Ulicny et al., Harmonic Networks with Limited Training Samples, 2019 (cosine basis).
    """

    def __init__(
        self,
        kernels: str | Sequence[str | npt.ArrayLike] | npt.NDArray[Any],
        channels: str = "mean",
        strict: bool = False,
        gain: float = 1.0,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        from pellucid import filterbank  # at the first use, as in the methods below

        self.settings = mapping_of("Filterbank", "settings", settings)
        self.bank = filterbank.bank(kernels, **self.settings)
        self.bank.setflags(write=False)
        finite(self.bank)
        self.channels = word("Filterbank", "channels", channels, CHANNELS)
        self.strict = flag("Filterbank", "strict", strict)
        self.gain = number("Filterbank", "gain", gain)
        self.kernels = self._described(kernels)

    def _described(self, kernels: Any) -> str | list[Any]:
        """The kernels as plain data: names stay names, an array becomes the list of its kernels."""
        if isinstance(kernels, str):
            return kernels
        if isinstance(kernels, list | tuple):
            return [item if isinstance(item, str) else np.asarray(item, np.float64).tolist() for item in kernels]
        return [kernel.tolist() for kernel in np.moveaxis(self.bank, -1, 0)]

    def draw(self, shape: Shape) -> npt.ArrayLike:
        self._check_axes(shape)
        *size, channels, filters = shape
        n, f = self.bank.shape[-1], np.arange(filters)
        if self.strict and filters != (wanted := n * channels if self.channels == "diagonal" else n):
            raise ShapeError(f"{self} has {n} kernels and fills {wanted} filters of a layer; this one has {filters}")
        try:
            kernels = self._laid(size)[..., f % n]
        except ShapeError as error:
            raise ShapeError(f"{self}: {self._transposed(tuple(size)) or error}") from None
        weights = np.zeros((channels, filters))
        match self.channels:
            case "mean":
                weights[:] = 1 / channels
            case "each":
                weights[:] = 1
            case "first":
                weights[0] = 1
            case "diagonal":
                weights[(f // n) % channels, f] = 1
        return self.gain * kernels[..., np.newaxis, :] * weights

    def _laid(self, size: Sequence[int]) -> npt.NDArray[Any]:
        """The kernels in the middle of kernels of a size; those that a description tells where it tells them."""
        from pellucid import filterbank
        from pellucid.filterbank.catalogue import laid_as_told

        given = [self.kernels] if isinstance(self.kernels, str) else self.kernels
        told = [laid_as_told(item, size, self.settings) if isinstance(item, str) else None for item in given]
        if all(each is None for each in told):
            return filterbank.centered(self.bank, size)
        parts = zip(given, told, strict=True)
        middle = filterbank.centered
        return np.stack([middle(filterbank.bank([m])[..., 0], size) if at is None else at for m, at in parts], axis=-1)

    def _check_axes(self, shape: Shape) -> None:
        """Raise unless the kernels have as many axes as the layer's."""
        if len(shape) < 3:
            raise ShapeError(
                f"{self} fills kernels of convolutions, (rows, columns, channels, filters) or (taps, channels, "
                f"filters); this weight has the shape {shape}"
            )
        size, wanted = self.bank.shape[:-1], shape[:-2]
        if len(size) != len(wanted):
            hint = fitting_hint(self.bank.shape, shape)
            first = self.kernels if isinstance(self.kernels, str) else self.kernels[0]
            if isinstance(first, str):
                hint = ""
                if (len(size), len(wanted)) == (2, 3):
                    hint = f"; in a volume a kernel lies on slices: {f'{first} on each of {wanted[0]} slices'!r}"
            elif self.bank.ndim == len(wanted):
                hint = "; a single kernel is given in a list: [kernel]"
            elif hint:
                hint = f"; as the array has channels too, give it as initialiser itself{hint}"
            raise ShapeError(
                f"{self}: kernels of {in_words(size)} cannot fill the layer's kernels of {in_words(wanted)}{hint}"
            )

    def _transposed(self, size: Shape) -> str:
        """How an array that counts kernels along its first axis would fit; empty where it does not."""
        if isinstance(self.kernels, str) or self.bank.shape[1:] != size:
            return ""
        order = (*range(1, self.bank.ndim), 0)
        return f"the last axis of an array counts the kernels: np.transpose(kernels, {order}) would fit"

    def get_config(self) -> dict[str, Any]:
        settings = {
            name: value.tolist() if hasattr(value, "tolist") else value for name, value in self.settings.items()
        }
        return {
            "kernels": self.kernels,
            "channels": self.channels,
            "strict": self.strict,
            "gain": self.gain,
            "settings": settings,
        }

    def __repr__(self) -> str:
        if isinstance(self.kernels, str):
            return f"Filterbank({self.kernels!r})"
        if all(isinstance(kernel, str) for kernel in self.kernels):
            return f"Filterbank({self.kernels})"
        return f"Filterbank(<{self.bank.shape[-1]} kernels of {in_words(self.bank.shape[:-1])}>)"
