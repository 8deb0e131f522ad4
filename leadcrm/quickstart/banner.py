"""What the terminal shows once the product is up: where it is, who may log in, and a request to try."""

import json
import secrets
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4


def _payload() -> dict[str, str]:
    """A vendor's usual post, made now: about nobody, with a number kept for fiction."""
    moment = datetime.now(UTC).replace(microsecond=0)
    number = secrets.randbelow(100)  # The same person twice would be a duplicate, and told so.
    return {
        "lead_id": f"TRY-{moment:%Y%m%d%H%M%S}",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "first_name": "Dana",
        "last_name": "Example",
        "phone": f"512-555-01{number:02}",
        "email": f"dana{number}@example.com",
        "zip": "78701",
        "state": "TX",
        "interest": "final_expense",
        "trustedform_url": f"https://cert.trustedform.com/{secrets.token_hex(20)}",
        "jornaya_leadid": str(uuid4()).upper(),
        "consent_text": "I agree that Example Insurance Agency may call me, also by automated means.",
        "consent_ip": "192.0.2.10",
        "consent_user_agent": "Mozilla/5.0",
    }


def text(
    url: str, demo: Path, data_dir: Path, *, made_up: Mapping[str, str] | None = None, found: bool = True
) -> str:
    """The lines to show; with demo logins and a ready-to-paste request if the demo data was made.

    `made_up` are the variables of leadcrm.quickstart.trial, `found` is whether commands find the instance unasked.
    """
    lines = ["", f"leadcrm is running at {url}", ""]
    try:
        lines += _demo_lines(url, json.loads(demo.read_text()))
        lines += _made_up_lines(made_up or {})
    except FileNotFoundError:
        lines += ["No demo data. A first login: .venv/bin/python manage.py createsuperuser", ""]
    if not found:
        lines.append(
            f"In a second terminal: DATA_DIR={shlex.quote(str(data_dir))} .venv/bin/python manage.py ..."
        )
    lines += [f"Data and logs are in {data_dir}. Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def _demo_lines(url: str, seeded: dict[str, object]) -> list[str]:
    logins = seeded["logins"]
    assert isinstance(logins, list)
    width = max((len(login["role"]) for login in logins), default=0)
    lines = ["Demo logins:"]
    lines += [f"  {login['role']:<{width}}  {login['email']}  {login['password']}" for login in logins]
    lines += ["", "Post a lead as a vendor:", "", *_curl(url, seeded), ""]
    return lines


def _made_up_lines(made_up: Mapping[str, str]) -> list[str]:
    lines = []
    if folder := made_up.get("EMAIL_FOLDER"):
        lines.append(
            f"E-mails go to nobody: they become files in {folder} (EMAIL_HOST=... names a mail server)."
        )
    if "AGENCY_POSTAL_ADDRESS" in made_up:
        lines.append("The postal address under them is made up, like everybody here.")
    return [*lines, ""] if lines else []


def _curl(url: str, seeded: dict[str, object]) -> list[str]:
    """The request, one option a line; its body is the seed's sample if it names one."""
    endpoint = str(seeded["endpoint"])
    if endpoint.startswith("http"):
        endpoint = "/" + endpoint.split("/", 3)[3]
    body = json.dumps(seeded.get("sample") or _payload()).replace("'", "'\\''")
    return [
        f"  curl -sS {url}{endpoint} \\",
        f"    -H 'Authorization: Bearer {seeded['api_key']}' \\",
        "    -H 'Content-Type: application/json' \\",
        f"    -d '{body}'",
    ]
