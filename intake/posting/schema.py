"""JSON Schema (2020-12) and OpenAPI (3.1) of one source, made of its field table."""

from collections.abc import Iterable, Sequence, Set
from typing import Any, Final

from django.conf import settings

from intake.api.schema import BID, DECISION, ERROR, LEADCONDUIT
from intake.flatten import MAX_FIELDS
from intake.models import Dialect, Mode, Profile, Source, SourceStatus
from intake.posting.fields import FieldRow, FieldTable
from intake.posting.shapes import FICTITIOUS, Shape
from intake.reasons import HTTP_ERRORS, REASONS
from leadcrm.lib.normalize.zips import TEST_ZIPS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CONTENT_TYPES: Final = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml",
)  # fmt: skip
_ABOUT: Final = (
    "A lead as this source takes it. The door understands more than this: names are compared without regard to case, "
    "_, - and blanks, the names under x-aliases count as the field, and values are read as people write them."
)


def lead_schema(source: Source, table: FieldTable) -> Shape:
    """A posted lead: what fits is read without an error, whatever the checks then decide."""
    required = [row for row in table.rows if row.required]
    return _schema("Lead", source, table.rows, required)


def ping_schema(source: Source, table: FieldTable) -> Shape:
    """A ping, where the source takes any: a lead without whatever names or reaches the person."""
    required = [row for row in table.pinged if row.ping == "required"]
    return _schema("Ping", source, table.pinged, required)


def _schema(title: str, source: Source, rows: Sequence[FieldRow], required: Iterable[FieldRow]) -> Shape:
    properties = {name: _property(row, name) for row in rows for name in (row.called, *row.own)}
    rules = [_any_of_names(row) for row in required]
    if not _always_test(source):
        rules.append(_live_only(rows))
    return {
        "title": title,
        "description": _ABOUT,
        "type": "object",
        "maxProperties": MAX_FIELDS,
        "properties": properties,
        "allOf": rules,
    }


def document(source: Source, table: FieldTable, url: str) -> Shape:
    """The schema as a document of its own at `url`."""
    return {"$schema": DIALECT, "$id": url, **lead_schema(source, table)}


def _property(row: FieldRow, name: str) -> Shape:
    about = "; ".join((row.what, *row.notes))
    others = [each for each in row.names if each != name]
    return {**row.shape, "description": about, **({"x-aliases": others} if others else {})}


def _any_of_names(row: FieldRow) -> Shape:
    """The field is there by one of the names that the schema knows; the IP address by that of the visitor too."""
    names = list(dict.fromkeys((row.called, *row.own)))
    if row.name == "consent_ip":
        names.append("ip_address")
    return {"required": names} if len(names) == 1 else {"anyOf": [{"required": [name]} for name in names]}


def _always_test(source: Source) -> bool:
    """True where fictional numbers and test ZIPs are taken of every post."""
    return source.status == SourceStatus.TEST or source.demo


def _live_only(rows: Iterable[FieldRow]) -> Shape:
    """Test ZIPs and fictional phones in posts that say that they are tests, and in no others."""
    called = {row.name: (row.called, *row.own) for row in rows}
    is_test = [{"properties": {name: {"const": True}}, "required": [name]} for name in called.get("test", ())]
    no_zip = {name: {"not": {"enum": sorted(TEST_ZIPS)}} for name in called.get("zip", ())}
    phones = [name for field in ("phone", "phone_2") for name in called.get(field, ())]
    no_fiction = {name: {"not": {"pattern": FICTITIOUS}} for name in phones}
    return {"if": {"not": {"anyOf": is_test}}, "then": {"properties": {**no_zip, **no_fiction}}}


def _header(name: str, about: str, schema: Shape) -> Shape:
    return {"name": name, "in": "header", "description": about, "schema": schema}


_IDEMPOTENCY: Final = _header("Idempotency-Key", "Recognises a retry.", {"type": "string", "maxLength": 255})
_TEST: Final = _header("X-Test-Post", "Makes this a test, whatever the body says.", {"const": "true"})


