"""Reading the live floor as a test sees it: its parts, their words, where each link leads."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

PARTS = {"X-Floor-Parts": "1"}


def floor(client: Client, query: str = "", **how: Any) -> Any:
    return client.get(f"{reverse('admin:page_live_floor')}{query}", **how)


def part(page: Any, key: str) -> str:
    """The words of one part, links and all."""
    found = re.search(
        rf'id="floor-{key}" .*?(?=<section class="floor-part"|<footer|\Z)', page.text, re.DOTALL
    )
    assert found, f"no part {key}"
    return found[0]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def links(html: str) -> dict[str, str]:
    """Words of each link, and where it leads."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return {words(inner): unescape(url) for url, inner in found}
