"""`make bench ARGS='posts --sizes 0,100000 --seconds 4'`; without a name every benchmark runs."""

import argparse
import os
import platform

import django


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=["posts", "all"], default="all")
    parser.add_argument("--sizes", default="0,100000,1000000", help="stored leads, for posts")
    parser.add_argument("--seconds", type=float, default=6, help="of each closed run, for posts")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if asked.name in ("posts", "all"):
        from benchmarks import posts

        posts.report([int(size) for size in asked.sizes.split(",")], asked.seconds)


if __name__ == "__main__":
    main()
