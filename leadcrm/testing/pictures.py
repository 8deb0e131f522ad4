"""Pictures of the agents' pages, a manager's and a vendor's for docs/pictures, from the demonstration in DATABASE_URL.

`manage.py seed_demo` makes it. Then:

DEBUG=1 python -m leadcrm.testing.pictures docs/pictures
"""

import os
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import django
from playwright.sync_api import ViewportSize

AGENT, LEADER = "demo.agent1@example.com", "demo.leader@example.com"
MANAGER = "demo.manager@example.com"
COLOURS = 128
DARK = {"queue", "lead"}

Look = tuple[str, ViewportSize, Literal["light", "dark"]]


def main() -> None:
    """Write NAME.png, NAME-phone.png and, of some, NAME-dark.png into the folder that is named."""
    folder = Path(sys.argv[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    django.setup()
    import time_machine
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread
    from django.utils import timezone

    # One in the afternoon in Texas, when people may be called.
    noon = timezone.now().replace(hour=19, minute=0)
    if noon < timezone.now():
        noon += timedelta(days=1)
    with time_machine.travel(noon, tick=True):
        server = LiveServerThread("localhost", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            _take(folder, f"http://localhost:{server.port}", noon)
        finally:
            server.terminate()
            server.join()


def _take(folder: Path, url: str, noon: Any) -> None:
    from playwright.sync_api import sync_playwright

    from leadcrm.testing.chromium import DESKTOP, PHONE, launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, (email, path) in _pages().items():
            looks: list[Look] = [("", DESKTOP, "light"), ("-phone", PHONE, "light")]
            looks += [("-dark", DESKTOP, "dark")] if name in DARK else []
            for suffix, viewport, scheme in looks:
                context = browser.new_context(
                    base_url=url, viewport=viewport, color_scheme=scheme, timezone_id="America/Chicago"
                )
                context.clock.install(time=noon)
                if email:
                    context.add_cookies([{"name": "sessionid", "value": _session(email), "url": url}])
                page = context.new_page()
                page.goto(path)
                _keep(page.screenshot(), folder / f"{name}{suffix}.png")
                context.close()
        browser.close()


def _pages() -> dict[str, tuple[str, str]]:
    from intake.models import Lead

    lead = Lead.objects.filter(owner__email=AGENT, status="contacted").order_by("-received_at").first()
    lead = lead or Lead.objects.filter(owner__email=AGENT).latest("received_at")
    return {
        "queue": (AGENT, "/"),
        "lead": (AGENT, f"/leads/A-{lead.pk}/"),
        "edit": (AGENT, f"/leads/A-{lead.pk}/edit/"),
        "list": (AGENT, "/leads/"),
        "follow-ups": (AGENT, "/follow-ups/"),
        "clients": (AGENT, "/clients/"),
        "claim": (AGENT, "/claim/"),
        "me": (AGENT, "/me/"),
        "numbers": (AGENT, "/me/numbers/"),
        "team": (LEADER, "/team/"),
        "posting": ("", _posting()),
        "source": (MANAGER, _source("change")),
        "sample": (MANAGER, _source("sample")),
        "routing": (MANAGER, "/admin/routing/"),
        "admin": (MANAGER, "/admin/"),
    }


def _source(page: str) -> str:
    """What a manager sees of the source that is being set up: its page, or its last test post as a sample."""
    from django.urls import reverse

    from intake.models import Source, Submission

    source = Source.objects.filter(demo=True, status="test").earliest("pk")
    if page == "change":
        return reverse("admin:intake_source_change", args=[source.pk])
    post = Submission.objects.filter(source=source).latest("received_at")
    return f"{reverse('admin:intake_source_act', args=[source.pk, page])}?post={post.pk}"


def _posting() -> str:
    """The posting instructions of the source that is being set up; they need nobody to log in."""
    from django.urls import reverse

    from intake.models import Source

    source = Source.objects.filter(demo=True, status="test").earliest("pk")
    return reverse("posting", args=[source.posting_token])


def _session(email: str) -> str:
    from django.test import Client

    from leadcrm.models import User

    client = Client()
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def _keep(taken: bytes, file: Path) -> None:
    """Few colours: a page has not many, and the file stays small."""
    from PIL import Image

    with Image.open(BytesIO(taken)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    main()
