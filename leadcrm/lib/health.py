"""Is the process alive, and can it do its work?"""

from functools import cache

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when posts can be decided: database there, migrations done. A missing broker or key is told, not fatal.

    Posts are decided and answered without a broker (background work catches up), so it does not take the
    process out of a load balancer.
    """
    problems = {
        "database": _database_problem(),
        "migrations": "",
        "broker": _broker_problem(),
        "keys": _key_problem(),
    }
    if not problems["database"]:
        problems["migrations"] = _migration_problem()
    ready = not problems["database"] and not problems["migrations"]
    told = {name: problem or "ok" for name, problem in problems.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", **told}, status=200 if ready else 503)


class _NotMigratedError(Exception):
    pass


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return ""


def _migration_problem() -> str:
    try:
        _migrated()
    except _NotMigratedError:
        return "not all applied"
    return ""


@cache
def _migrated() -> bool:
    """True, or _NotMigratedError, which is not cached: migrations are not undone under a running process."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _NotMigratedError
    return True


def _key_problem() -> str:
    """Told, not fatal: a vendor's post is not lost for it."""
    missing = [name for name in ("EVIDENCE_KEYS", "LOOKUP_KEY") if not getattr(settings, name)]
    return f"not set: {', '.join(missing)}" if missing else ""


def _broker_problem() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
    except Exception as error:  # noqa: BLE001 - each transport raises errors of its own
        return f"cannot be reached ({type(error).__name__})"
    return ""
