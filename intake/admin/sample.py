"""“Try a sample post” on a source's page: how each field is understood, what would come of it; mapping what is not."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from intake.field_rules import RuleDraft, save_field_rules, targets_of
from intake.flatten import BodyRefused
from intake.models import Source, Submission
from intake.originals import body_of, query_of, why_withheld
from intake.post import BadSettings
from intake.queries import submissions_of
from intake.sample import Sample, guess_type, hide_keys, try_sample, with_drafts
from intake.sources import SOURCES, SourceConfig
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.config import current_version
from leadcrm.lib.sealing import CannotOpen

MOST_RECENT: Final = 8
LONGEST: Final = 256 * 1024
# Fields of a post at most (intake.flatten.MAX_FIELDS), so lines that may be mapped.
MOST_LINES: Final = 200
# A value that a vendor codes is short; a sentence is no code.
LONGEST_CODE: Final = 60
TYPES: Final = (
    ("", "Find out"),
    ("application/json", "JSON"),
    ("application/x-www-form-urlencoded", "Form (a=1&b=2)"),
    ("application/xml", "XML"),
)
NO_SAMPLE: Final = "Paste a post, or choose one of the last."


class SampleForm(forms.Form):
    """A post as a person has it: pasted, or the id of a stored one."""

    text = forms.CharField(
        required=False, max_length=LONGEST, strip=False, label="A post, as the vendor sends it",
        widget=forms.Textarea(
            attrs={"rows": 10, "cols": 80, "spellcheck": "false", "autocomplete": "off", "dir": "auto"}
        ),
    )  # fmt: skip
    content_type = forms.ChoiceField(required=False, choices=TYPES, label="It is")
    post = forms.UUIDField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Given:
    """The post that is tried, and what of it may stand in the page again."""

    body: bytes
    content_type: str
    query: str = ""
    stored: Submission | None = None


@sensitive_post_parameters()
def try_post(request: HttpRequest, source: Any) -> HttpResponse:
    """The page. Nothing of the post is kept: it comes with each request and goes back in its answer."""
    version = current_version()
    config = SOURCES.get(source.pk, version)
    form = SampleForm(request.POST or {key: request.GET[key] for key in ("post",) if key in request.GET})
    asked = request.method == "POST" or "post" in request.GET
    context: dict[str, Any] = {"recent": _recent(request, source), "fields": targets_of(config)}
    if asked and form.is_valid():
        drafts, wrong = _filled_in(request), ""
        if chosen := _to_save(request, drafts):
            wrong = _save(request, source, chosen)
            drafts = drafts if wrong else [draft for draft in drafts if draft not in chosen]
            version = current_version()
            config = SOURCES.get(source.pk, version)
        known = [draft for draft in drafts if draft.field in set(targets_of(config))]
        if len(known) < len(drafts):
            wrong = (
                "No field or attribute is called "
                + ", ".join(d.field for d in drafts if d not in known)
                + "."
            )
        context |= {"drafts": known, "wrong": wrong, **_tried(request, source, form, config, known, version)}
    return _page(request, source, form, context)


def _page(request: HttpRequest, source: Source, form: SampleForm, context: dict[str, Any]) -> HttpResponse:
    desk: Any = admin.site.get_model_admin(Source)
    if form.is_bound and form.is_valid():
        shown = {**form.cleaned_data, "text": hide_keys(form.cleaned_data["text"])}
        form = SampleForm(initial=shown)
    answer: HttpResponse = desk.act_page(
        request, source, "admin/intake/sample.html", form=form, title="Try a sample post", **context
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _tried(
    request: HttpRequest, source: Source, form: SampleForm, config: SourceConfig, drafts: list[RuleDraft],
    version: int,
) -> dict[str, Any]:  # fmt: skip
    """The sample as it is understood, or why it cannot be read."""
    try:
        given = _given(request, source, form)
        sample: Sample = try_sample(
            source=with_drafts(config, drafts), body=given.body, content_type=given.content_type, query=given.query,
            config_version=version, now=timezone.now(),
        )  # fmt: skip
    except BodyRefused as refusal:
        return {"unreadable": f"The body {refusal.message[:1].lower()}{refusal.message[1:]}"}
    except BadSettings as reason:
        return {"unreadable": f"No post of this source can be decided: {reason}."}
    except (ValidationError, CannotOpen) as reason:
        return {"unreadable": " ".join(getattr(reason, "messages", [str(reason)]))}
    drafted = {draft.incoming: draft for draft in drafts}
    rows = [(line, drafted.get(line.path), len(line.raw) <= LONGEST_CODE) for line in sample.lines]
    return {"sample": sample, "rows": rows, "stored": given.stored, "checks": _checks(sample)}


def _given(request: HttpRequest, source: Source, form: SampleForm) -> Given:
    """Raises ValidationError where there is nothing to read, CannotOpen for a post whose key is gone."""
    text, post_id = form.cleaned_data["text"], form.cleaned_data["post"]
    if text.strip():
        return Given(text.encode(), form.cleaned_data["content_type"] or guess_type(text))
    if post_id is None:
        raise ValidationError(NO_SAMPLE)
    row = submissions_of(source.pk).filter(pk=post_id).first() if may_open(request) else None
    if row is None:
        raise ValidationError("This source has no such post.")
    if why := why_withheld(row):
        raise ValidationError(why)
    return Given(body_of(row), row.content_type, query_of(row), row)


def may_open(request: HttpRequest) -> bool:
    """Whether this user may read stored posts."""
    user: Any = request.user
    return bool(user.has_perm("intake.view_submission"))


def _recent(request: HttpRequest, source: Source) -> list[Submission]:
    """The last posts, without what was posted."""
    if not may_open(request):
        return []
    rows = submissions_of(source.pk).only("id", "received_at", "state", "reason", "test")
    return list(rows[:MOST_RECENT])


def _checks(sample: Sample) -> list[dict[str, Any]]:
    """The checks' records with words for a table; a check may be off, or be passed over."""
    levels = {"pass": "good", "stop": "bad", "unknown": "warn"}
    words = {"pass": "passes", "stop": "objects", "unknown": "cannot know", "off": "off", "skip": "not asked"}
    return [
        {
            **record,
            "label": record["check"].replace("_", " ").capitalize(),
            "level": levels.get(record["outcome"], "plain"),
            "words": words.get(record["outcome"], record["outcome"]),
        }
        for record in sample.decided.checks
    ]


