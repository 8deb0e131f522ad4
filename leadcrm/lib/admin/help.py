"""What stands below the fields of the managers' forms where the model's own words do not say it."""

from typing import Any, Final

HELPS: Final[dict[str, str]] = {}


def explain_fields(model: str, /, **words: str) -> None:
    """Say of fields of `model` ("intake.Source") what they are for, with an example or a unit. Each room its own."""
    HELPS.update({f"{model}.{field}": text for field, text in words.items()})


def add_helps(form: Any, model: Any) -> Any:
    """`form` (a class) with words for each of its fields that has none yet."""
    for name, field in getattr(form, "base_fields", {}).items():
        words = HELPS.get(f"{model._meta.label}.{name}")
        # Django's own word about a select of many is for another widget.
        if words and (not field.help_text or "Hold down" in field.help_text):
            field.help_text = words
    return form
