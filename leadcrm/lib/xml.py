"""Plain data as XML text: dicts become elements, lists repeat `<item>`."""

from typing import Any
from xml.sax.saxutils import escape


def to_xml(value: Any) -> str:
    """`value` (dicts, lists, scalars, None) as XML without a root element."""
    if isinstance(value, dict):
        return "".join(_element(str(name), item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return "".join(_element("item", item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape("" if value is None else str(value))


def _element(name: str, value: Any) -> str:
    tag = name if name.isascii() and name.replace("-", "_").isidentifier() else "item"
    return f"<{tag}>{to_xml(value)}</{tag}>"
