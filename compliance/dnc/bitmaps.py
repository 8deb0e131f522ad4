"""Bitmaps of an area code (10,000,000 bits) and of a block (10,000 bits), and what differs. Pure.

Bit order is PostgreSQL's `get_bit`: bit n is bit n % 8, counted from the lowest, of byte n // 8.
"""

import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from compliance.models.dnc import BLOCK_BYTES

AREA_BYTES = 1000 * BLOCK_BYTES
# Above this many flips four bytes for each take more room than the bitmap of the area code.
SPARSE_LIMIT = AREA_BYTES // 4
_EMPTY_BLOCK = bytes(BLOCK_BYTES)
_NONZERO = re.compile(rb"[^\x00]")
_BITS_OF = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]


def new_area() -> bytearray:
    """An empty area code. The pages of unused exchanges take no memory until they are touched."""
    return bytearray(AREA_BYTES)


def count(bits: bytes | bytearray) -> int:
    """How many bits are set."""
    return int.from_bytes(bits, "little").bit_count()


def difference(old: bytes | bytearray, new: bytes | bytearray) -> bytes:
    """The bitmap of the bits that differ. Both of one length."""
    changed = int.from_bytes(old, "little") ^ int.from_bytes(new, "little")
    return changed.to_bytes(len(new), "little")


def compare(old: bytes | bytearray, new: bytes | bytearray) -> tuple[bytes, int, int]:
    """(bitmap of the bits that differ, how many were set, how many were cleared). Both of one length."""
    after = int.from_bytes(new, "little")
    changed = int.from_bytes(old, "little") ^ after
    flips, added = changed.bit_count(), (changed & after).bit_count()
    return changed.to_bytes(len(new), "little"), added, flips - added


def numbers_in(bits: bytes | bytearray) -> Iterator[int]:
    """The positions of all set bits, rising."""
    for found in _NONZERO.finditer(bits):
        first = found.start() * 8
        for bit in _BITS_OF[bits[found.start()]]:
            yield first + bit


def blocks_of(bits: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """(exchange 0-999, block) of every block of an area code that holds a number."""
    for exchange in range(1000):
        block = bytes(bits[exchange * BLOCK_BYTES : (exchange + 1) * BLOCK_BYTES])
        if block != _EMPTY_BLOCK:
            yield exchange, block


def pack_flips(changed: bytes, flips: int) -> tuple[bytes, bool]:
    """(bytes to keep, dense) for the bitmap of an area code's changes, `flips` in number; see DncDelta."""
    if flips > SPARSE_LIMIT:
        return changed, True
    return _little_endian(array("I", numbers_in(changed))).tobytes(), False


class Flips:
    """All numbers of an area code that changed sides an odd number of times in a run of versions."""

    def __init__(self, deltas: Iterable[tuple[bytes, bool]]) -> None:
        """From the (flips, dense) of the deltas, in any order: they commute."""
        odd: set[int] = set()
        dense: bytes | None = None
        for flips, is_dense in deltas:
            if is_dense:
                dense = bytes(flips) if dense is None else difference(dense, flips)
            else:
                odd ^= set(unpack_flips(flips))
        self._dense = dense
        self._odd = array("I", sorted(odd))

    def __contains__(self, number: int) -> bool:
        """Whether the seven-digit number is on the other side than it is now."""
        place = bisect_left(self._odd, number)
        flipped = place < len(self._odd) and self._odd[place] == number
        if self._dense is not None and self._dense[number >> 3] >> (number & 7) & 1:
            return not flipped
        return flipped


def unpack_flips(flips: bytes) -> "array[int]":
    """The sorted seven-digit numbers kept in a sparse delta."""
    numbers = array("I")
    numbers.frombytes(flips)
    return _little_endian(numbers)


def _little_endian(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
