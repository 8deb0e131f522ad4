"""Give a source a new API key and let the old ones run out."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from intake.contracts import find_source, rotate_key
from leadcrm.lib.commands import AnswerCommand, table, whole_number

# Ten years: longer than anybody means, and a date that databases and programs can write.
MOST_HOURS = 24 * 3653


class Command(AnswerCommand):
    help = (
        "Make a new API key for a source. It is printed once. The old keys go on working until they expire, "
        "so that the vendor can change over without losing a post."
    )
    option_of = {"source": "--source"}

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--source", required=True, metavar="S", help="Its number, or “Vendor · Name”.")
        parser.add_argument(
            "--expire-old-in-hours", type=whole_number, default=24, metavar="N",
            help="Hours the old keys still work (default 24); 0 ends them now.",
        )  # fmt: skip

    def answer(self, **options: Any) -> dict[str, Any]:
        now = timezone.now()
        hours = min(options["expire_old_in_hours"], MOST_HOURS)
        source = find_source(options["source"])
        key, text, old = rotate_key(source=source, expire_old_at=now + timedelta(hours=hours), now=now)
        return {
            "source": source.pk,
            "name": str(source),
            "api_key": text,
            "prefix": key.prefix,
            "old_keys": [
                {"prefix": each.prefix, "expires_at": each.expires_at.isoformat(timespec="seconds")}
                for each in old
                if each.expires_at
            ],
        }

    def lines(self, answer: dict[str, Any]) -> list[str]:
        old = [("Old key", f"{key['prefix']}… works until {key['expires_at']}") for key in answer["old_keys"]]
        source = ("Source", f"{answer['source']} ({answer['name']})")
        return [
            *table([source, ("New key", answer["api_key"]), *old]),
            "The new key is shown this once. Hand it to the vendor by a safe way.",
        ]
