"""What leads cost: bought less credited, by source."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection

# Bought in the span, credited in the span: as an agency's books have it, whenever the lead was bought.
_COSTS: Final = """
SELECT source.id, vendor.name, source.name, coalesce(bought.leads, 0), coalesce(bought.spent, 0),
    coalesce(back.taken, 0), coalesce(back.credit, 0), coalesce(back.refused, 0), coalesce(waiting.count, 0),
    coalesce(waiting.price, 0), EXISTS (SELECT 1 FROM intake_returnterm t WHERE t.source_id = source.id)
FROM intake_source source JOIN intake_vendor vendor ON vendor.id = source.vendor_id
LEFT JOIN (
    SELECT source_id, count(*) AS leads, sum(price) AS spent FROM intake_lead
    WHERE received_at >= %(since)s AND received_at < %(until)s GROUP BY source_id
) AS bought ON bought.source_id = source.id
LEFT JOIN (
    SELECT source_id, count(*) FILTER (WHERE state = 'taken') AS taken, sum(credit) AS credit,
        count(*) FILTER (WHERE state = 'refused') AS refused
    FROM intake_return WHERE decided_at >= %(since)s AND decided_at < %(until)s GROUP BY source_id
) AS back ON back.source_id = source.id
LEFT JOIN (
    SELECT source_id, count(*), sum(price) AS price FROM intake_return WHERE state = 'asked' GROUP BY source_id
) AS waiting ON waiting.source_id = source.id
WHERE bought.leads > 0 OR back.taken > 0 OR back.refused > 0 OR waiting.count > 0
ORDER BY 5 DESC, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One source in a span: leads bought and their price, what was credited and refused, what waits (at any age)."""

    source_id: int
    vendor: str
    source: str
    leads: int
    spent: Decimal
    taken: int
    credit: Decimal
    refused: int
    waiting: int
    waiting_price: Decimal
    takes_back: bool

    @property
    def net(self) -> Decimal:
        """What the leads cost in the end."""
        return self.spent - self.credit

    @property
    def per_lead(self) -> Decimal | None:
        """What a lead that was kept costs; None where none was."""
        kept = self.leads - self.taken
        return self.net / kept if kept > 0 else None


def costs(*, since: datetime, until: datetime) -> list[Cost]:
    """Each source with leads or returns from `since` on, before `until` (aware); the dearest first.

    Credits count when the vendor gave them, whenever the lead was bought. All amounts are US dollars.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, {"since": since, "until": until})
        return [Cost(*row) for row in cursor.fetchall()]
