"""The house's rules that a test can see: where things live, which way they look, what is committed."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("leadcrm", "intake", "compliance", "agents")
LONGEST_MODULE = 400
PIPELINE = Path("leadcrm/lib/pipeline.py")
# A dotted path to a function of an app, as text: the way to call forward along a lead's road.
DOTTED = re.compile(r"(?P<app>intake|compliance|agents)(?:\.[a-z_][a-z0-9_]*)+\.[A-Za-z_]\w*")
BEHIND = {
    "leadcrm": set(),
    "intake": {"intake"},
    "compliance": {"intake", "compliance"},
    "agents": {"intake", "compliance", "agents"},
}
# Where dotted paths are what the place is for: Django's and Celery's own registers.
REGISTERS = {Path("leadcrm/settings.py"), Path("leadcrm/celery.py"), Path("leadcrm/urls.py")}


@cache
def committed() -> tuple[Path, ...]:
    """Every file that is, or is about to be, under version control (paths from the top)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return tuple(Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def modules(*, tests: bool = False) -> Iterator[tuple[Path, ast.Module]]:
    """The product's modules with their syntax trees; those of tests only if asked for."""
    for path in committed():
        if path.suffix != ".py" or path.parts[0] not in APPS or "migrations" in path.parts:
            continue
        is_test = "tests" in path.parts or path.parts[:2] == ("leadcrm", "testing")
        if is_test and not tests:
            continue
        yield path, ast.parse((ROOT / path).read_text(), filename=str(path))


def imported(tree: ast.Module) -> set[str]:
    """Every module a tree imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def listens_to_models(tree: ast.Module) -> bool:
    """True when a tree imports signals of models; the one that `migrate` ends with is none of a model."""
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {
        alias.name for node in froms if node.module == "django.db.models.signals" for alias in node.names
    }
    whole = any(
        node.module == "django.db.models" and "signals" in {a.name for a in node.names} for node in froms
    )
    return whole or ("django.db.models.signals" in imported(tree) and names != {"post_migrate"})


def test_apps_look_only_back_along_the_road_of_a_lead() -> None:
    forward = [
        f"{path}: imports {name}"
        for path, tree in modules()
        if path.parent != Path("leadcrm")  # settings, urls, celery and wsgi compose what is below
        for name in imported(tree)
        if (app := name.split(".")[0]) in BEHIND and app != "leadcrm" and app not in BEHIND[path.parts[0]]
    ]
    assert forward == []


def test_forward_pointers_are_kept_in_the_pipeline_alone() -> None:
    forward = [
        f"{path}:{node.lineno}: {node.value}"
        for path, tree in modules()
        if path != PIPELINE and path not in REGISTERS
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (match := DOTTED.fullmatch(node.value))
        and match["app"] not in BEHIND[path.parts[0]]
        and _is_python(node.value)
    ]
    assert forward == []


def _is_python(dotted: str) -> bool:
    """Whether the path leads into a module of ours (and is not, say, a permission or a template's name)."""
    first, second = dotted.split(".")[:2]
    return (ROOT / first / second).is_dir() or (ROOT / first / f"{second}.py").is_file()


def test_only_one_module_speaks_http_to_the_outside() -> None:
    speakers = {"requests", "httpx", "urllib3", "http.client", "urllib.request"}
    found = [str(path) for path, tree in modules() if imported(tree) & speakers]
    assert [path for path in found if path != "leadcrm/lib/http.py"] == []


def test_no_module_is_longer_than_a_reader_can_keep_in_mind() -> None:
    long = {
        str(path): lines
        for path, _tree in modules(tests=True)
        if (lines := (ROOT / path).read_text().count("\n")) > LONGEST_MODULE
    }
    assert long == {}


def test_models_have_no_signals_and_no_work_hidden_in_save() -> None:
    hidden = []
    for path, tree in modules():
        if listens_to_models(tree):
            hidden.append(f"{path}: model signals")
        if "models" not in path.parts and path.name != "models.py":
            continue
        hidden += [
            f"{path}:{node.lineno}: {node.name}()"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
        ]
    assert hidden == []


# Written in pieces, so that this file does not hold what it looks for.
HOSTS = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "files" + r"\.pythonhosted",
            "registry" + r"\.npmjs",
            "--(?:extra-)?index" + "-url",
        ]
    )
)
MACHINE = re.compile(r"(?<![\w.~/$}-])/" + "(?:" + "|".join(["work", "root", "home", "Users"]) + r")/[\w.-]+")


def _text(path: Path) -> str:
    try:
        return (ROOT / path).read_text()
    except UnicodeDecodeError:
        return ""  # A picture, an archive.


def test_no_file_names_a_package_registry() -> None:
    found = [f"{path}: {match[0]}" for path in committed() for match in HOSTS.finditer(_text(path))]
    assert found == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = [f"{path}: {match[0]}" for path in committed() for match in MACHINE.finditer(_text(path))]
    assert found == []


def test_the_locks_pin_every_package_with_a_hash() -> None:
    for lock in ("requirements.txt", "requirements/dev.txt"):
        entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
        loose = [
            entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry
        ]
        assert loose == []


def test_the_product_and_its_tests_run_on_the_same_versions() -> None:
    pinned = [
        set(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))
        for lock in ("requirements.txt", "requirements/dev.txt")
    ]
    assert pinned[0] - pinned[1] == set()


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
