"""Settings that cannot be meant stop the start, and say which they are."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadcrm.lib.env import broker_url, positive_int, whole_number


@pytest.mark.parametrize("raw", ["-1", "x", "1.5", "\N{ARABIC-INDIC DIGIT THREE}", "11"])
def test_a_number_that_cannot_be_meant_is_refused_by_name(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", raw)
    with pytest.raises(ImproperlyConfigured, match=r"^TRUSTED_PROXIES must be "):
        whole_number("TRUSTED_PROXIES", 0, most=10)


def test_zero_is_a_number_where_it_can_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME", "0")
    assert whole_number("SOME", 5) == 0
    with pytest.raises(ImproperlyConfigured, match="SOME must be a whole number above 0"):
        positive_int("SOME", 5)


@pytest.mark.parametrize("raw", ["http://:secret@mq.example.com", "mq.example.com:5672", "memory://"])
def test_a_broker_of_an_unknown_kind_is_refused_without_showing_its_password(
    raw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", raw)
    with pytest.raises(ImproperlyConfigured, match=r"^CELERY_BROKER_URL must begin with") as caught:
        broker_url("CELERY_BROKER_URL", "redis://127.0.0.1/0")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("raw", ["rediss://:pw@cache.example.com/1", "amqps://mq.example.com//"])
def test_a_broker_that_is_known_is_taken_as_it_is(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", raw)
    assert broker_url("CELERY_BROKER_URL", "redis://127.0.0.1/0") == raw
