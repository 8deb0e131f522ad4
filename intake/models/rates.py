"""How many posts a source made in the running minute."""

from django.db import models

from intake.models.vendors import Source


class RateWindow(models.Model):
    """One counter a source. The table is unlogged: losing it in a crash costs nothing but a minute's count."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="+")
    minute = models.BigIntegerField(help_text="Unix minutes.")
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.used} in minute {self.minute}"
