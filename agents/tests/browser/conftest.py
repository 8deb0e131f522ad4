"""A real browser before a real server: Debian's Chromium, the product on PostgreSQL, nothing else reachable.

    def test_...(page_of, agent): page = page_of(agent); page.goto("/")

Whatever a page complains about (console errors, refused by the content policy, failed requests) fails the test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from agents.models import Agent
from leadcrm.models import User
from leadcrm.testing.chromium import DESKTOP, PHONE, find_chromium, launch

# A Wednesday noon in Dallas: everybody in Texas may be called.
NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
PATIENCE_MS = 8_000
NO_BROWSER = "no Chromium on the PATH (Debian and Ubuntu: apt-get install chromium)"
# Headless, nothing takes a telephone number; the pages themselves are right to hand it over.
NOBODY_DIALS = re.compile(r"Failed to launch 'tel:")

PageOf = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a browser's test, and is skipped where there is none."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if find_chromium() is None:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


class Busy:
    """How many requests the server works on: tables are not emptied under one that still runs."""

    def __init__(self) -> None:
        self.running, self.changed = 0, Condition()

    def started(self, **given: Any) -> None:
        with self.changed:
            self.running += 1

    def finished(self, **given: Any) -> None:
        with self.changed:
            self.running -= 1
            self.changed.notify_all()

    def wait(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.running <= 0, timeout=20), "a request does not end"


@dataclass
class Complaints:
    """What pages complained of. `allow(...)` what a test brings about on purpose (a regular expression)."""

    said: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=lambda: [NOBODY_DIALS])

    def allow(self, pattern: str) -> None:
        self.allowed.append(re.compile(pattern))

    def note(self, text: str) -> None:
        self.said.append(text)

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._logged)
        context.on("weberror", lambda error: self.note(f"{error.error}"))
        context.on("requestfailed", self._failed)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.note(message.text)

    def _failed(self, request: Request) -> None:
        # A page that is left gives up what it was still asking for.
        if request.failure != "net::ERR_ABORTED":
            self.note(f"{request.method} {request.url}: {request.failure}")

    def left(self) -> list[str]:
        return [text for text in self.said if not any(known.search(text) for known in self.allowed)]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for the folder. Playwright keeps a loop in this thread, which Django else takes for async code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            started = launch(playwright)
            yield started
            started.close()


@pytest.fixture
def busy() -> Iterator[Busy]:
    """Counts the server's requests while a test runs."""
    found = Busy()
    request_started.connect(found.started)
    request_finished.connect(found.finished)
    yield found
    request_started.disconnect(found.started)
    request_finished.disconnect(found.finished)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Whatever the pages of this test complain of; it fails at the end if there is anything."""
    found = Complaints()
    yield found
    assert found.left() == []


@pytest.fixture(autouse=True)
def noon() -> Iterator[datetime]:
    """The clock of the server stands on a Wednesday noon as the test begins, and runs on."""
    with time_machine.travel(NOON, tick=True):
        yield NOON


@pytest.fixture
def context_of(
    browser: Browser, live_server: LiveServer, shipped_rows: None, complaints: Complaints, busy: Busy
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own for each call; `context_of(agent, phone=True, dark=True, script=False)`."""
    opened: list[BrowserContext] = []

    def open_for(
        person: Agent | User | None = None, *, phone: bool = False, dark: bool = False, script: bool = True
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            timezone_id="America/Chicago",
            locale="en-US",
            reduced_motion="reduce",
        )
        opened.append(context)
        context.set_default_timeout(PATIENCE_MS)
        complaints.listen(context)
        if script:
            context.clock.install(time=NOON)
        if person:
            context.add_cookies([_session(person, live_server.url)])
        return context

    yield open_for
    for context in opened:
        context.close()
    busy.wait()


@pytest.fixture
def page_of(context_of: Callable[..., BrowserContext]) -> PageOf:
    """A page of somebody who is logged in; of a visitor for None. Takes what `context_of` takes."""
    return lambda *person, **how: context_of(*person, **how).new_page()


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other; the last one leads to another page, which is waited for."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def choose(page: Page, outcome: str) -> None:
    """Choose how a call went, on a lead's page."""
    page.locator("label.outcome", has_text=outcome).click()


def _session(person: Agent | User, url: str) -> Any:
    user = person.user if isinstance(person, Agent) else person
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
