"""Configuration kept in the process and reloaded when its stamp changes.

`ConfigStamp` grows in the same transaction as any change of configuration (database triggers), so one tiny
read tells whether everything kept here is still right.
"""

from collections.abc import Callable, Hashable
from threading import Lock, RLock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

from leadcrm.lib.db import Query, fetch_together

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

STAMP: Final = Query("SELECT coalesce(max(version), 1) FROM leadcrm_configstamp")


def current_version() -> int:
    """The stamp of the committed configuration. One round trip."""
    ((version,),) = fetch_together(STAMP)[0]
    return int(version)


_caches: "WeakSet[ConfigCache[Any, Any]]" = WeakSet()


def forget_configuration() -> None:
    """Empty every cache of this process. Tests roll the stamp back, which production never does."""
    for cache in list(_caches):
        cache.clear()


class ConfigCache(Generic[K, V]):
    """Values loaded by key, forgotten as soon as a caller comes with another version. Threads may share it."""

    def __init__(self, load: Callable[[K], V]) -> None:
        self._load = load
        self._lock = Lock()
        self._loading = RLock()
        self._version = -1
        self._values: dict[K, V] = {}
        _caches.add(self)

    def last_known(self, key: K) -> V | None:
        """What is kept for `key`, whatever version it is of; for things that never change once they are known."""
        with self._lock:
            return self._values.get(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._version, self._values = -1, {}

    def get(self, key: K, version: int) -> V:
        """The value of `key` at `version`, loaded if need be. Whatever `load` raises is raised, and not kept."""
        found = self._kept(key, version)
        if found:
            return found[0]
        with self._loading:  # one thread loads, the others wait for what it finds
            found = self._kept(key, version)
            if found:
                return found[0]
            value = self._load(key)
            with self._lock:
                if version == self._version:
                    self._values[key] = value
            return value

    def _kept(self, key: K, version: int) -> tuple[V] | None:
        """The value in a tuple, since it may be None itself; None when nothing is kept for this version."""
        with self._lock:
            if version > self._version:
                self._version, self._values = version, {}
            if version == self._version and key in self._values:
                return (self._values[key],)
            return None


def triggers_sql(*tables: str) -> tuple[str, str]:
    """SQL to make every change of `tables` raise the stamp, and SQL to undo it. For RunSQL in migrations."""
    forward = [
        """
        CREATE OR REPLACE FUNCTION leadcrm_raise_config_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO leadcrm_configstamp AS stamp (id, version) VALUES (1, 2)
            ON CONFLICT (id) DO UPDATE SET version = stamp.version + 1;
            RETURN NULL;
        END $$;
        """
    ]
    backward = []
    for table in tables:
        forward.append(
            f"CREATE OR REPLACE TRIGGER raise_config_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f'ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_raise_config_stamp();'
        )
        backward.append(f'DROP TRIGGER IF EXISTS raise_config_stamp ON "{table}";')
    return "\n".join(forward), "\n".join(backward)
