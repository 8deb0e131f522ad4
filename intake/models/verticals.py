"""Lines of business: what kind of insurance a lead is about, and the attributes such a lead carries."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Line(models.TextChoices):
    """Lines of authority on a producer's license (NAIC's major lines)."""

    LIFE = "life", "Life"
    HEALTH = "health", "Accident & health"
    PROPERTY = "property", "Property"
    CASUALTY = "casualty", "Casualty"


class Vertical(models.Model):
    """A kind of insurance that leads are bought for, as the `interest` of a post names it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    line = models.CharField(
        max_length=10, choices=Line, help_text="License line of authority an agent needs to sell it."
    )
    words = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Other words vendors use for it, e.g. “burial” for final expense.",
    )
    is_medicare = models.BooleanField(
        default=False, help_text="Date of birth, age and health fields can never be made mandatory."
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "kind of insurance"
        verbose_name_plural = "kinds of insurance"

    def __str__(self) -> str:
        return self.name


class AttributeKind(models.TextChoices):
    """How the value of an attribute is read."""

    TEXT = "text", "Text"
    INTEGER = "integer", "Whole number"
    MONEY = "money", "Amount of money"
    BOOLEAN = "boolean", "Yes or no"
    DATE = "date", "Date"
    CHOICE = "choice", "One of the allowed words"
    LIST = "list", "List of objects (drivers, vehicles)"


class VerticalAttribute(models.Model):
    """One attribute of a vertical's leads: its name, type and allowed words."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="attributes")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=10, choices=AttributeKind, default=AttributeKind.TEXT)
    choices = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_health = models.BooleanField(default=False)
    example = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "attribute"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["vertical", "name"], name="attribute_once_per_vertical"),
        ]

    def __str__(self) -> str:
        return self.name
