"""Error pages: sentences for people, the contract's JSON for programs."""

import pytest
from django.db import OperationalError
from django.test import Client

from agents.models import Agent
from agents.tests.page_suite import INLINE, signed_in


def test_an_address_that_does_not_exist_is_told_in_sentences(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/"' in answer.text


def test_a_program_gets_json_for_an_address_that_does_not_exist(client: Client, db: None) -> None:
    answer = client.get("/api/nowhere")

    assert answer.status_code == 404
    assert answer.json()["status"] == "error"
    assert answer.json()["code"] == "not_found"


def test_a_page_that_breaks_says_so_and_shows_nothing_of_the_inside(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("agents.views.queue.queue", broken)
    client = signed_in(agent.user)
    client.raise_request_exception = False
    answer = client.get("/")

    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "secret" not in answer.text


def test_a_database_out_of_reach_is_a_503_with_the_time_to_wait(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**given: object) -> None:
        raise OperationalError

    monkeypatch.setattr("agents.views.queue.queue", gone)
    client = signed_in(agent.user)
    client.raise_request_exception = False
    answer = client.get("/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "out of reach" in answer.text


def test_a_form_from_before_the_login_is_told_in_sentences(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})

    assert answer.status_code == 403
    assert "too old to save from" in answer.text


def test_pages_for_visitors_and_errors_forbid_inline_code_and_hold_none(agent: Agent, client: Client) -> None:
    for page in (client.get("/login/"), signed_in(agent.user).get("/nowhere/")):
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert INLINE.findall(page.text) == []
