"""Every page for managers opens, costs the same for one row and for twenty, and minds permissions."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.models import (
    Assignment,
    Communication,
    Delivery,
    Export,
    FollowUp,
    HandOver,
    InboundText,
    LeadMerge,
    LicenseWarning,
    Notice,
    NotTwins,
    Policy,
    ReportRun,
    RoutingReplay,
    SlaEvent,
    TwinGroup,
)
from agents.tests.admin_support import make
from agents.tests.page_suite import INLINE
from compliance.models import (
    Certificate,
    ChecklistRule,
    ConfigChange,
    ContactAttempt,
    ContactDecision,
    Decision,
    DncVersion,
    EvidenceCheck,
    EvidencePack,
    HeldPost,
    ListedLead,
    RescrubRun,
    RetentionRun,
    ScrubAnswer,
    Trial,
    ZoneConfirmation,
)
from intake.models import ApiKey, Lead, LeadEvent, Ping, Return, ReturnCandidate, Submission, WebhookDelivery
from leadcrm.models import BulkRun, Job, User
from leadcrm.testing.factories import (
    LeadFactory,
    LicenseFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
READ_ONLY = (
    LeadMerge, NotTwins, TwinGroup,
    Communication, ContactAttempt, FollowUp, LeadEvent,
    Policy,
    ApiKey, Assignment, Certificate, ChecklistRule, ConfigChange, ContactDecision, Decision, DncVersion, EvidenceCheck,
    EvidencePack, LicenseWarning, Delivery, InboundText, Notice,
    ReportRun, RoutingReplay, Export, BulkRun,
    HandOver, HeldPost, Job, Lead, ListedLead, Ping, RescrubRun, RetentionRun, Return, ReturnCandidate,
    ScrubAnswer, SlaEvent, Submission,
    Trial, WebhookDelivery, ZoneConfirmation,
)  # fmt: skip
# What a list may ask at most: session, user, its page, its filters' choices.
MOST_QUERIES = 12


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@every_model
def test_a_list_opens_with_the_same_few_queries_for_one_row_and_for_twenty(
    manager: Client, model: type[Model]
) -> None:
    make(model)
    manager.get(url(model, "changelist"))  # content types are read once a process
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert manager.get(url(model, "changelist")).status_code == 200
    make(model, 19)
    assert not INLINE.findall(manager.get(url(model, "changelist")).content.decode())
    with CaptureQueriesContext(connection) as many:
        assert manager.get(url(model, "changelist")).status_code == 200
    assert len(many) == len(few), [query["sql"][:200] for query in many.captured_queries]
    assert len(many) <= MOST_QUERIES


@every_model
def test_the_page_of_a_row_opens(manager: Client, model: type[Model]) -> None:
    row = make(model)
    response = manager.get(url(model, "change", row.pk))
    assert response.status_code == 200
    assert not INLINE.findall(response.content.decode())


@every_model
def test_the_page_for_a_new_row_opens_where_there_is_one(manager: Client, model: type[Model]) -> None:
    response = manager.get(url(model, "add"))
    assert response.status_code == (403 if model in READ_ONLY or "axes" in model._meta.label else 200)
    assert not INLINE.findall(response.content.decode())


@pytest.mark.parametrize("text", ["abc", "\x00", "\N{GRINNING FACE}", "9" * 30])
def test_the_page_for_a_new_row_leaves_out_what_an_address_cannot_mean(manager: Client, text: str) -> None:
    for model in admin.site._registry:
        query = {field.name: text for field in (*model._meta.fields, *model._meta.many_to_many)}
        assert manager.get(url(model, "add"), query).status_code in (200, 403), model


@every_model
def test_a_search_that_finds_nothing_is_an_empty_list(manager: Client, model: type[Model]) -> None:
    make(model)
    for term in (
        "A-99999999999",
        "nobody@example.com",
        "(512) 555-0199",
        "0" * 40,
        "' OR 1=1 --",
        "\x00",
        "9" * 30,
    ):
        assert manager.get(url(model, "changelist"), {"q": term}).status_code == 200, term


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_what_the_product_writes_cannot_be_changed_even_by_a_superuser(
    manager: Client, model: type[Model]
) -> None:
    row = make(model)
    assert manager.post(url(model, "add"), {}).status_code == 403
    assert manager.post(url(model, "change", row.pk), {}).status_code == 403
    assert manager.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    manager.post(url(model, "changelist"), delete)
    assert model._default_manager.filter(pk=row.pk).exists()


@every_model
def test_a_staff_login_without_permissions_sees_no_page(client: Client, model: type[Model]) -> None:
    row = make(model)
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "change", row.pk)).status_code == 403


def test_a_staff_login_without_permissions_finds_an_empty_first_page(client: Client) -> None:
    make(Lead)
    client.force_login(UserFactory.create(is_staff=True))
    page = client.get(reverse("admin:index")).content.decode()
    assert "You have no permission" in page
    assert "without an owner" not in page


def test_an_agent_is_sent_to_the_login(client: Client) -> None:
    client.force_login(UserFactory.create())
    assert client.get(reverse("admin:index")).status_code == 302


@every_model
def test_the_right_to_view_shows_a_row_and_changes_nothing(client: Client, model: type[Model]) -> None:
    row = make(model)
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.add(
        Permission.objects.get(
            codename=f"view_{model._meta.model_name}", content_type__app_label=model._meta.app_label
        )
    )
    client.force_login(viewer)
    page = client.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_no_button_works_without_its_permission(client: Client) -> None:
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    for model, desk in admin.site._registry.items():
        for act in getattr(desk, "acts", ()):
            row = make(model)
            address = url(model, "act", row.pk, act.name)
            assert client.post(address, {}).status_code == 403, address
            assert client.get(address).status_code == 403, address


def test_no_button_is_pressed_from_another_site(reviewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    for model, desk in admin.site._registry.items():
        for act in getattr(desk, "acts", ()):
            assert client.post(url(model, "act", make(model).pk, act.name), {}).status_code == 403


def test_every_button_leads_to_a_page_or_back_to_the_row(manager: Client) -> None:
    for model, desk in admin.site._registry.items():
        for act in getattr(desk, "acts", ()):
            response = manager.get(url(model, "act", make(model).pk, act.name))
            assert response.status_code in (200, 302), act
            assert not INLINE.findall(response.content.decode())


def test_the_first_page_is_grouped_as_people_think_of_an_agency(manager: Client) -> None:
    page = manager.get(reverse("admin:index")).content.decode()
    assert not INLINE.findall(page)
    groups = [
        "Leads &amp; intake log",
        "People &amp; routing",
        "Vendors &amp; contracts",
        "Figures &amp; reports",
        "Compliance",
        "System",
    ]
    places = [page.index(f">{group}</a></h2>") for group in groups]
    assert places == sorted(places)


def test_the_first_page_tells_what_waits_for_a_person(manager: Client) -> None:
    LeadFactory.create()
    SubmissionFactory.create(state="failed")
    LicenseFactory.create(expires_on=timezone.localdate())
    page = manager.get(reverse("admin:index")).content.decode()
    for words in (
        "open lead without an owner",
        "post whose decision failed",
        "license ending within 30 days",
    ):
        assert words in page
    levels = re.findall(r'<li class="notice-(\w+)">', page)
    assert levels == sorted(levels, key=["bad", "warn", "info"].index)


def test_the_way_about_says_what_a_desk_is_for_in_peoples_words(manager: Client) -> None:
    page = manager.get(url(Submission, "changelist")).content.decode()
    assert "Models in the" not in page
    assert 'aria-current="page"' in page
    assert 'title="Every post as it came' in page


def test_a_list_of_a_million_rows_would_never_be_counted(manager: Client) -> None:
    make(Submission, 3)
    with CaptureQueriesContext(connection) as asked:
        page = manager.get(url(Submission, "changelist")).content.decode()
    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"].upper()]
    assert "1\N{EN DASH}3 of 3" in page


def test_a_long_list_says_that_there_is_more_and_leads_there(manager: Client) -> None:
    source = SourceFactory.create()
    for _ in range(103):
        SubmissionFactory.create(source=source, state="rejected")
    page = manager.get(url(Submission, "changelist")).content.decode()
    assert "1\N{EN DASH}100 of 100+" in page
    assert 'href="?p=2"' in page
    with CaptureQueriesContext(connection) as asked:
        answer = manager.get(url(Submission, "changelist"), {"p": 2})
    assert "101\N{EN DASH}103 of 103" in answer.content.decode()
    shown = [row.pk for row in answer.context["cl"].result_list]
    assert shown == list(
        Submission.objects.order_by("-received_at", "-id").values_list("pk", flat=True)[100:]
    )
    # What lies before the page is passed over by its keys, without the names that stand beside them.
    passing = [query["sql"] for query in asked.captured_queries if "OFFSET 100" in query["sql"]]
    assert len(passing) == 1
    assert "JOIN" not in passing[0]
    beyond = manager.get(url(Submission, "changelist"), {"p": 3})
    assert beyond.status_code == 302


def test_a_row_is_opened_with_the_way_back_to_the_list_as_it_is_filtered(manager: Client) -> None:
    row = SubmissionFactory.create(state="rejected")
    page = manager.get(url(Submission, "changelist"), {"state__exact": "rejected"}).content.decode()
    address = f"{url(Submission, 'change', row.pk)}?_changelist_filters=state__exact%3Drejected"
    assert f'href="{address}"' in page
    back = manager.get(address).content.decode()
    assert f'{url(Submission, "changelist")}?state__exact=rejected"' in back
