"""What the person who starts it decides, read from the environment; odd values are refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadcrm.quickstart.messages import CannotStart

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Options:
    """The decisions of one start. `None` means: bring your own (service), or choose (port, demo)."""

    data_dir: Path
    port: int | None
    database_url: str | None
    broker_url: str | None
    demo: bool


def read_options(environment: Mapping[str, str]) -> Options:
    """Options from the variables PORT, DATA_DIR, DATABASE_URL, CELERY_BROKER_URL and DEMO.

    Empty counts as unset. A relative DATA_DIR is meant from the top of the checkout. Demo data goes by
    default only into a database of our own making. Raises CannotStart for a value that cannot be meant.
    """
    database_url = environment.get("DATABASE_URL") or None
    return Options(
        data_dir=data_dir(environment),
        port=_port(environment.get("PORT", "")),
        database_url=database_url,
        broker_url=environment.get("CELERY_BROKER_URL") or None,
        demo=_yes_or_no("DEMO", environment.get("DEMO", ""), default=database_url is None),
    )


def data_dir(environment: Mapping[str, str]) -> Path:
    """The folder of DATA_DIR; a relative one is meant from the top of the checkout."""
    folder = Path(environment.get("DATA_DIR") or "var").expanduser()
    return folder if folder.is_absolute() else ROOT / folder


def _port(raw: str) -> int | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdecimal() and 1 <= int(raw) <= 65535):
        raise CannotStart(f"PORT must be a whole number from 1 to 65535, not {raw!r}.")
    return int(raw)


def _yes_or_no(name: str, raw: str, *, default: bool) -> bool:
    if not raw:
        return default
    if raw not in ("0", "1"):
        raise CannotStart(f"{name} must be 0 or 1, not {raw!r}.")
    return raw == "1"
