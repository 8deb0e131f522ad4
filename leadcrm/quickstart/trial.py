"""What an instance with demonstration data is told besides: made-up facts of its agency, and a folder for its mails."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from leadcrm.quickstart.messages import explain

# Under the demonstration's e-mails, so that writing one can be tried. Plainly nobody's.
ADDRESS: Final = "1 Example Street, Example City, TX 00000 (a demonstration)"


def trial_settings(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Variables for the product's processes, as far as `environment` leaves them open.

    Mails become files in `folder`, unless the environment names a mail server or a folder of its own: made-up people
    are to get none, and a machine without a mail server is not to complain every few seconds. CannotStart if the
    folder cannot be made.
    """
    told = {}
    if not environment.get("AGENCY_POSTAL_ADDRESS"):
        told["AGENCY_POSTAL_ADDRESS"] = ADDRESS
    if not (environment.get("EMAIL_HOST") or environment.get("EMAIL_FOLDER")):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise explain(error, f"Making the folder {folder}") from None
        told["EMAIL_FOLDER"] = str(folder)
    return told
