"""What stands below the fields of the managers' forms where the model's own words do not say it."""

from typing import Any, Final

from django.forms import CheckboxSelectMultiple, MultiWidget

HELPS: Final[dict[str, str]] = {}


def explain_fields(model: str, /, **words: str) -> None:
    """Say of fields of `model` ("intake.Source") what they are for, with an example or a unit. Each room its own."""
    HELPS.update({f"{model}.{field}": text for field, text in words.items()})


def name_cells(form: Any) -> None:
    """Give each field of `form` (a class), one row of a table, a name of its own: the column's head is no label."""
    for name, field in form.base_fields.items():
        # Boxes that stand together have names of their own.
        if not isinstance(field.widget, MultiWidget | CheckboxSelectMultiple):
            field.widget.attrs.setdefault(
                "aria-label", str(field.label or name.replace("_", " ").capitalize())
            )


def add_helps(form: Any, model: Any) -> Any:
    """`form` (a class) with words for each of its fields that has none yet."""
    for name, field in getattr(form, "base_fields", {}).items():
        words = HELPS.get(f"{model._meta.label}.{name}")
        # Django's own word about a select of many is for another widget.
        if words and (not field.help_text or "Hold down" in field.help_text):
            field.help_text = words
    return form
