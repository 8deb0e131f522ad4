"""What the checks behind the door ask of a source's posts. Compliance tells it (pipeline step `asked`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestZip:
    """One ZIP that forces an outcome in test posts: a refusal with `reason`, else accepted, else HTTP 503."""

    zip5: str
    reason: str = ""
    wait_seconds: float = 0
    unavailable: bool = False
    retry_after: int | None = None

    __test__ = False  # no test of pytest's, whatever its name


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of posts of one source, in words for the vendor.

    `proofs`: fields without which a post is refused (consent_missing). `notes`: more about a field's value, by its
    name. `limits`: what is bought, as (what, which), told only where the source shows its terms.
    """

    proofs: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    test_zips: tuple[TestZip, ...] = ()
