"""A pack as whoever gets it has it: files in a folder, and Python."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from compliance.evidence.pack.making import Made


def unpack(made: Made, folder: Path) -> Path:
    """The pack's files in a new folder."""
    folder.mkdir()
    with made.file, zipfile.ZipFile(made.file) as pack:
        pack.extractall(folder)
    return folder


def verify(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and words of the pack's own program, run without anything of ours."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={})
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def wrong(folder: Path, *options: str) -> list[str]:
    """What the program names as wrong; it must say so in its exit code too."""
    code, said = verify(folder, *options)
    named = said.partition("WRONG")[2].partition("RESULT")[0]
    lines = [line.strip("- ") for line in named.splitlines()[1:] if line.strip()]
    assert (code == 1) == bool(lines) == ("does NOT agree" in said), said
    return lines


def read(folder: Path, name: str) -> Any:
    """One of the JSON files."""
    return json.loads((folder / name).read_bytes())


def write(folder: Path, name: str, content: Any) -> None:
    """Write it back, without the manifest knowing."""
    (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def change(folder: Path, name: str, how: Callable[[Any], None]) -> None:
    """Change a JSON file as a careful forger does: the manifest agrees afterwards."""
    content = read(folder, name)
    how(content)
    write(folder, name, content)
    sum_up(folder)


def sum_up(folder: Path) -> None:
    """Make the manifest agree with the files there are."""
    files = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            content = path.read_bytes()
            said = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            files[path.relative_to(folder).as_posix()] = said
    write(folder, "manifest.json", {"format": read(folder, "manifest.json")["format"], "files": files})


def batches(folder: Path) -> list[dict[str, Any]]:
    """The chain's batches."""
    return [json.loads(line) for line in (folder / "batches.jsonl").read_text().splitlines()]


def write_batches(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write them back; the manifest agrees."""
    (folder / "batches.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sum_up(folder)


def say(folder: Path, name: str, at: int, **values: Any) -> None:
    """Have a row of evidence.json say something else."""
    change(folder, "evidence.json", lambda evidence: evidence["sections"][name][at]["values"].update(values))
