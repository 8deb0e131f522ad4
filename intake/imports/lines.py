"""Lines of a file as they are kept: sealed in blocks, each of them what a worker takes at once."""

from collections.abc import Sequence
from typing import Final

import msgspec

from intake.models import ImportBlock
from leadcrm.lib import sealing

BLOCK: Final = 50


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line. `number` counts lines as an editor, or rows as a spreadsheet, does; the header's is 1.

    `wrong` says why it cannot be read, with `column` where that is known; then its cells are not to be used.
    """

    number: int
    cells: Sequence[str]
    wrong: str = ""
    column: str = ""
    erased: bool = False
    last: int = 0  # the line it ends in, where it goes over several


_READ: Final = msgspec.json.Decoder(list[Line])


def new_block(import_id: int, number: int, lines: Sequence[Line]) -> ImportBlock:
    """An unsaved block that holds `lines`, sealed, not due."""
    block = ImportBlock(of_id=import_id, number=number, lines=len(lines))
    seal_lines(block, lines)
    return block


def seal_lines(block: ImportBlock, lines: Sequence[Line]) -> None:
    """Put `lines` into `block`, sealed under the first key."""
    block.body = sealing.seal(msgspec.json.encode(lines), place=_place(block))


def lines_of(block: ImportBlock) -> list[Line]:
    """What a block holds. Raises sealing.CannotOpen."""
    return _READ.decode(sealing.unseal(bytes(block.body), place=_place(block)))


def _place(block: ImportBlock) -> str:
    return f"intake_importblock.body:{block.of_id}:{block.number}"
