"""XML bodies: any root, fields or groups of fields below it. No DTD, no entity of its own, nothing
external.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers.expat import errors

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from intake.api.charsets import codec, decode
from intake.flatten import MAX_DEPTH, BodyRefused

_DECLARED: Final = re.compile(rb"""\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


@dataclass(slots=True)
class _Node:
    name: str
    texts: list[str] = field(default_factory=list)
    children: list[tuple[str, object]] = field(default_factory=list)

    def value(self, *, root: bool) -> object:
        """A text, an object, or, for a group whose members all have one name, an array."""
        text = "".join(self.texts)
        if not self.children:
            return {"#text": text} if root and text.strip() else {} if root else text
        names = {name for name, _ in self.children}
        if (
            not root
            and len(names) == 1
            and (len(self.children) > 1 or f"{self.children[0][0]}s" == self.name)
        ):
            return [value for _, value in self.children]
        merged: dict[str, Any] = {}
        for name, value in self.children:
            merged.setdefault(name, []).append(value)
        grouped = {name: values[0] if len(values) == 1 else values for name, values in merged.items()}
        return grouped | ({"#text": text} if text.strip() else {})


class _Target:
    """Builds nested mappings while reading and stops at the first element that is too deep."""

    def __init__(self, notes: list[tuple[str, str]]) -> None:
        self.notes = notes
        self.open: list[_Node] = []
        self.found: object = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if len(self.open) > MAX_DEPTH + 1:
            raise BodyRefused(400, "nested_too_deep", f"Is nested more than {MAX_DEPTH} levels deep.")
        if self.open and attributes and len(self.notes) < 20:
            self.notes.append(("attributes_left_out", name[:100]))
        self.open.append(_Node(name))

    def data(self, text: str) -> None:
        self.open[-1].texts.append(text)

    def end(self, _tag: str) -> None:
        node = self.open.pop()
        if self.open:
            self.open[-1].children.append((node.name, node.value(root=False)))
        else:
            self.found = node.value(root=True)

    def close(self) -> object:
        return self.found


def parse_xml(raw: bytes, content_type: str, notes: list[tuple[str, str]]) -> dict[str, object]:
    """The fields below the root element. Attributes are left out with a note; texts keep their blanks."""
    declared = _DECLARED.match(raw.removeprefix(b"\xef\xbb\xbf")[:200])
    charset = declared[1].decode("ascii") if declared else ""
    codec(charset)
    parser = DefusedXMLParser(
        target=_Target(notes), forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(decode(raw, content_type, charset).lstrip())
        found = parser.close()
    except DefusedXmlException:
        raise BodyRefused(400, "xml_dtd", "Is XML with a DTD or entities, which are not read.") from None
    except ParseError as error:
        line, column = error.position
        why = errors.messages.get(error.code, "not well-formed")
        raise BodyRefused(
            400, "broken_xml", f"Is broken XML at line {line}, column {column + 1}: {why}."
        ) from None
    except ValueError:  # a declaration that expat cannot follow
        raise BodyRefused(400, "broken_xml", "Is XML that cannot be read.") from None
    if not isinstance(found, dict):
        raise BodyRefused(400, "broken_xml", "Is XML without fields below its root element.")
    return found
