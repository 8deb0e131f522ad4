"""What every test stands on: no network, quick passwords, the fixtures of leadcrm.testing."""

import os
from importlib.util import find_spec
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

if find_spec("leadcrm.testing.fixtures"):
    pytest_plugins = ["leadcrm.testing.fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    """Settings that make tests quick and independent of what a developer has in the environment."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    if not os.environ.get("SECRET_KEY"):  # to read an empty one from the settings is an error
        settings.SECRET_KEY = "a key for tests only, of no use to anybody else, and long"  # noqa: S105
    os.environ.setdefault("EVIDENCE_KEYS", "test:" + "A" * 43 + "=")  # for the commands that tests start
    os.environ.setdefault("LOOKUP_KEY", "A" * 43 + "=")
    settings.LOOKUP_KEY = bytes(32)
    settings.EVIDENCE_KEYS = (("test", bytes(32)),)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Which tests run in which process, where they run in several."""
    from leadcrm.testing.side_by_side import FilesInOrder

    return FilesInOrder(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database, with the rows that migrations ship copied aside for tests that empty the tables."""
    from leadcrm.testing.emptying import empty_quickly  # once Django is set up
    from leadcrm.testing.shipped import remember_shipped_rows

    with django_db_blocker.unblock():
        remember_shipped_rows()
        empty_quickly()
