"""What the tests of certificates share."""

from typing import Any, Final

from django.db import connection

from leadcrm.testing.fake_services import Call, Reply

ID: Final = "ab" * 20
LEADID: Final = "a1c2860f-25ea-4937-bc78-222d8c227789"


def says(status: int, body: Any) -> Any:
    """For FakeServices.answer: the same to everybody."""

    def answer(call: Call) -> Reply:
        return status, body

    return answer


def counts_transactions(found: list[int]) -> Any:
    """For FakeServices.answer: how many connections idle in a transaction while the service is asked."""

    def look(call: Call) -> None:
        with connection.cursor() as cursor:  # the service's thread has a connection of its own
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
            )
            found.append(cursor.fetchone()[0])
        connection.close()

    return look
