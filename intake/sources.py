"""A source's contract as the front door needs it: read once, kept until the configuration changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from django.db.models import Prefetch

from intake.mapping import loose
from intake.models import (
    ApiKey,
    AttributeKind,
    FieldRule,
    PriceRule,
    Source,
    SourceHours,
    Vertical,
    VerticalAttribute,
)
from intake.pricing import PriceLine, line_of, priced_by
from leadcrm.lib.config import ConfigCache


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """How one attribute of the vertical is read."""

    name: str
    kind: AttributeKind
    choices: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Everything about one source that a post is read by. Shared between threads, never changed."""

    source: Source
    vertical: str
    line: str
    interests: Mapping[str, str]  # loose word -> vertical code, over all verticals
    names: Mapping[str, str]  # loose incoming name -> canonical or attribute name
    values: Mapping[str, Mapping[str, str]]  # canonical name -> lowered raw value -> value
    attribute_names: Mapping[str, str]  # loose name or alias -> attribute name
    attributes: Mapping[str, AttributeRule]
    required: tuple[str, ...]
    hours: tuple[tuple[int, time, time], ...]
    networks: tuple[IPv4Network | IPv6Network, ...]
    keys: Mapping[str, ApiKey]  # by prefix
    prices: tuple[PriceLine, ...] = ()

    @property
    def id(self) -> int:
        """The source's key."""
        return self.source.pk

    @property
    def kept_of_ping(self) -> frozenset[str]:
        """What is kept of a ping, and must be said again by its post."""
        return frozenset({"state", "interest", *self.source.ping_fields}) | priced_by(self)

    def is_open_at(self, local: datetime) -> bool:
        """True when `local` (in the agency's zone) falls into the source's hours, or it has none."""
        if not self.hours:
            return True
        # To the second: 23:59:59 is the end of the day.
        day, clock = local.weekday(), local.time().replace(microsecond=0)
        return any(weekday == day and opens <= clock <= closes for weekday, opens, closes in self.hours)

    def admits(self, address: str | None) -> bool:
        """True when posts may come from `address`."""
        if not self.networks:
            return True
        return address is not None and any(ip_address(address) in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class SourceRows:
    """The rows that one source's contract consists of. `source` knows its vendor and vertical."""

    source: Source
    field_rules: Iterable[FieldRule]
    hours: Iterable[SourceHours]
    keys: Iterable[ApiKey]
    attributes: Iterable[VerticalAttribute]  # of its vertical
    verticals: Iterable[Vertical]  # all there are
    price_rules: Iterable[PriceRule] = ()


def load_source(source_id: int) -> SourceConfig:
    """One source as its rows are now, with all that hangs on it. Raises Source.DoesNotExist."""
    attributes = Prefetch("vertical__attributes", queryset=VerticalAttribute.objects.all())
    source = (
        Source.objects.select_related("vendor", "vertical")
        .prefetch_related("field_rules", "hours", "keys", "price_rules", attributes)
        .get(pk=source_id)
    )
    return build_source(
        SourceRows(
            source=source,
            field_rules=source.field_rules.all(),
            hours=source.hours.all(),
            keys=source.keys.all(),
            attributes=source.vertical.attributes.all(),
            verticals=Vertical.objects.all(),
            price_rules=source.price_rules.all(),
        )
    )


def build_source(rows: SourceRows) -> SourceConfig:
    """The contract that `rows` make. The order of a table's rows is that of its model (later ones win)."""
    source, declared, rules = rows.source, list(rows.attributes), list(rows.field_rules)
    values: dict[str, dict[str, str]] = {}
    for rule in rules:
        values.setdefault(rule.field, {}).update({k.strip().lower(): v for k, v in rule.values.items()})
    return SourceConfig(
        source=source,
        vertical=source.vertical.code,
        line=source.vertical.line,
        interests=_interest_words(rows.verticals),
        names={loose(rule.incoming): rule.field for rule in rules},
        values={name: table for name, table in values.items() if table},
        attribute_names={loose(word): a.name for a in declared for word in (*a.aliases, a.name)},
        attributes={a.name: rule_of(a) for a in declared},
        required=tuple(source.required_fields),
        hours=tuple((h.weekday, h.opens_at, h.closes_at) for h in rows.hours),
        networks=tuple(ip_network(n, strict=False) for n in source.allowed_networks),
        keys={key.prefix: key for key in rows.keys},
        prices=tuple(map(line_of, rows.price_rules)),
    )


def rule_of(declared: VerticalAttribute) -> AttributeRule:
    """How a value of the attribute `declared` is read."""
    choices = frozenset(choice.lower() for choice in declared.choices)
    return AttributeRule(declared.name, AttributeKind(declared.kind), choices)


def _interest_words(verticals: Iterable[Vertical]) -> dict[str, str]:
    words: dict[str, str] = {}
    for vertical in verticals:
        for word in (*vertical.words, vertical.name, vertical.code):
            words[loose(word)] = vertical.code
    return words


def _sources_by_prefix(_: None) -> dict[str, int]:
    return dict(ApiKey.objects.values_list("prefix", "source_id"))


SOURCES: Final = ConfigCache(load_source)
# Prefix of a key -> source, of all keys: what somebody sends who has none is not kept.
KEY_OWNERS: Final = ConfigCache(_sources_by_prefix)
