"""A decision decided again, beside what was recorded: the page behind the button of both desks of decisions."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from compliance.evidence.replayed import Basis, Replay
from compliance.evidence.replaying import replay_row
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.words import badge


def show_replay(request: HttpRequest, decision: Any) -> HttpResponse:
    """The comparison. Reads only, so it is drawn whenever it is asked for."""
    found = replay_row(decision)
    desk: Any = admin.site.get_model_admin(type(decision))
    page: HttpResponse = desk.act_page(
        request, decision, "admin/compliance/replay.html", title="Decided again", replay=found,
        badge=verdict_badge(found), rows=_rows(found), outcome=_agreement(found.recorded == found.found),
    )  # fmt: skip
    return page


def verdict_badge(found: Replay) -> str:
    """One word for it."""
    if found.impossible:
        return badge("not possible", "warn")
    return badge("differs", "bad") if found.differs else badge("agrees", "good")


def _rows(found: Replay) -> list[dict[str, Any]]:
    levels = {Basis.RECOMPUTED: "info", Basis.RECORD: "plain"}
    return [
        {
            "line": line, "basis": badge(line.basis, levels[line.basis]),
            "agrees": _agreement(line.agrees),
            # Of what was taken from the record nothing was proved.
            "proved": line.basis == Basis.RECOMPUTED or not line.agrees,
        }
        for line in found.checks
    ]  # fmt: skip


def _agreement(agrees: bool) -> str:
    return badge("agrees", "good") if agrees else badge("differs", "bad")


# Whoever may see a decision need not be able to have sealed posts opened.
REPLAY = Act(
    name="replay", label="Decide again", run=show_replay, permission="compliance.replay_decision", page=True
)  # fmt: skip
