"""`make bench ARGS='posts --sizes 0,100000 --seconds 4'`; without a name every benchmark runs."""

import argparse
import os
import platform
import subprocess
import sys
from urllib.parse import urlsplit

import django
from django.db import connection

REGISTRY_DATABASE = "leadcrm_bench_registry"


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "name",
        nargs="?",
        choices=[
            "posts",
            "registry",
            "rescrub",
            "calling",
            "notices",
            "queue",
            "pages",
            "admin",
            "evidence",
            "pack",
            "webhooks",
            "trials",
            "pings",
            "figures",
            "exports",
            "twins",
            "imports",
            "all",
        ],
        default="all",
    )
    parser.add_argument("--sizes", default="0,100000,1000000", help="stored leads, for posts")
    parser.add_argument("--seconds", type=float, default=6, help="of each closed run, for posts")
    parser.add_argument("--numbers", type=int, default=250_000_000, help="listed, for registry and rescrub")
    parser.add_argument("--leads", type=int, default=100_000, help="open, for rescrub; stored, for others")
    parser.add_argument("--months", type=int, default=12, help="of change lists, for registry")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    if asked.name in ("posts", "all"):
        from benchmarks import posts

        posts.report([int(size) for size in asked.sizes.split(",")], asked.seconds)
    sizes = sorted({250_000, asked.numbers})
    in_own_database: dict[str, tuple[str, ...]] = {
        "registry": ("dnc_registry", "--numbers", str(asked.numbers), "--months", str(asked.months)),
        "rescrub": ("rescrub", "--leads", str(asked.leads), "--numbers", *map(str, sizes)),
        "calling": ("calling", "--leads", str(asked.leads)),
        "evidence": ("evidence", "--leads", str(asked.leads)),
        "pack": ("evidence_pack",),
        "webhooks": ("webhooks",),
        "trials": ("trials",),
        "pings": ("pings", "--leads", str(asked.leads)),
        "notices": ("notices",),
        "figures": ("figures", "--leads", str(asked.leads)),
        "exports": ("exports", "--leads", str(asked.leads)),
        "twins": ("twins", "--leads", str(asked.leads)),
        "imports": ("imports", "--leads", str(asked.leads)),
        "queue": ("queue", "--leads", str(asked.leads)),
        "admin": ("admin", "--leads", str(max(int(size) for size in asked.sizes.split(",")))),
        "pages": ("pages", "--leads", str(max(int(size) for size in asked.sizes.split(",")))),
    }
    for name, arguments in in_own_database.items():
        if asked.name in (name, "all"):
            _in_own_database(*arguments)


def _in_own_database(name: str, *arguments: str) -> None:
    """Run a benchmark in a database of its own beside the first, dropped at the end."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{REGISTRY_DATABASE}").geturl()
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "leadcrm.settings"}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {REGISTRY_DATABASE}")
        cursor.execute(f"CREATE DATABASE {REGISTRY_DATABASE}")
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)
        command = [sys.executable, "-u", "-m", f"benchmarks.{name}", *arguments]
        subprocess.run(command, env=environment, check=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {REGISTRY_DATABASE} WITH (FORCE)")


if __name__ == "__main__":
    main()
