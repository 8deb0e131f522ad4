"""What this room asks of a source before it goes live: proofs of consent, caps. Called as the step "ready_terms"."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from compliance.checks import consent, filters
from compliance.checks.consent import ConsentParams
from compliance.models import CheckMode
from compliance.policy import POLICIES, BadParams, Policy, SetCheck
from intake.checklist import Item, Standing, Trials, names_of
from intake.sources import SourceConfig
from leadcrm.lib import pipeline

OFF: Final = (CheckMode.OFF, CheckMode.OBSERVE)


def ready_terms(*, source: SourceConfig, trials: Trials, config_version: int, now: datetime) -> list[Item]:
    """Items about consent and caps, then what assignment says of the states that are bought. No query if cached."""
    try:
        policy = POLICIES.get(source.id, config_version)
    except BadParams as error:
        return [
            Item(
                "checks",
                Standing.MISSING,
                "Checks that can be read",
                f"No post can be decided: {error}.",
                "checks",
            )
        ]
    bought = _set_check(policy, filters.check.name)
    states = tuple(bought.params.states) if bought.mode not in OFF else ()
    agents: Iterable[Item] = pipeline.step("ready_agents")(
        source=source, states=states, config_version=config_version, now=now
    )
    return [_proofs(policy, trials), *agents, _caps(policy)]


def _set_check(policy: Policy, name: str) -> SetCheck:
    return next(item for item in policy.checks if item.check.name == name)


def _proofs(policy: Policy, trials: Trials) -> Item:
    title, item = "Proof of consent was posted", _set_check(policy, consent.check.name)
    wanted = _wanted(item.params) if item.mode != CheckMode.OFF else {}
    if not wanted:
        words = (
            "The check of consent is off."
            if item.mode == CheckMode.OFF
            else "No proof of consent is demanded."
        )
        return Item("consent", Standing.ADVICE, title, words, "consent")
    carried = trials.carried()
    unseen = [name for name, fields in wanted.items() if not carried.intersection(fields)]
    words = f"No post carried {names_of(unseen)}." if unseen else f"Seen: {names_of(wanted)}."
    return Item("consent", Standing.MISSING if unseen else Standing.DONE, title, words, "consent")


def _wanted(params: ConsentParams) -> dict[str, tuple[str, ...]]:
    """Each proof that is demanded, with the fields any of which is one."""
    proofs = (
        (params.require_trustedform, "a TrustedForm certificate", ("trustedform_cert_url",)),
        (params.require_jornaya, "a Jornaya LeadiD", ("jornaya_leadid",)),
        (params.require_text, "the consent wording", ("consent_text",)),
        (params.require_ip, "the consumer's IP address", ("consent_ip", "ip_address")),
    )
    return {name: fields for demanded, name, fields in proofs if demanded}


def _caps(policy: Policy) -> Item:
    words = "; ".join(str(cap) for cap in policy.caps) or "None: the vendor may deliver any number of leads."
    standing = Standing.DONE if policy.caps else Standing.ADVICE
    return Item("caps", standing, "Caps", words, "caps")
