"""The Merkle tree over a batch, as RFC 6962 (section 2.1) builds it; nodes are SHA-256(0x01 + left + right).

Leaves and nodes are told apart by their first byte (leaves.LEAF), so that no node can be passed off as a leaf. A last
one without a partner goes up a level as it is: no leaf is counted twice.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Literal, NamedTuple

NODE: Final = b"\x01"


class Step(NamedTuple):
    """One step of a path to the root: on which side the other hash stands."""

    side: Literal["left", "right"]
    hash: bytes


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over `leaves`, at least one."""
    if not leaves:
        raise ValueError("a tree needs a leaf")
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], position: int) -> list[Step]:
    """What must be known besides the leaf at `position` to work out the root, from the bottom up."""
    level, at, steps = list(leaves), position, []
    while len(level) > 1:
        partner = at ^ 1
        if partner < len(level):
            steps.append(Step("left" if partner < at else "right", level[partner]))
        level, at = _above(level), at // 2
    return steps


def root_from(leaf: bytes, path: Iterable[Step]) -> bytes:
    """The root that `path` leads to from `leaf`."""
    for side, other in path:
        leaf = _node(other, leaf) if side == "left" else _node(leaf, other)
    return leaf


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()
