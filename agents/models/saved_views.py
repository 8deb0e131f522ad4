"""Filters of the list of leads that somebody keeps under a name."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class SavedView(models.Model):
    """A filtered list of leads by name. It holds no leads: everybody sees in it only what is theirs to see."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300, help_text="The filters as they stand in the list's address.")
    shared = models.BooleanField(
        default=False, help_text="The teams its owner leads have it above their list."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = [Lower("name"), "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("user", Lower("name"), name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_view_filled"),
        ]

    def __str__(self) -> str:
        return self.name
