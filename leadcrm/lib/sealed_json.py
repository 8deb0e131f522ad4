"""A JSON column that is sealed in the database, for what is kept as evidence only."""

import json
from typing import Any, Final

from django.conf import settings
from django.db import models

from leadcrm.lib.sealing import TEXT_MARK, CannotOpen, seal_text, sealed_under, unseal_text

# The one key of the object that stands in the database. What does not open reads as {UNOPENED: why}.
SEALED: Final = "sealed"
UNOPENED: Final = "(unopened)"


class SealedJSONField(models.JSONField):
    """An object that Python code reads and writes as it is, and the database holds as one sealed text.

    Bound to its table and column, not to its row, whose key is not known yet: that nobody moved it to another row, the
    chain of evidence tells. Empty objects stay as they are, and so does all without EVIDENCE_KEYS. It cannot be
    searched. What was stored before there was a key is read as it is.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The object that stands in the database."""
        if value and not _is_sealed(value) and settings.EVIDENCE_KEYS:
            value = {SEALED: seal_text(json.dumps(value), place=self._place)}
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The object as it was written."""
        found = super().from_db_value(value, expression, connection)
        if not _is_sealed(found):
            return found
        try:
            return json.loads(unseal_text(found[SEALED], place=self._place))
        except CannotOpen as why:
            return {UNOPENED: str(why)}

    @property
    def _place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"


def first_key_mark() -> str:
    """How the text begins of everything that is sealed under the first key; for a search by its first letters."""
    return sealed_under(settings.EVIDENCE_KEYS[0][0])


def _is_sealed(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    text = value.get(SEALED)
    return isinstance(text, str) and text.startswith(TEXT_MARK)
