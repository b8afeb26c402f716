"""The engine of GPUs, TPUs and several devices: JAX, float32. Nothing else in Pellucid knows JAX.

In the order of use: `operations` and `windows` (each operation of a graph as a function of JAX's arrays), `program` (a
graph as one function that XLA compiles), `states` (what lives on the devices), `engine` (which devices).
"""

from pellucid.engines.xla.engine import XLAEngine

__all__ = ["XLAEngine"]
