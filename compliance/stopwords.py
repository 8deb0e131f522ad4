"""Does a message ask us to stop? The words that are enough, and how people write them."""

import re
from typing import Final

# 47 CFR 64.1200(a)(10): “stop”, “quit”, “end”, “revoke”, “opt out”, “cancel” and “unsubscribe” in a reply are a
# request by themselves. The second line is what people write otherwise; a request need not use any given word.
_ALWAYS: Final = re.compile(
    r"\b(stop(?:all| all|ped)?|revoke[ds]?|opt(?:ing)?[ -]?out|opt (?:me )?out|unsubscribed?|"
    r"(?:do not|don.?t|never|no more) (?:call|contact|text|e-?mail|message)\w*|remove me|take me off|leave me alone)\b"
)
# “Call me at the end of the day” asks for a call. In a message of a few words these stand for themselves.
_WHEN_SHORT: Final = re.compile(r"\b(end|quit|cancel)\b")
SHORT: Final = 4
# Where a mail program begins to repeat what we wrote; our own footer tells how to unsubscribe.
_QUOTED: Final = re.compile(
    r"^\s*(>|on .{0,200} wrote:\s*$|-+ ?original message)", re.IGNORECASE | re.MULTILINE
)


def read_stop_words(message: str) -> str:
    """The words of `message` (a text, or an e-mail's plain text) that ask us to stop, lower case; "" for none.

    Text quoted from an earlier message does not count. A message that might ask is taken to ask: who is stopped for
    nothing can be released, who is called against their word cannot be uncalled.
    """
    quoted = _QUOTED.search(message)
    own = (message[: quoted.start()] if quoted else message).lower()
    words = re.findall(r"[\w\N{RIGHT SINGLE QUOTATION MARK}'-]+", own)
    plain = " ".join(words)
    found = _ALWAYS.search(plain) or (_WHEN_SHORT.search(plain) if len(words) <= SHORT else None)
    return found[0] if found else ""
