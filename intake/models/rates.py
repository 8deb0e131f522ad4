"""What is noted of a source's calls beside its posts: how many in the running minute, by which key, sent again."""

from django.db import models

from intake.models.vendors import ApiKey, Source


class RateWindow(models.Model):
    """One counter a source. The table is unlogged: losing it in a crash costs nothing but a minute's count."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="+")
    minute = models.BigIntegerField(default=0, db_default=0, help_text="Unix minutes.")
    used = models.PositiveIntegerField(default=0, db_default=0)
    ping_minute = models.BigIntegerField(default=0, db_default=0)
    ping_used = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.used} in minute {self.minute}"


class KeyUse(models.Model):
    """When a key was last used, to within a few minutes. Apart from the key: that one is configuration."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="use")
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.last_at:%Y-%m-%d %H:%M}"


class RetrySeen(models.Model):
    """That a source sent a test post again under the same id, and was answered as before: a retry leaves no post."""

    source = models.OneToOneField(
        Source, on_delete=models.CASCADE, primary_key=True, related_name="retry_seen"
    )
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.last_at:%Y-%m-%d %H:%M}"
