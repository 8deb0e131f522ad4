"""On which terms a line of an import is taken: its price, and what a file must tell that a post need not."""

from dataclasses import replace
from typing import Final

from intake.models import LeadImport, Submission
from intake.post import FileTerms, Post, Reason

# A post is made when its form is filled in. A line without a date would make an enquiry of years ago one of today,
# and calls may be lawful for three months after an enquiry only (47 CFR 64.1200(f)(5)).
DATED_BY: Final = ("lead_created_at", "consent_timestamp")
_UNDATED: Final = Reason("missing_field", "A line must say when its lead was made.", "lead_created_at")


def terms_of(submission: Submission) -> FileTerms | None:
    """The terms of the import that a stored post came with; None, and no query, for one that was posted."""
    if submission.lead_import_id is None:
        return None
    return file_terms(LeadImport.objects.get(pk=submission.lead_import_id))


def file_terms(row: LeadImport) -> FileTerms:
    """The terms of an import."""
    return FileTerms(
        import_id=row.pk, price=row.price, count_caps=row.count_caps, give=row.give, owner_id=row.owner_id,
        backlog=row.is_backlog,
    )  # fmt: skip


def under_terms(post: Post, terms: FileTerms | None) -> Post:
    """`post` as a line of a file on these terms; as it is where it was posted."""
    if terms is None:
        return post
    in_error = {error.field for error in post.errors}
    dated = any(name in post.fields or name in in_error for name in DATED_BY)
    errors = post.errors if dated else (*post.errors, _UNDATED)
    if terms.price is None:
        return replace(post, file=terms, errors=errors)
    return replace(post, file=terms, errors=errors, price=terms.price, most=terms.price, price_rule=None)
