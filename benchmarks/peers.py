"""What a task's result says of the peers: who is the fastest of them, and who needs the least memory."""

from __future__ import annotations

from typing import Any

from frameworks.contestants import OURS


def fastest(result: dict[str, Any]) -> str | None:
    """The peer with the smallest ratio to ours in the rounds; None where no peer could be measured."""
    peers = _theirs(result["contestants"])
    return min(peers, key=lambda name: peers[name]["times_ours"], default=None)


def leanest(result: dict[str, Any]) -> tuple[str, float] | None:
    """The peer whose process had the least memory, of all that ran, and how much [MB]; None where there is no peer.

    Results before LiteRT was among the peers know the memory of those alone that came into the rounds.
    """
    sizes = {name: numbers["memory_mb"] for name, numbers in _theirs(result["contestants"]).items()}
    sizes |= result.get("alone_mb", {})
    return min(sizes.items(), key=lambda item: item[1], default=None)


def _theirs(contestants: dict[str, Any]) -> dict[str, Any]:
    return {name: numbers for name, numbers in contestants.items() if not name.startswith(OURS)}
