"""The samples are run as a vendor would run them, against a real server: each comes back as a test with a decision."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from intake.models import Dialect, Lead, Submission
from intake.posting.samples import FORMATS, LANGUAGES, example_lead, flat_pairs, samples
from intake.tests.posting_support import posting_of, vertical
from leadcrm.testing.factories import FieldRuleFactory
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAMS: Final = {"curl": ["sh"], "python": [sys.executable], "php": ["php"], "node": ["node"]}
SUFFIX: Final = {"curl": "sh", "python": "py", "php": "php", "node": "mjs"}


def run(language: str, form: str, key: VendorKey, folder: Path) -> dict[str, Any]:
    """The answer that a sample of the source prints."""
    program = shutil.which(PROGRAMS[language][0])
    if program is None or shutil.which("curl" if language == "curl" else program) is None:
        pytest.skip(f"no {language} on the PATH")
    lead = example_lead(posting_of(key.source).table, now=timezone.now())
    (sample,) = (each for each in samples(lead) if (each.language, each.format) == (language, form))
    file = folder / f"sample.{SUFFIX[language]}"
    file.write_text(sample.code)
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [program, str(file)], capture_output=True, text=True, timeout=60, check=False,
        env={**clean, "LEADCRM_KEY": key.text},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert key.text not in sample.code
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def served(shipped_rows: None, vendor_key: VendorKey, live_server: LiveServer, settings: Any) -> VendorKey:
    """A vendor whose agency is this server, and whose data are as odd as they can be."""
    settings.PUBLIC_URL = live_server.url
    settings.AGENCY_NAME = 'O\'Example & "Sons" $HOME Agency'
    source = vendor_key.source
    FieldRuleFactory.create(source=source, incoming="Vor-name's", field="first_name")
    FieldRuleFactory.create(source=source, incoming="lead.phone", field="phone")
    source.vertical = vertical("final_expense")
    source.required_fields = [
        "first_name",
        "email",
        "date_of_birth",
        "tobacco",
        "coverage_amount",
        "marital_status",
    ]
    source.save()
    return vendor_key


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_comes_back_as_a_test_with_a_decision(
    served: VendorKey, tmp_path: Path, language: str, form: str
) -> None:
    answer = run(language, form, served, tmp_path)

    assert (answer["status"], answer["test"]) == ("accepted", True)
    assert {check["check"]: check["outcome"] for check in answer["checks"]}["fields"] == "pass"
    told = answer["normalized"]
    assert (told["first_name"], told["phone"]["e164"], told["tobacco"]) == ("Dana", "+12145550123", False)
    assert told["consent_text"].startswith("By clicking Submit I agree")
    assert "warnings" not in answer
    assert Submission.objects.get().test
    assert not Lead.objects.exists()


def test_a_sample_of_another_dialect_prints_that_dialects_decision(served: VendorKey, tmp_path: Path) -> None:
    served.source.dialect = Dialect.LEADCONDUIT
    served.source.save()

    assert run("python", "json", served, tmp_path)["outcome"] == "success"
    assert Submission.objects.get().test


def test_what_is_nested_becomes_names_in_brackets_in_a_form() -> None:
    assert flat_pairs({"test": True, "age": 67, "drivers": [{"name": "Dana"}, "two"]}) == {
        "test": "true", "age": "67", "drivers[0][name]": "Dana", "drivers[1]": "two",
    }  # fmt: skip
