"""Which texts name a certificate, what is mended, what is refused: nothing but an id reaches the address we call."""

import pytest

from leadcrm.lib.certificates import BadCertificate, read_leadid, read_trustedform_url

HEX = "0123456789abcdef0123456789abcdef01234567"
LONG = "aB3_-" * 16
DOTTED = "0.AbC-1_2.xyz-890_"
HOST = "https://cert.trustedform.com"


@pytest.mark.parametrize(
    ("posted", "certificate_id", "repaired"),
    [
        (f"{HOST}/{HEX}", HEX, ()),
        (f"{HOST}/{HEX.upper()}", HEX, ()),
        (f"HTTPS://CERT.TrustedForm.com/{HEX}", HEX, ()),
        (f"{HOST}/{LONG}", LONG, ()),
        (f"{HOST}/{DOTTED}", DOTTED, ()),
        (f"http://cert.trustedform.com/{HEX}", HEX, ("scheme",)),
        (f"{HOST}/{HEX}/", HEX, ("slash",)),
        (f"  {HOST}/{HEX} ", HEX, ()),
        (f"{HOST}/{HEX},{HOST}/{LONG}", HEX, ("list",)),
        (f",, {HOST}/{LONG}", LONG, ("list",)),
        (f"http://cert.trustedform.com/{HEX}/,", HEX, ("list", "scheme", "slash")),
    ],
)
def test_a_certificate_is_read_and_its_address_built_from_the_id_alone(
    posted: str, certificate_id: str, repaired: tuple[str, ...]
) -> None:
    found = read_trustedform_url(posted)
    assert (found.id, set(found.repaired)) == (certificate_id, set(repaired))
    assert found.url == f"{HOST}/{certificate_id}"


REFUSED = {
    "nothing": "",
    "commas only": ",,",
    "the id alone": HEX,
    "no scheme": f"cert.trustedform.com/{HEX}",
    "another scheme": f"ftp://cert.trustedform.com/{HEX}",
    "a scheme twice": f"https://http://cert.trustedform.com/{HEX}",
    "a scheme-relative address": f"//cert.trustedform.com/{HEX}",
    "a letter for the dot": f"https://certXtrustedform.com/{HEX}",
    "another domain behind": f"https://cert.trustedform.com.evil.example/{HEX}",
    "another domain before": f"https://evil.example/cert.trustedform.com/{HEX}",
    "a sub-domain": f"https://a.cert.trustedform.com/{HEX}",
    "the bare domain": f"https://trustedform.com/{HEX}",
    "a dot at the end": f"https://cert.trustedform.com./{HEX}",
    "staging": f"https://cert.staging.trustedform.com/{HEX}",
    "development": f"https://cert.trustedform-dev.com/{HEX}",
    "a user": f"https://cert.trustedform.com@evil.example/{HEX}",
    "a user and password": f"https://a:b@cert.trustedform.com/{HEX}",
    "a port": f"https://cert.trustedform.com:443/{HEX}",
    "another port": f"https://cert.trustedform.com:8443/{HEX}",
    "an empty port": f"https://cert.trustedform.com:/{HEX}",
    "a query": f"{HOST}/{HEX}?a=b",
    "an empty query": f"{HOST}/{HEX}?",
    "a fragment": f"{HOST}/{HEX}#a",
    "an empty fragment": f"{HOST}/{HEX}#",
    "no id": f"{HOST}/",
    "no path": HOST,
    "two segments": f"{HOST}/a/{HEX}",
    "dots": f"{HOST}/a/../{HEX}",
    "dots before": f"{HOST}/../{HEX}",
    "an encoded slash": f"{HOST}/a%2F{HEX}",
    "encoded dots": f"{HOST}/%2e%2e/{HEX}",
    "a backslash": f"https:\\\\cert.trustedform.com\\{HEX}",
    "two slashes": f"{HOST}//{HEX}",
    "two slashes behind": f"{HOST}/{HEX}//",
    "39 characters": f"{HOST}/{HEX[:-1]}",
    "41 characters": f"{HOST}/{HEX}a",
    "no hex digit": f"{HOST}/{HEX[:-1]}g",
    "79 characters": f"{HOST}/{LONG[:-1]}",
    "81 characters": f"{HOST}/{LONG}a",
    "a plus": f"{HOST}/{LONG[:-1]}+",
    "one part after 0.": f"{HOST}/0.abc",
    "three parts after 0.": f"{HOST}/0.a.b.c",
    "an empty part": f"{HOST}/0..b",
    "a part before that is not 0": f"{HOST}/1.a.b",
    "too long": f"{HOST}/0.a.{'b' * 240}",
    "a Cyrillic letter": f"https://cert.trustedf\u043erm.com/{HEX}",
    "full-width digits": f"{HOST}/{HEX[:-1]}\uff17",
    "punycode": f"https://xn--cert-trustedform.com/{HEX}",
    "a line break": f"{HOST}/{HEX}\nX: y",
    "a line break inside": f"{HOST}/{HEX[:20]}\n{HEX[20:]}",
    "a tab in the host": f"https://cert.trusted\tform.com/{HEX}",
    "a NUL": f"{HOST}/{HEX}\0",
    "the first of a list is bad": f"https://evil.example/{HEX},{HOST}/{HEX}",
}  # fmt: skip


@pytest.mark.parametrize("posted", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_certificate_is_refused_and_not_quoted(posted: str) -> None:
    with pytest.raises(BadCertificate) as caught:
        read_trustedform_url(posted)
    assert HEX not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_the_longest_address_is_255_characters() -> None:
    longest = f"{HOST}/0.a."
    longest += "b" * (255 - len(longest))
    assert read_trustedform_url(longest).url == longest
    with pytest.raises(BadCertificate):
        read_trustedform_url(longest + "b")


def test_a_leadid_is_a_uuid_in_any_case() -> None:
    token = "A1C2860F-25EA-4937-BC78-222D8C227789"
    assert read_leadid(f" {token} ") == token.lower()
    odd = ["", token[:-1], f"{token}0", token.replace("-", ""), f"{{{token}}}", token.replace("A", "G")]
    for text in [*odd, f"{token}\n{token}"]:
        with pytest.raises(BadCertificate):
            read_leadid(text)
