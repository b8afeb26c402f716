"""What each call of a kernel is, does and costs, for people: made by `NativeProgram.explain` and `.profile`."""

from __future__ import annotations

from pellucid.frozen import Frozen

KINDS = {
    "conv_forward": "convolution",
    "conv_max_pool": "convolution and max pooling",
    "conv_max_pool_backward": "convolution and max pooling, gradients",
    "pointwise_depthwise": "convolution 1x1 and depthwise convolution",
    "conv_backward_input": "convolution, gradient of input",
    "conv_backward_weights": "convolution, gradient of kernel",
    "matmul": "matrix product",
    "max_pool": "max pooling",
    "max_pool_backward": "max pooling, gradient",
    "max_unpool": "max pooling, gradient",
    "max_pool_select": "max pooling, values at the maxima",
    "average_pool": "average pooling",
    "average_pool_backward": "average pooling, gradient",
    "elementwise": "elementwise",
    "reduce_sum": "sum",
    "reduce_max": "maximum",
    "random_uniform": "random numbers",
}
"""What kernels are called where people read it; others by their own name."""


class KernelCall(Frozen):
    """One call of a kernel in a program.

    Args:
        layer: name of the layer, or of the part of the training step, that asked for it.
        kind: what is computed, as in "convolution, gradient of input".
        variant: how: the kernel that was chosen, as in "winograd F(4x4, 3x3)".
        reason: why so; empty where there was no choice.
        operations: floating point operations of the plain definition (`Op.flops`), where a multiplication and an
            addition count as two. Winograd's method does fewer.
        bytes: read and written, as far as operands go; what a kernel reads twice counts once.
        once: whether it depends on the weights alone, and so runs only after they have changed.
        seconds: of one call; None until it is measured.
    """

    layer: str
    kind: str
    variant: str
    reason: str
    operations: int
    bytes: int
    once: bool = False
    seconds: float | None = None
