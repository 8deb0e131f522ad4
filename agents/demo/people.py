"""The demonstration's consumers and what vendors post about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.conf import settings

# State, area code, ZIP, city. Phones are 555-0100 and on; 512-555-01xx stays free for whoever tries a post.
PLACES: Final = (
    ("TX", "214", "75201", "Dallas"),
    ("FL", "305", "33130", "Miami"),
    ("OK", "405", "73102", "Oklahoma City"),
    ("TX", "713", "77002", "Houston"),
    ("GA", "404", "30303", "Atlanta"),
    ("LA", "504", "70112", "New Orleans"),
)
NOBODY_LICENSED: Final = ("WY", "307", "82001", "Cheyenne")
ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "final_expense": {"coverage_amount": "$10,000", "tobacco": "no", "beneficiary": "spouse"},
    "medicare": {"has_part_a": "yes", "has_part_b": "yes", "current_carrier": "Example Mutual"},
    "auto": {"currently_insured": "yes", "homeowner": "no", "current_carrier": "Example Mutual"},
    "life": {"coverage_amount": "250k", "term_years": "20"},
}


@dataclass(frozen=True, slots=True)
class Consumer:
    """Demo Person `number`, interested in one kind of insurance."""

    number: int
    interest: str
    licensed: bool = True

    @property
    def place(self) -> tuple[str, str, str, str]:
        """State, area code, ZIP, city."""
        return PLACES[self.number % len(PLACES)] if self.licensed else NOBODY_LICENSED

    @property
    def phone(self) -> str:
        """Ten digits of a number that is kept for fiction."""
        return f"{self.place[1]}55501{self.number:02d}"

    def payload(self, at: datetime, **changes: Any) -> dict[str, Any]:
        """A vendor's post about this person, filled in two minutes before `at`; None drops a field."""
        state, _, zip_code, city = self.place
        proof = sha256(f"demo {self.number}".encode()).digest()
        payload = {
            "lead_id": f"DEMO-{self.number}",
            "timestamp": (at - timedelta(minutes=2)).isoformat(timespec="seconds"),
            "first_name": "Demo",
            "last_name": f"Person {self.number}",
            "phone": self.phone,
            "email": f"person{self.number}@example.com",
            "address": f"{100 + self.number} Example Street",
            "city": city,
            "state": state,
            "zip": zip_code,
            "date_of_birth": f"{1945 + self.number % 40}-0{1 + self.number % 9}-15",
            "interest": self.interest,
            "landing_page_url": "https://quotes.example.com/start",
            "trustedform_url": f"https://cert.trustedform.com/{proof.hex()[:40]}",
            "jornaya_leadid": str(UUID(bytes=proof[:16], version=4)).upper(),
            "consent_text": (
                f"By asking for a quote I agree that {settings.AGENCY_NAME} may call and text me, also with "
                "automated technology. This is no condition of purchase."
            ),
            "consent_ip": "192.0.2.10",
            "consent_user_agent": "Mozilla/5.0 (demonstration)",
            "sub_id_1": ("search", "social", "email")[self.number % 3],
            **ATTRIBUTES[self.interest],
        }
        return {name: value for name, value in {**payload, **changes}.items() if value is not None}
