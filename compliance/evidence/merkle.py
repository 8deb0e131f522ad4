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


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The whole tree, from the leaves to the root: worked out once for all paths of it."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    return levels


def path_of(leaves: Sequence[bytes], position: int) -> list[Step]:
    """What must be known besides the leaf at `position` to work out the root, from the bottom up."""
    return path_in(levels_of(leaves), position)


def path_in(levels: Sequence[Sequence[bytes]], position: int) -> list[Step]:
    """As `path_of`, in a tree that `levels_of` made."""
    steps = []
    for level in levels[:-1]:
        partner = position ^ 1
        if partner < len(level):
            steps.append(Step("left" if partner < position else "right", level[partner]))
        position //= 2
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
