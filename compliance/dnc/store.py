"""Bitmaps to and from PostgreSQL. Called inside the one transaction of an import."""

from django.db import connection

from compliance.dnc.bitmaps import blocks_of, new_area
from compliance.models.dnc import BLOCK_BYTES, BLOCK_SPAN

_EXCHANGES = 1000


def read_area(generation: int, area: int) -> bytearray:
    """The bitmap of one area code, empty if nothing is held of it."""
    first = generation * BLOCK_SPAN + area * _EXCHANGES
    bits = new_area()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, bits FROM compliance_dncblock WHERE id BETWEEN %s AND %s",
            [first, first + _EXCHANGES - 1],
        )
        for key, block in cursor.fetchall():
            start = (key - first) * BLOCK_BYTES
            bits[start : start + BLOCK_BYTES] = block
    return bits


def write_area(generation: int, area: int, bits: bytes | bytearray) -> None:
    """Store an area code of a generation that has none of it yet, by COPY."""
    first = generation * BLOCK_SPAN + area * _EXCHANGES
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY compliance_dncblock (id, bits) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "bytea"])
        for exchange, block in blocks_of(bits):
            copy.write_row((first + exchange, block))


def update_area(generation: int, area: int, bits: bytes | bytearray, changed: bytes) -> None:
    """Write the blocks of an area code that changed, over those in use. Other sessions see it at commit."""
    first = generation * BLOCK_SPAN + area * _EXCHANGES
    exchanges = [exchange for exchange, _ in blocks_of(changed)]
    blocks = [bytes(bits[e * BLOCK_BYTES : (e + 1) * BLOCK_BYTES]) for e in exchanges]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_dncblock (id, bits) SELECT * FROM unnest(%b::bigint[], %b::bytea[]) "
            "ON CONFLICT (id) DO UPDATE SET bits = excluded.bits",
            [[first + exchange for exchange in exchanges], blocks],
        )


def areas_held(generation: int) -> list[int]:
    """The area codes a generation has blocks of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT area FROM generate_series(0, 999) AS area WHERE EXISTS ("
            "SELECT 1 FROM compliance_dncblock WHERE id BETWEEN %s + area * 1000 AND %s + area * 1000 + 999)",
            [generation * BLOCK_SPAN, generation * BLOCK_SPAN],
        )
        return [area for (area,) in cursor.fetchall()]


def drop_generation(generation: int) -> None:
    """Delete the blocks of a generation that its list no longer points to."""
    first = generation * BLOCK_SPAN
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM compliance_dncblock WHERE id BETWEEN %s AND %s", [first, first + BLOCK_SPAN - 1]
        )


def give_back_space() -> None:
    """Vacuum the blocks, so that the next import reuses the room of the last. Not inside a transaction.

    Without truncating: shortening the table would lock out look-ups.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        try:
            cursor.execute("VACUUM (ANALYZE, TRUNCATE false) compliance_dncblock")
            cursor.execute("VACUUM (ANALYZE) compliance_dncdelta")
        finally:
            cursor.execute("RESET statement_timeout")
