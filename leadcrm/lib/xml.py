"""Plain data as XML text: dicts become elements, lists repeat `<item>`."""

import re
from typing import Any, Final
from xml.sax.saxutils import escape

# Characters that XML 1.0 cannot hold, in whatever writing.
_NONE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(value: Any) -> str:
    """`value` (dicts, lists, scalars, None) as XML without a root element. Characters XML cannot hold are left out."""
    if isinstance(value, dict):
        return "".join(_element(str(name), item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return "".join(_element("item", item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape("" if value is None else _NONE.sub("", str(value)), {"\r": "&#13;"})


def _element(name: str, value: Any) -> str:
    tag = name if name.isascii() and name.replace("-", "_").isidentifier() else "item"
    return f"<{tag}>{to_xml(value)}</{tag}>"
