"""Reports: one module each, and its line here. Page, command, files and mails come with it."""

from collections.abc import Mapping
from typing import Final

from agents.reports import (
    agent_performance,
    certificates_at_risk,
    compliance,
    cost_per_policy,
    daily_summary,
    license_expiry,
    returns,
    speed_to_contact,
    vendor_scorecard,
)
from agents.reports.report import Report

_ALL: Final = (
    daily_summary.report,
    vendor_scorecard.report,
    cost_per_policy.report,
    agent_performance.report,
    speed_to_contact.report,
    returns.report,
    compliance.report,
    certificates_at_risk.report,
    license_expiry.report,
)
REPORTS: Final[Mapping[str, Report]] = {each.name: each for each in _ALL}
# Other spellings of a name.
ALSO: Final = {"licence_expiry": "license_expiry"}


def find_report(name: str) -> Report | None:
    """The report of this name, in either spelling."""
    return REPORTS.get(ALSO.get(name, name))
