"""chain.json and batches.jsonl: what proves that the rows of a pack are those that were sealed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compliance.evidence.chain import Head
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.pack.collect import FORMAT, Evidence
from compliance.evidence.pack.rows import BY_TABLE
from compliance.evidence.proofs import each_proof, headers_from
from compliance.models import EvidenceBatch


@dataclass(slots=True)
class Proofs:
    """The proofs of every sealed fact of a pack's rows. Read `parts` first, then `batches`, then the rest.

    `unsealed`: facts there is no proof of. `proved`: how many there are. `first`: the first batch that is needed.
    """

    evidence: Evidence
    head: Head | None = None
    first: int | None = None
    proved: int = 0
    unsealed: list[dict[str, str]] = field(default_factory=list)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """What stands in chain.json, in order."""
        newest = EvidenceBatch.objects.order_by("-number").first()
        self.head = Head(newest.number, bytes(newest.hash).hex()) if newest else None
        wanted = self._wanted()
        yield "format", FORMAT
        yield "kinds", {name: _explained(KINDS[name]) for name in sorted(self._kinds())}
        yield "rows", self._rows(wanted)
        yield "unsealed", self.unsealed
        proves = self.head if self.first is not None else None
        yield "head", {"number": proves.number, "hash": proves.hash} if proves else None

    def batches(self) -> Iterator[dict[str, Any]]:
        """Every batch's header from the first one needed to the head."""
        return headers_from(self.first)

    def _wanted(self) -> dict[str, list[str]]:
        wanted: dict[str, list[str]] = defaultdict(list)
        for row in self.evidence.rows():
            for kind in BY_TABLE.get(row.table, ()):
                if not kind.moment or row[kind.moment] is not None:
                    wanted[kind.name].append(row.id)
        return wanted

    def _kinds(self) -> set[str]:
        """Those of all tables that have rows here: also of what has not happened to them."""
        tables = {row.table for row in self.evidence.rows()}
        return {kind.name for table in tables for kind in BY_TABLE.get(table, ())}

    def _rows(self, wanted: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
        for proof in each_proof(wanted, self.unsealed):
            self.proved += 1
            self.first = proof["batch"] if self.first is None else min(self.first, proof["batch"])
            yield proof


def _explained(kind: Kind) -> dict[str, Any]:
    key = kind.model._meta.pk
    assert key is not None
    return {
        "table": kind.model._meta.db_table, "key": key.attname, "public": list(kind.public),
        "personal": list(kind.personal), "moment": kind.moment,
    }  # fmt: skip
