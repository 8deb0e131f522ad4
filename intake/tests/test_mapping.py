"""From a vendor's names to ours: aliases, nesting, rules of a source, and what is left over."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.canonical import ALIASES, CANONICAL, FULL_NAME, FieldKind, is_secret
from intake.mapping import (
    BodyRefused,
    Flat,
    Mapped,
    api_key_of,
    flatten,
    loose,
    map_fields,
    without_secrets,
)
from leadcrm.lib import normalize

Rules = Mapping[str, str]


def mapped(
    payload: Mapping[str, object],
    *,
    names: Rules | None = None,
    values: Mapping[str, Rules] | None = None,
    attributes: Rules | None = None,
) -> Mapped:
    """`payload` flattened and mapped, with no rules of a source unless given."""
    return map_fields(flatten(payload), names=names or {}, values=values or {}, attributes=attributes or {})


GLOSSARY = {
    "lead_id": "V-77",
    "timestamp": "2026-11-24T10:00:00Z",
    "first_name": "Jane",
    "last_name": "Doe",
    "phone": "2145550123",
    "email": "jane@example.com",
    "zip": "75201",
    "state": "TX",
    "interest": "final_expense",
    "trustedform_url": "https://cert.trustedform.com/" + "a" * 40,
    "jornaya_leadid": "01234567-89ab-cdef-0123-456789abcdef",
    "consent_text": "By clicking I agree.",
    "consent_ip": "192.0.2.1",
    "consent_user_agent": "Mozilla/5.0",
}


def test_the_glossary_payload_is_understood_as_it_stands() -> None:
    found = mapped(GLOSSARY)
    assert found.unknown == found.attributes == found.malformed == {}
    assert found.fields["vendor_lead_id"] == "V-77"
    assert found.fields["lead_created_at"] == "2026-11-24T10:00:00Z"
    assert found.fields["trustedform_cert_url"] == GLOSSARY["trustedform_url"]
    kept = {name: value for name, value in GLOSSARY.items() if name in CANONICAL}
    assert {name: found.fields[name] for name in kept} == kept
    assert len(found.fields) == len(GLOSSARY)


# Section 4 of the wire contract, written out once more on purpose: a lost alias is a lost field.
CONTRACT = {
    "first_name": "fname firstname",
    "last_name": "lname lastname",
    "phone": "phone_1 phone1 primary_phone phone_home home_phone phone_cell cell_phone mobile phone_number "
    "caller_id",
    "phone_2": "phone2 alt_phone work_phone phone_work secondary_phone",
    "email": "email_address",
    "address": "address_1 address1 street street_address",
    "address_2": "address2",
    "city": "City",
    "state": "region",
    "zip": "zip_code zipcode postal_code post_code",
    "date_of_birth": "dob birth_date birthdate",
    "age": "Age",
    "gender": "sex",
    "interest": "vertical product insurance_type product_name",
    "vendor_lead_id": "lead_id external_lead_id external_id external_reference_id unique_identifier "
    "ref_id transaction_id",
    "sub_id_1": "lp_s1 subid1 sub1 sub_id subid pub_id",
    "sub_id_2": "lp_s2 subid2 sub2",
    "sub_id_3": "lp_s3 subid3 sub3",
    "sub_id_4": "lp_s4 subid4 sub4",
    "sub_id_5": "lp_s5 subid5 sub5",
    "campaign": "utm_campaign aid",
    "landing_page_url": "source_url landing_page original_url page_url url",
    "ip_address": "ip client_ip",
    "user_agent": "useragent",
    "lead_created_at": "timestamp lead_date created_at origination_datetime",
    "trustedform_cert_url": "xxtrustedformcerturl trustedform_url trustedform trusted_form_url "
    "trusted_form_cert_url xxtrustedformtoken xxTrustedFormCertUrl",
    "jornaya_leadid": "universal_leadid universal_lead_id leadid_token jornaya_lead_id jornaya_id jornaya",
    "consent": "tcpa tcpa_consent tcpa_optin opt_in",
    "consent_text": "tcpa_text tcpa_language disclaimer",
    "consent_ip": "consentIp",
    "consent_user_agent": "consentUserAgent",
    "consent_timestamp": "tcpa_consent_date consent_date",
    "consent_seller": "tcpa_name seller_name",
    "price": "cost",
    "ping_id": "pingId",
    "test": "is_test lp_test testmode test_lead ckm_test xxtest",
}


def test_the_contract_and_the_field_table_name_the_same_fields() -> None:
    assert set(CONTRACT) == set(CANONICAL)
    assert set(ALIASES.values()) == set(CANONICAL) | {FULL_NAME}
    assert all(isinstance(kind, FieldKind) for kind in CANONICAL.values())


@pytest.mark.parametrize(
    ("name", "alias"), [(n, a) for n, aliases in CONTRACT.items() for a in aliases.split()]
)
def test_every_alias_is_known_however_it_is_written(name: str, alias: str) -> None:
    spellings = {alias, name, alias.upper(), alias.replace("_", "-"), alias.replace("_", " "), alias.title()}
    for spelling in {*spellings, alias.replace("_", ""), f" {alias} "}:
        assert mapped({spelling: "x"}).fields == {name: "x"}, spelling


def test_the_canonical_name_wins_over_an_alias_wherever_it_stands() -> None:
    found = mapped({"mobile": "1", "home_phone": "2", "phone": "3"})
    assert found.fields == {"phone": "3"}
    assert found.unknown == {"mobile": "1", "home_phone": "2"}
    assert mapped({"phone": "3", "mobile": "1"}).fields == {"phone": "3"}


def test_the_first_of_several_aliases_wins_and_the_others_are_kept() -> None:
    found = mapped({"home_phone": "1", "mobile": "2"})
    assert found.fields == {"phone": "1"}
    assert found.unknown == {"mobile": "2"}


def test_two_names_that_say_the_same_leave_nothing_over() -> None:
    found = mapped({"phone": "2145550123", "mobile": " 2145550123 "})
    assert found.fields == {"phone": "2145550123"}
    assert found.unknown == {}


def test_the_first_value_that_is_not_empty_wins() -> None:
    found = mapped(
        {"phone": "", "mobile": "  ", "home_phone": "2145550123", "zip": None, "postal_code": "75201"}
    )
    assert found.fields == {"phone": "2145550123", "zip": "75201"}
    assert found.unknown == {}
    assert mapped({"phone": "", "zip": "   "}).fields == {}


def test_a_field_nobody_knows_is_kept_as_it_came() -> None:
    found = mapped({"foo": "bar", "Foo-Bar": 1, "empty": "", "deep": {"er": True}, "list": ["a", 1]})
    assert found.unknown == {"foo": "bar", "Foo-Bar": "1", "empty": "", "deep.er": "true", "list": ["a", "1"]}


@pytest.mark.parametrize(
    "parent", ["contact", "lead", "Consumer", "personal_info", "data", "whatever", "a.b"]
)
def test_a_nested_field_is_known_by_its_last_part(parent: str) -> None:
    assert mapped({f"{parent}.phone": "2145550123"}).fields == {"phone": "2145550123"}
    assert mapped({f"{parent}.Zip-Code": "75201"}).fields == {"zip": "75201"}


def test_a_whole_path_that_is_known_goes_before_its_last_part() -> None:
    found = mapped(
        {"consent": {"ip": "192.0.2.1", "text": "I agree", "timestamp": "t"}, "lead": {"id": "V-1"}}
    )
    assert found.fields == {
        "consent_ip": "192.0.2.1",
        "consent_text": "I agree",
        "consent_timestamp": "t",
        "vendor_lead_id": "V-1",
    }
    assert mapped({"phone": {"home": "1", "work": "2"}}).fields == {"phone": "1", "phone_2": "2"}
    assert mapped({"trustedform": {"url": "u"}, "sub": {"id": {"2": "s"}}}).fields == {
        "trustedform_cert_url": "u",
        "sub_id_2": "s",
    }


def test_a_shallow_value_is_never_overwritten_by_a_deeper_one() -> None:
    found = mapped(
        {"contact": {"phone": "deep"}, "phone": "flat", "a": {"b": {"zip": "2"}}, "c": {"zip": "1"}}
    )
    assert found.fields == {"phone": "flat", "zip": "1"}
    assert found.unknown == {"contact.phone": "deep", "a.b.zip": "2"}


@pytest.mark.parametrize(
    "other", ["agent", "seller", "spouse", "emergency_contact", "driver", "Publisher", "policy"]
)
def test_somebody_elses_data_is_never_taken_for_the_consumers(other: str) -> None:
    found = mapped({other: {"phone": "1", "first_name": "x", "email": "e", "dob": "d"}})
    assert found.fields == {}
    assert len(found.unknown) == 4
    assert mapped({"lead": {other: {"phone": "1"}}}).fields == {}


def test_words_that_could_mean_anything_count_only_under_the_consumer() -> None:
    assert mapped({"campaign": {"name": "Fall"}, "form": {"url": "u"}, "batch": {"test": "1"}}).fields == {}
    assert mapped({"contact": {"name": "Jane Doe"}}).fields == {"first_name": "Jane", "last_name": "Doe"}
    assert mapped({"lead": {"timestamp": "t", "url": "u"}}).fields == {
        "lead_created_at": "t",
        "landing_page_url": "u",
    }


def test_arrays_of_objects_are_kept_whole_as_attributes() -> None:
    drivers = [{"first_name": "Al", "age": 40, "tickets": [1, None]}, {"first_name": "Bo", "sr22": False}]
    found = mapped({"drivers": drivers, "vehicles": [{"vin": "x"}]}, attributes={"drivers": "drivers"})
    assert found.attributes == {
        "drivers": [
            {"first_name": "Al", "age": "40", "tickets": ["1", ""]},
            {"first_name": "Bo", "sr22": "false"},
        ]
    }
    assert found.unknown == {"vehicles": [{"vin": "x"}]}
    assert found.fields == {}


def test_attributes_of_the_vertical_are_known_loosely_nested_or_not() -> None:
    attributes = {"coverageamount": "coverage_amount", "tobacco": "tobacco", "vehiclemake": "vehicle_make"}
    found = mapped(
        {"Coverage-Amount": 10000, "health": {"tobacco": True}, "vehicle": {"make": "Ford"}},
        attributes=attributes,
    )
    assert found.attributes == {"coverage_amount": "10000", "tobacco": "true", "vehicle_make": "Ford"}
    assert found.unknown == {}


def test_a_canonical_field_goes_before_an_attribute_of_the_same_name() -> None:
    assert mapped({"product": "life"}, attributes={"product": "product"}).fields == {"interest": "life"}


def test_the_rules_of_a_source_go_before_everything() -> None:
    names = {"tel": "phone", "custom.x": "zip", "product": "coverage_type", "usersname": "full_name"}
    payload = {"phone": "1", "TEL": "2", "custom": {"x": "75201"}, "zip": "0", "product": "term"}
    found = mapped(payload, names=names, attributes={"coveragetype": "coverage_type"})
    assert found.fields == {"phone": "2", "zip": "75201"}
    assert found.attributes == {"coverage_type": "term"}
    assert found.unknown == {"phone": "1", "zip": "0"}
    assert mapped({"users_name": "Jane Doe"}, names=names).fields == {
        "first_name": "Jane",
        "last_name": "Doe",
    }
    assert mapped({"contact": {"tel": "2"}}, names=names).fields == {"phone": "2"}


def test_a_rule_for_a_field_that_nobody_declared_is_no_rule() -> None:
    found = mapped({"foo": "1", "mobile": "2"}, names={"foo": "gone", "mobile": "also_gone"})
    assert found.attributes == {}
    assert (found.fields, found.unknown) == ({"phone": "2"}, {"foo": "1"})


def test_a_rule_whose_field_is_empty_does_not_hide_the_others() -> None:
    assert mapped({"tel": "", "phone": "1"}, names={"tel": "phone"}).fields == {"phone": "1"}


def test_values_are_replaced_by_the_rules_of_a_source() -> None:
    values = {"gender": {"0": "male", "1": "female"}, "tobacco": {"smoker": "true"}, "state": {"tex": "TX"}}
    found = mapped(
        {"sex": 1, "tobacco": " Smoker ", "state": "CA"}, values=values, attributes={"tobacco": "tobacco"}
    )
    assert found.fields == {"gender": "female", "state": "CA"}
    assert found.attributes == {"tobacco": "true"}


@pytest.mark.parametrize("name", ["full_name", "name", "Full Name", "fullName", "NAME"])
def test_a_full_name_is_split(name: str) -> None:
    assert mapped({name: "Jane Q Doe"}).fields == {"first_name": "Jane Q", "last_name": "Doe"}


def test_a_full_name_fills_only_what_is_missing() -> None:
    assert mapped({"name": "Jane Doe", "first_name": "Janet"}).fields == {
        "first_name": "Janet",
        "last_name": "Doe",
    }
    both = mapped({"name": "Jane Doe", "first_name": "Jane", "last_name": "Doe"})
    assert both.unknown == {}
    other = mapped({"name": "Janet D", "first_name": "Jane", "last_name": "Doe"})
    assert other.fields == {"first_name": "Jane", "last_name": "Doe"}
    assert other.unknown == {"name": "Janet D"}
    assert mapped({"name": "Cher"}).fields == {"first_name": "Cher"}
    assert mapped({"name": "Mrs. Jane Doe"}) == mapped({"name": "Doe, Jane"}) == mapped({"name": "Jane Doe"})
    assert mapped({"name": "Janet", "first_name": "Jane"}).unknown == {"name": "Janet"}
    assert mapped({"name": " , "}).unknown == {"name": " , "}
    assert mapped({"name": ""}) == Mapped()


@pytest.mark.parametrize(
    "payload", [{"lp_action": "test"}, {"LP-Action": " TEST "}, {"lp_action": "test", "test": "no"}]
)
def test_lead_prospers_action_test_marks_a_test_post(payload: dict[str, object]) -> None:
    found = mapped(payload)
    assert found.fields == {"test": "true"}
    assert found.unknown == {}


def test_lead_prospers_other_actions_are_only_kept() -> None:
    found = mapped({"lp_action": "post"})
    assert found.fields == {}
    assert found.unknown == {"lp_action": "post"}


def test_an_array_where_one_value_is_meant_is_told_apart() -> None:
    assert mapped({"phone": ["2145550123"]}).fields == {"phone": "2145550123"}
    assert mapped({"phone": ["2145550123", "2145550123", ""]}).fields == {"phone": "2145550123"}
    assert mapped({"phone": []}) == mapped({"phone": [""]}) == Mapped()
    for several in (["1", "2"], [{"number": "1"}], [["1"]]):
        found = mapped({"phone": several})
        assert found.fields == {}
        assert set(found.malformed) == {"phone"}


def test_the_api_key_is_found_and_never_kept_as_a_field() -> None:
    flat = flatten({"API-Key": " secret ", "zip": "75201", "auth": {"apiKey": "deep"}})
    assert api_key_of(flat) == "secret"
    assert without_secrets(flat).values == {"zip": "75201"}
    found = map_fields(flat, names={}, values={}, attributes={})
    assert found == Mapped(fields={"zip": "75201"})
    assert api_key_of(flatten({"zip": "75201"})) == ""
    for hidden in (
        {"api": {"key": "s"}},
        {"lead": {"Api Key": "s"}},
        {"api_key": {"x": "s"}},
        {"api-key[x]": "s"},
    ):
        assert without_secrets(flatten(hidden)).values == {}
        assert mapped(hidden) == Mapped()


def test_what_the_query_says_counts_only_where_the_body_is_silent() -> None:
    flat = Flat({"contact.phone": "1", "phone": "2", "zip": "75201"}, later=frozenset({"phone", "zip"}))
    found = map_fields(flat, names={}, values={}, attributes={})
    assert found.fields == {"phone": "1", "zip": "75201"}
    assert found.unknown == {"phone": "2"}


NAME = st.one_of(
    st.sampled_from(sorted(ALIASES)),
    st.sampled_from(
        ["contact.phone", "agent.phone", "lead.id", "drivers[0][name]", "name", "api_key", "lp_action"]
    ),
    st.text(max_size=12),
)
LEAF = st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.none())
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(NAME, VALUE, max_size=8))
def test_any_payload_is_mapped_and_no_value_is_lost(payload: dict[str, object]) -> None:
    try:
        flat = flatten(payload)
    except BodyRefused as refused:
        assert refused.status in {400, 413}  # noqa: PT017 - either way is right here
        return
    found = map_fields(flat, names={}, values={}, attributes={"tobacco": "tobacco"})
    assert set(found.fields) <= set(CANONICAL)
    assert set(found.malformed) <= set(CANONICAL)
    assert all(value.strip() for value in found.fields.values())
    places = (*found.fields.values(), *found.attributes.values(), *found.unknown.values())
    kept = {text.strip() for text in places if isinstance(text, str)}
    words = {word for text in kept for word in text.replace(",", " ").split()}
    for path, value in flat.values.items():
        meaning = loose(path).rpartition(".")[2]
        said = value.strip() if isinstance(value, str) else ""
        if said and said not in kept and not is_secret(path) and meaning != "lpaction":
            assert ALIASES.get(meaning) == FULL_NAME, path
            assert set(normalize.text(said).value.replace(",", " ").split()) <= words, path
