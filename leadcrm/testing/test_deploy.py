"""The files under docs/deploy are what their programs take, and name what there is."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leadcrm import metrics
from leadcrm.lib.metrics import count_decision, written
from leadcrm.testing.test_docs import rows_of

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*"))
ALERTS = DEPLOY / "prometheus" / "leadcrm-alerts.yml"
INSTANCES = {"leadcrm-web@.service": ("1", "2"), "leadcrm-worker@.service": ("celery", "long")}


def needs(program: str) -> str:
    """The path of a program; the test is skipped where this machine has none."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"no {program} here")
    return found


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    verify = needs("systemd-analyze")
    names = []
    for unit in UNITS:
        # Programs must be there to be verified: those of an installation are not.
        text = re.sub(r"/opt/leadcrm/current/\.venv/bin/\w+", "/bin/true", unit.read_text())
        copies = [unit.name.replace("@.", f"@{name}.") for name in INSTANCES.get(unit.name, ("",))]
        for name in copies:
            (tmp_path / name).write_text(text)
            names += [name] if unit.suffix != ".tmpfiles" else []
    done = subprocess.run(
        [verify, "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "leadcrm" in line]
    assert (done.returncode, said) == (0, []), done.stderr


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_every_service_is_locked_in(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    for line in (
        "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "CapabilityBoundingSet=",
        "User=leadcrm", "EnvironmentFile=/etc/leadcrm/leadcrm.env", "SystemCallFilter=@system-service",
    ):  # fmt: skip
        assert line in lines


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    nginx = needs("nginx")
    _certificate(tmp_path)
    site = (DEPLOY / "nginx" / "leadcrm.conf").read_text()
    site = re.sub(r"listen \[::\]:.*", "", site)
    site = re.sub(
        r"listen (\d+)", rf"listen unix:{tmp_path}/\1", site
    )  # the machine's own ports may be taken
    site = site.replace("/etc/ssl/leadcrm", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "site.conf").write_text(site)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ client_body_temp_path {tmp_path}/body; {folders} "
        f"access_log off; include {tmp_path}/site.conf; }}"
    )
    done = subprocess.run([nginx, "-t", "-e", "stderr", "-c", str(whole)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Newer ones want http2 as a line of its own, which older ones do not know.
    assert [line for line in done.stderr.splitlines() if "[warn]" in line and "http2" not in line] == []


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leads.example.com")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(private)


def test_the_access_log_has_no_query_and_no_referrer() -> None:
    text = (DEPLOY / "nginx" / "leadcrm.conf").read_text()
    (logged,) = re.findall(r"log_format leadcrm ([^;]+);", text)
    assert not re.findall(r"\$(?:request|request_uri|args|query_string|http_\w+|arg_\w+)\b", logged)
    assert len(re.findall(r"access_log \S+ leadcrm;", text)) == text.count("server_name leads")


def test_prometheus_takes_the_alerts() -> None:
    done = subprocess.run([needs("promtool"), "check", "rules", str(ALERTS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_alerts_and_the_guide_name_metrics_and_queues_that_there_are(settings: Any) -> None:
    settings.METRICS, settings.METRICS_DIR = "loopback", ""
    count_decision(kind="post", outcome="accepted")
    metrics.GAUGES.forget()
    told = written([metrics.GAUGES]).decode()
    there = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE)) | {
        "leadcrm_answer_seconds",
        "leadcrm_job_last_success",
    }
    there |= (
        {f"{name}_count" for name in there}
        | {f"{name}_bucket" for name in there}
        | {"leadcrm_job_last_seconds"}
    )
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"\bleadcrm_\w+", rule["expr"])}
    assert asked - there == set()
    guide = {re.sub(r"\{.*", "", word) for row in rows_of("operators.md").values() for word in row}
    assert {word for word in guide if word.startswith("leadcrm_")} - there == set()
    queues = {queue.name for queue in metrics.QUEUES}
    assert queues <= guide
    patterns = "|".join(re.findall(r'queue=~?"([^"]+)"', ALERTS.read_text()))
    assert [name for name in queues - {"follow_ups"} if not re.fullmatch(patterns, name)] == []


def test_the_environment_file_names_variables_that_there_are() -> None:
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / "leadcrm.env").read_text(), re.MULTILINE)
    told = {word for row in rows_of("operators.md").values() for word in row}
    assert len(names) > 10
    assert set(names) <= told
