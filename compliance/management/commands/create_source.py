"""Open a source for a vendor: contract, checks, caps and first key, in one go."""

from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from compliance.terms import PROOFS, Terms, contract_source
from intake.contracts import Contract
from intake.models import Dialect, Mode, Profile, Source
from intake.posting.link import posting_url
from leadcrm.lib.commands import (
    AnswerCommand,
    dollars,
    network,
    positive_number,
    state_codes,
    table,
    whole_number,
)


def proofs(text: str) -> tuple[str, ...]:
    """Proofs of consent between commas. For argparse: raises ArgumentTypeError."""
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    unknown = [word for word in words if word not in PROOFS]
    if unknown or not words:
        raise ArgumentTypeError(
            f"“{', '.join(unknown) or text}” is no proof of consent; known are {', '.join(PROOFS)}"
        )
    return words


class Command(AnswerCommand):
    help = (
        "Open a source: one contract with one vendor, with its first API key. The vendor is made when there "
        "is none of that name. The key is printed once and kept nowhere. Without --live every "
        "post is a test post."
    )
    option_of = {
        "vendor": "--vendor",
        "name": "--name",
        "interest": "--interest",
        "price": "--price",
        "allowed_networks": "--allow-ip",
        "rate_limit": "--rate-limit",
        "limit": "--daily-budget",
    }

    def add_options(self, parser: CommandParser) -> None:
        contract = parser.add_argument_group("contract")
        contract.add_argument("--vendor", required=True, metavar="V", help="The vendor's name.")
        contract.add_argument(
            "--name", required=True, metavar="N", help="The source's name, once per vendor."
        )
        contract.add_argument(
            "--interest", required=True, metavar="I", help="final_expense, medicare, auto ..."
        )
        contract.add_argument("--price", required=True, type=dollars, metavar="USD", help="Price per lead.")
        contract.add_argument("--live", action="store_true", help="Take leads at once.")
        _add_posting(parser.add_argument_group("how the vendor posts"))
        _add_terms(parser.add_argument_group("what is bought"))

    def answer(self, **options: Any) -> dict[str, Any]:
        terms = Terms(**{name: options[name] for name in Terms.__dataclass_fields__})
        source, key = contract_source(contract=_contract(options), terms=terms)
        return {
            **_describe(source), **_set_terms(terms), "api_key": key, "endpoint": endpoint(),
            "posting_instructions": posting_url(source),
        }  # fmt: skip

    def lines(self, answer: dict[str, Any]) -> list[str]:
        status = {"test": "test: every post is a test post", "live": "live"}[answer["status"]]
        contract = f"{answer['interest']} at {answer['price']} {answer['currency']}"
        return [
            *table([
                ("Source", f"{answer['source']} ({answer['vendor']} · {answer['name']})"),
                ("Buys", contract),
                ("Endpoint", f"POST {answer['endpoint']}"),
                ("Status", status),
                ("Posting", answer["posting_instructions"]),
                ("API key", answer["api_key"]),
            ]),
            "The key is shown this once. Hand it to the vendor by a safe way.",
        ]  # fmt: skip


def endpoint() -> str:
    """The address vendors post to."""
    return f"{settings.PUBLIC_URL}/api/lead-intake"


def _add_posting(group: Any) -> None:
    group.add_argument(
        "--mode", choices=Mode.values, default=Mode.REALTIME, help="When the decision is made."
    )
    group.add_argument("--profile", choices=Profile.values, default=Profile.ALWAYS200, help="HTTP statuses.")
    group.add_argument(
        "--dialect", choices=Dialect.values, default=Dialect.NATIVE, help="Form of the answers."
    )
    group.add_argument("--key-in-body", action="store_true", help="Also take the key as a field api_key.")
    group.add_argument(
        "--allow-ip", dest="networks", action="append", type=network, default=[], metavar="CIDR",
        help="Take posts from this address or network only; may be repeated.",
    )  # fmt: skip
    group.add_argument(
        "--rate-limit",
        type=whole_number,
        default=1200,
        metavar="N",
        help="Posts per minute; 0 sets no limit.",
    )


def _add_terms(group: Any) -> None:
    group.add_argument(
        "--states", type=state_codes, default=(), metavar="TX,OK", help="Buy in these states only."
    )
    group.add_argument(
        "--duplicate-days", type=whole_number, metavar="N",
        help="Refuse a person posted in the last N days; 0: only open leads and clients.",
    )  # fmt: skip
    group.add_argument(
        "--max-age-days", type=positive_number, metavar="N", help="Refuse leads older than that."
    )
    group.add_argument(
        "--require", dest="proofs", type=proofs, default=(), metavar="PROOFS",
        help=f"Proofs of consent a post must carry: {','.join(PROOFS)}.",
    )  # fmt: skip
    for period in ("hourly", "daily", "monthly"):
        group.add_argument(
            f"--{period}-cap", type=positive_number, metavar="N", help="Accepted leads at most."
        )
    group.add_argument("--daily-budget", type=dollars, metavar="USD", help="Spend at most this much per day.")


def _contract(options: dict[str, Any]) -> Contract:
    return Contract(
        vendor=options["vendor"],
        name=options["name"],
        interest=options["interest"],
        price=options["price"],
        live=options["live"],
        mode=Mode(options["mode"]),
        profile=Profile(options["profile"]),
        dialect=Dialect(options["dialect"]),
        key_in_body=options["key_in_body"],
        networks=tuple(options["networks"]),
        rate_limit=options["rate_limit"] or None,
    )


def _describe(source: Source) -> dict[str, Any]:
    return {
        "source": source.pk,
        "vendor": source.vendor.name,
        "name": source.name,
        "interest": source.vertical.code,
        "price": f"{source.price:.2f}",
        "currency": source.currency,
        "status": source.status,
        "mode": source.mode,
        "profile": source.profile,
        "dialect": source.dialect,
    }


def _set_terms(terms: Terms) -> dict[str, Any]:
    """The terms that were given, by the options' names."""
    given = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return {"terms": {name: value for name, value in given.items() if value not in (None, ())}}
