"""What layers return while a model is described, for annotations of users: `def block(x: SymbolicTensor) -> ...`."""

from pellucid.dispatch.symbolic import SymbolicTensor

__all__ = ["SymbolicTensor"]
