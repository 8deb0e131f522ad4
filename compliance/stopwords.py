"""Does a message ask us to stop? The words that are enough, and how people write them."""

import re
import unicodedata
from typing import Final

# 47 CFR 64.1200(a)(10): “stop”, “quit”, “end”, “revoke”, “opt out”, “cancel” and “unsubscribe” in a reply are a
# request by themselves. The rest is what people write otherwise; a request need not use any given word.
_REACH: Final = r"(?:call|text|contact|messag|e-?mail|writ|phon|bother|sms|spam)\w*"
_ALWAYS: Final = re.compile(
    rf"""\b(
        (?<!bus\ )(?<!cant\ )(?<!can't\ )stop(?!ped\ by|\ by)\w*
      | revok\w* | withdraw\w* | unsub\w* | opt(?:ed|ing)?[ -]?out | opt\ me\ out
      | (?:do\ not|don'?t(?!\ (?:forget|hesitate))|never|no\ more|quit|end|cancel)\s+(?:\w+\s+){{0,3}}?{_REACH}
      | not?\ want(?:ed)?\s+(?:\w+\s+){{0,3}}?{_REACH}
      | (?:remove|take|delete|lose|erase)\s+(?:\w+\s+){{0,2}}?(?:me|number|name|list)
      | leave\ me\ alone | wrong\ number | alto | basta | no\ (?:me\ )?(?:llam|escrib|mand|contact)\w*
    )\b""",
    re.VERBOSE,
)
# “Call me at the end of the day” asks for a call. In a message of a few words these stand for themselves.
_WHEN_SHORT: Final = re.compile(r"\b(end|quit|cancel|remove|delete|pare|parar|cancelar|baja)\b")
SHORT: Final = 4
_SPELT_OUT: Final = re.compile(r"\bs[\W_]+t[\W_]+o[\W_]+p\b")
_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_WROTE: Final = re.compile(
    r"^\s*on .{0,200} wrote:\s*$|^-+ ?original message.*$", re.IGNORECASE | re.MULTILINE
)


def read_stop_words(message: str) -> str:
    """The words of `message` (a text, or an e-mail's plain text) that ask us to stop, lower case; "" for none.

    Written in any width, spelt out or with invisible signs between. Text quoted from an earlier message does not count,
    above or below the person's own. A message that might ask is taken to ask: who is stopped for nothing can be
    released, who is called against their word cannot be uncalled. English and some Spanish.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _own_words(message))).lower()
    plain = " ".join(re.findall(r"[\w'-]+", plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))
    found = _ALWAYS.search(plain) or _SPELT_OUT.search(plain)
    if not found and len(plain.split()) <= SHORT:
        found = _WHEN_SHORT.search(plain)
    return found[0] if found else ""


def _own_words(message: str) -> str:
    """Without what was quoted: lines that begin with “>”, or all below the line that introduces a quotation."""
    lines = message.splitlines()
    own = [line for line in lines if not line.lstrip().startswith(">")]
    text = "\n".join(own)
    if len(own) < len(lines):
        return _WROTE.sub("", text)
    introduced = _WROTE.search(text)
    return text[: introduced.start()] if introduced else text
