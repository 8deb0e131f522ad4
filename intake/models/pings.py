"""What vendors asked before they posted: interest and price, without contact data."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from intake.models.leads import Submission
from intake.models.vendors import ApiKey, Source
from leadcrm.lib.ids import uuid7


class PingState(models.TextChoices):
    """Where a ping stands."""

    ACCEPTED = "accepted", "Accepted: its post may come"
    REJECTED = "rejected", "Rejected"
    POSTED = "posted", "Posted"
    EXPIRED = "expired", "Expired"


class PingPlace(models.TextChoices):
    """What became of the place under the source's caps that an accepted ping takes."""

    NONE = "none", "None taken"
    HELD = "held", "Held"
    USED = "used", "Used by its lead"
    RETURNED = "returned", "Given back"


class Ping(models.Model):
    """One bid. Holds nothing that names or reaches a person. Written by compliance.bidding, never edited by people."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="pings_received", db_index=False
    )
    api_key = models.ForeignKey(
        ApiKey, verbose_name="API key", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    received_at = models.DateTimeField()
    test = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=PingState)
    reason = models.CharField(max_length=24, blank=True, help_text="First reason code of a refusal.")
    vendor_lead_id = models.CharField(max_length=128, blank=True)

    # What was bid, on what.
    price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="USD")
    price_rule = models.BigIntegerField(null=True, help_text="The line of the price table, as it was then.")
    config_version = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    fields = models.JSONField(
        default=dict, help_text="What its post must say, too: clean values, no contact data."
    )
    checks = models.JSONField(
        default=list, help_text="In order: check, outcome, reasons, detail, milliseconds."
    )

    # Recognised by while the bid stands, and empty afterwards: keyed digests, of the posted hashes as well.
    match_id = models.UUIDField(null=True)
    match_person = models.UUIDField(null=True)
    hashes = models.JSONField(default=dict, help_text="phone, email: kind of hash and its keyed digest.")

    # The place under the caps: which caps, in which periods, how much.
    place = models.CharField(max_length=8, choices=PingPlace, default=PingPlace.NONE)
    places = models.JSONField(default=list)

    # What was answered, and what became of it.
    answer = models.TextField(blank=True)
    answer_type = models.CharField(max_length=40, blank=True)
    answer_status = models.PositiveSmallIntegerField(default=0)
    processed_ms = models.FloatField(default=0)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, related_name="pings", db_index=False
    )
    ended_at = models.DateTimeField(null=True, help_text="When it was posted, or its place given back.")

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [
            models.Index(fields=["-received_at"], name="ping_newest"),
            models.Index(fields=["source", "-received_at"], name="ping_of_source"),
            models.Index(fields=["reason", "-received_at"], name="ping_reason", condition=~Q(reason="")),
            models.Index(fields=["state", "-received_at"], name="ping_bought", condition=Q(state="posted")),
            models.Index(
                fields=["vendor_lead_id"], name="ping_vendor_lead_id", condition=~Q(vendor_lead_id="")
            ),
            # Bids that stand: few at any moment, however many there were.
            models.Index(fields=["expires_at"], name="ping_standing", condition=Q(state="accepted")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=PingState.values), name="ping_state_known"),
            models.CheckConstraint(condition=Q(place__in=PingPlace.values), name="ping_place_known"),
            models.CheckConstraint(condition=Q(price__gte=0), name="ping_price_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason="") & Q(expires_at__isnull=True),
                name="ping_refusal_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="rejected") | Q(reason="", expires_at__gt=F("received_at")),
                name="ping_bid_expires",
            ),
            models.CheckConstraint(
                condition=Q(state="posted", submission__isnull=False)
                | ~Q(state="posted") & Q(submission__isnull=True),
                name="ping_posted_by_a_post",
            ),
            # A place cannot be kept by what has ended, nor be taken by what buys nothing.
            models.CheckConstraint(
                condition=~Q(place="held") | Q(state__in=["accepted", "posted"], test=False),
                name="ping_place_held_while_it_stands",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(place__in=["none", "held"]),
                name="ping_place_not_given_early",
            ),
            models.CheckConstraint(
                condition=Q(place="none", places=[]) | ~Q(place="none") & ~Q(places=[]),
                name="ping_place_says_where",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted")
                | Q(match_id__isnull=True, match_person__isnull=True, hashes={}),
                name="ping_known_while_it_stands",
            ),
            # The same ping again, at the same moment: one is written, the other finds it (leadcrm.lib.db.LostRace).
            models.UniqueConstraint(
                fields=["match_id"], name="race_ping_id", condition=Q(match_id__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["match_person"], name="race_ping_person", condition=Q(match_person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["submission"], name="ping_of_submission", condition=Q(submission__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.pk.hex
