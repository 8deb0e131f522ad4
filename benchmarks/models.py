"""Two plain tables: what the yardstick view writes."""

from django.db import models


class PlainPost(models.Model):
    """A post as it came."""

    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)


class PlainLead(models.Model):
    """Twenty-five columns of text."""

    post = models.ForeignKey(PlainPost, on_delete=models.CASCADE)
    phone = models.CharField(max_length=20, db_index=True)
    email = models.CharField(max_length=254, db_index=True)
    values = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)