def _filled_in(request: HttpRequest) -> list[RuleDraft]:
    """The rules that are filled in beside the lines."""
    return [draft for draft in map(_draft_at(request), range(MOST_LINES)) if draft.field]


def _to_save(request: HttpRequest, drafts: list[RuleDraft]) -> list[RuleDraft]:
    """What the button that was pressed writes: all that is filled in, or the one name it offers."""
    if "one" in request.POST:
        path, _, field = request.POST["one"].rpartition("=")
        return [RuleDraft(path, field)]
    return drafts if "save" in request.POST else []


def _draft_at(request: HttpRequest) -> Callable[[int], RuleDraft]:
    """Reads one line: a field to map the name to, or a meaning of the value that was sent."""

    def read(number: int) -> RuleDraft:
        path, raw = request.POST.get(f"path-{number}", ""), request.POST.get(f"raw-{number}", "")
        field = request.POST.get(f"as-{number}", "").strip()
        meaning = request.POST.get(f"means-{number}", "").strip()
        field = field or (request.POST.get(f"field-{number}", "") if meaning else "")
        return RuleDraft(path, field if path else "", ((raw, meaning),) if meaning else ())

    return read


def _save(request: HttpRequest, source: Source, drafts: list[RuleDraft]) -> str:
    """Write the rules and say so; "" or why they cannot be."""
    desk: Any = admin.site.get_model_admin(Source)
    try:
        with transaction.atomic():
            rules = save_field_rules(source=source, drafts=drafts)
            said = ", ".join(str(rule) for rule in rules)
            desk.log_change(request, source, f"Field rules from a sample: {said}")
    except ValidationError as error:
        return " ".join(error.messages)
    messages.success(request, f"Saved: {said}. The next post is read by it.")
    return ""


SAMPLE = Act(
    name="sample", label="Try a sample post", run=try_post, permission="intake.change_source", page=True
)


def sample_url(source: Source, post: uuid.UUID | None = None) -> str:
    """The page's address, with a stored post to be read."""
    desk: Any = admin.site.get_model_admin(Source)
    return f"{desk.url_of(source).removesuffix('change/')}do/sample/{f'?post={post}' if post else ''}"
