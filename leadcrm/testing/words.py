"""Made-up wordings that tests and made-up services share."""

from typing import Final

CONSENT_TEXT: Final = (
    "By clicking “Get my quote” I agree that Example Insurance Agency may call and text me at the number "
    "above about insurance, also with automated technology. Consent is no condition of purchase."
)
