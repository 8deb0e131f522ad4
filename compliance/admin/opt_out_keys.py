"""Keys of systems that pass on requests to stop."""

from django.contrib import admin

from compliance.models import OptOutKey
from intake.admin.system_keys import SystemKeyDesk, revoking
from leadcrm.lib.admin.site import COMPLIANCE


@admin.register(OptOutKey)
class OptOutKeyDesk(SystemKeyDesk):
    """Keys for /api/opt-out."""

    group = COMPLIANCE
    rank = 95
    title = "Opt-out keys"
    blurb = "For systems that pass on requests to stop, such as a texting provider. Each key is shown once."
    may = "requests to stop"
    acts = [revoking("compliance.change_optoutkey")]
