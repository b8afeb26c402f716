"""Policies of layers where scripts for graphics processors set them; see `config.set_dtype_policy`.

Numbers of 16 bits save such processors time; here nothing gains from float16, whose numbers vanish below 6e-8. A script
that asks for "mixed_float16" gets float32, more exact and without a scaled loss, and is told so.

Example:
    >>> from pellucid import mixed_precision
    >>> mixed_precision.Policy("mixed_bfloat16").compute_dtype
    'bfloat16'

Source: keras.mixed_precision, https://keras.io/api/mixed_precision/policy/
"""

from __future__ import annotations

from typing import Any

from pellucid import config
from pellucid.absent import absent
from pellucid.calls import Explained, explained
from pellucid.warned import warn

__all__ = ["DTypePolicy", "Policy", "dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]

REASONS = {
    "LossScaleOptimizer": "it keeps gradients of 16 bits from vanishing, and gradients are of 32 bits here: compile "
    "the optimiser itself, and apply its gradients as they are",
    "experimental": "its set_policy is set_global_policy today",
}


class DTypePolicy(Explained):
    """What a layer computes in, by name.

    Args:
        name: "float32", "mixed_bfloat16", or "mixed_float16", which becomes "float32" with a warning.

    Attributes:
        name: of the policy that layers have.
        compute_dtype: of the factors of products.
        variable_dtype: of weights and sums.

    Raises:
        ArgumentError: it is another one.

    Example:
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy, policy.compute_dtype, policy.variable_dtype
        (<DTypePolicy "mixed_bfloat16">, 'bfloat16', 'float32')

    Source: keras.dtype_policies.DTypePolicy.
    """

    variable_dtype = "float32"

    def __init__(self, name: Any = None) -> None:
        self.name = _named(name)

    @property
    def compute_dtype(self) -> str:
        """Of the factors of products in convolutions and dense layers."""
        return config.DTYPE_POLICIES[self.name]

    def __eq__(self, other: object) -> bool:
        """Policies of one name are the same."""
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


Policy = DTypePolicy


@explained
def set_global_policy(policy: Any) -> None:
    """Decide the policy of layers that are made from now on, if not told otherwise by their `dtype`.

    Args:
        policy: "float32", "mixed_bfloat16", or a `Policy`; "mixed_float16" becomes "float32" with a warning.

    Raises:
        ArgumentError: it is another one.

    Example:
        >>> set_global_policy("float32")
        >>> global_policy()
        <DTypePolicy "float32">

    Source: keras.mixed_precision.set_global_policy.
    """
    config.set_dtype_policy(_named(policy))


@explained
def global_policy() -> DTypePolicy:
    """The policy of layers that are not told otherwise.

    Example:
        >>> global_policy().variable_dtype
        'float32'

    Source: keras.mixed_precision.global_policy.
    """
    return DTypePolicy(config.dtype_policy())


set_dtype_policy, dtype_policy = set_global_policy, global_policy


def _named(policy: Any) -> str:
    """The name of the policy that layers get for it."""
    name = getattr(policy, "name", policy)
    if isinstance(name, str) and name == "mixed_float16":
        warn(
            "mixed_float16 is computed in float32, which is more exact: no processor here gains from float16 numbers; "
            '"mixed_bfloat16" halves the bits of products where that is faster (pellucid doctor measures it)'
        )
        return "float32"
    return config.policy_name(policy)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, REASONS)