def openapi(source: Source, table: FieldTable) -> Shape:
    """The source's part of the API: pinging where it takes pings, posting a lead, reading it back."""
    body = {"content": {kind: {"schema": {"$ref": "#/components/schemas/Lead"}} for kind in CONTENT_TYPES}}
    post = {
        "operationId": "post_lead", "summary": "Post a lead", "requestBody": {**body, "required": True},
        "parameters": [_IDEMPOTENCY, _TEST],
        "responses": {**_decisions(source), **_errors(without={404, 405})},
    }  # fmt: skip
    read = {
        "operationId": "read_post", "summary": "Read back one of your posts",
        "parameters": [{
            "name": "id", "in": "path", "required": True, "schema": {"type": "string"},
            "description": "Our lead_id, our submission_id or your own id.",
        }],
        "responses": {
            "200": _answer("The post with its answer.", {"type": "object"}), **_errors(only={401, 403, 404, 503}),
        },
    }  # fmt: skip
    paths = {"/api/lead-intake": {"post": post}, "/api/lead-intake/{id}": {"get": read}}
    schemas = {"Lead": lead_schema(source, table), "Decision": _decision(source), "Error": _modern(ERROR)}
    if source.pings:
        paths["/api/lead-intake/ping"] = {"post": _ping(source)}
        schemas |= {"Ping": ping_schema(source, table), "Bid": _bid(source)}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": f"{settings.AGENCY_NAME}: {source.name}",
            "version": "1.0.0",
            "description": _ABOUT,
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "security": [{"Bearer": []}, {"Header": []}, {"Basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "Bearer": {"type": "http", "scheme": "bearer"},
                "Header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "Basic": {"type": "http", "scheme": "basic", "description": "The key as user name."},
            },
            "schemas": schemas,
        },
    }


def _ping(source: Source) -> Shape:
    schema, bid = {"$ref": "#/components/schemas/Ping"}, {"$ref": "#/components/schemas/Bid"}
    return {
        "operationId": "ping", "summary": "Ask for interest and price, without contact data",
        "requestBody": {"content": {kind: {"schema": schema} for kind in CONTENT_TYPES}, "required": True},
        "parameters": [_IDEMPOTENCY, _TEST],
        "responses": {
            **{str(status): _answer("The bid.", bid) for status in bid_statuses(source)},
            **_errors(without={404, 405, 409}),
        },
    }  # fmt: skip


def statuses(source: Source) -> tuple[int, int]:
    """The HTTP statuses of an accepted and of a refused lead."""
    if source.dialect == Dialect.LEADCONDUIT:
        return 201, 201
    return (201, 422) if source.profile == Profile.REST else (200, 200)


def bid_statuses(source: Source) -> tuple[int, int]:
    """The HTTP statuses of a bid, and of a ping that is not wanted."""
    return (200, 200) if source.dialect == Dialect.LEADCONDUIT else statuses(source)


def _decisions(source: Source) -> Shape:
    decision = {"$ref": "#/components/schemas/Decision"}
    told = {str(status): _answer("The decision.", decision) for status in statuses(source)}
    why = (
        "Decided later."
        if source.mode == Mode.BACKGROUND
        else "Held for review, or our own failure: decided later."
    )
    return {**told, "202": _answer(why, decision)}


def _decision(source: Source) -> Shape:
    if source.dialect == Dialect.LEADCONDUIT:
        leadconduit: Shape = _modern(LEADCONDUIT)
        return leadconduit
    told: Shape = _modern(DECISION)
    told["properties"]["reason"] = {"type": "string", "enum": sorted(REASONS)}
    return told


def _bid(source: Source) -> Shape:
    told: Shape = _modern(LEADCONDUIT if source.dialect == Dialect.LEADCONDUIT else BID)
    return told


def _errors(*, only: Set[int] | None = None, without: Set[int] = frozenset()) -> Shape:
    error = {"$ref": "#/components/schemas/Error"}
    wanted = [
        each for each in HTTP_ERRORS if each.status not in without and (only is None or each.status in only)
    ]
    told: dict[int, list[str]] = {}
    for each in wanted:
        told.setdefault(each.status, []).append(f"{each.code}: {each.when}")
    return {str(status): _answer(". ".join(lines), error) for status, lines in told.items()}


def _answer(about: str, schema: Shape) -> Shape:
    return {"description": about.replace("`", ""), "content": {"application/json": {"schema": schema}}}


def _modern(shape: Any) -> Any:
    """An OpenAPI 3.0 schema in the words of 3.1: examples are a list."""
    if isinstance(shape, list):
        return [_modern(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    return {
        ("examples" if key == "example" else key): [value] if key == "example" else _modern(value)
        for key, value in shape.items()
    }
