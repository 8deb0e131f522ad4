"""Letters of every alphabet in the report, as far as a font here has them; what none has is spelt out, never dropped.

The base comes with reportlab (Bitstream Vera: Western European letters). Further fonts are taken from the system, where
it has them (docs/operators.md names the packages). A letter that no font has is printed as [U+XXXX].
"""

import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

BASE: Final = "Vera"
BOLD: Final = "VeraBd"
ITALIC: Final = "VeraIt"
# Asked in this order: wide alphabets first, then Chinese, Japanese and Korean. Debian and Fedora put them here.
FOLDERS: Final = tuple(Path("/usr/share/fonts", name) for name in ("truetype", "opentype", "", "google-noto"))
FILES: Final = (
    "dejavu/DejaVuSans.ttf", "dejavu-sans-fonts/DejaVuSans.ttf", "noto/NotoSans-Regular.ttf",
    "freefont/FreeSans.ttf", "wqy/wqy-microhei.ttc", "droid/DroidSansFallbackFull.ttf",
)  # fmt: skip


@cache
def load() -> tuple[tuple[str, frozenset[int]], ...]:
    """Register the fonts, once a process. Gives each font's name with the code points it has, the base first."""
    for name, file in ((BASE, "Vera.ttf"), (BOLD, "VeraBd.ttf"), (ITALIC, "VeraIt.ttf")):
        pdfmetrics.registerFont(TTFont(name, file))
    addMapping(BASE, 0, 0, BASE)
    addMapping(BASE, 1, 0, BOLD)
    addMapping(BASE, 0, 1, ITALIC)
    addMapping(BASE, 1, 1, BOLD)
    return _with_points(BASE), *_of_system()


def _of_system() -> list[tuple[str, frozenset[int]]]:
    found = []
    for file in FILES:
        path = next((folder / file for folder in FOLDERS if (folder / file).is_file()), None)
        if path is None:
            continue
        try:
            pdfmetrics.registerFont(TTFont(path.stem, str(path)))
        except TTFError:
            continue  # outlines of a kind that reportlab cannot embed: as if it were not there
        found.append(_with_points(path.stem))
    return found


def _with_points(name: str) -> tuple[str, frozenset[int]]:
    return name, frozenset(pdfmetrics.getFont(name).face.charToGlyph)


def markup(text: object) -> str:
    """`text` for a Paragraph: escaped, lines kept, each letter in a font that has it."""
    lines = str(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "<br/>".join(_line(line) for line in lines)


def _line(line: str) -> str:
    runs = groupby(unicodedata.normalize("NFC", line), key=font_of)
    return "".join(_run(font, "".join(letters)) for font, letters in runs)


def _run(font: str | None, letters: str) -> str:
    if font is None:
        return "".join(f"[U+{ord(letter):04X}]" for letter in letters)
    return escape(letters) if font == BASE else f'<font name="{font}">{escape(letters)}</font>'


def font_of(letter: str) -> str | None:
    """The first font that has a letter; None for none, and for what is no letter (control characters)."""
    if letter == "\t":
        return BASE
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return None
    return next((name for name, points in load() if ord(letter) in points), None)
