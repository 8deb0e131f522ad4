"""What outside services had answered when a post was decided, from the stored answers. Nobody is asked again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.certificates.asking import held, read_again
from compliance.checks import certificate, scrub_service
from compliance.clients.certificate import Found
from compliance.models import AnswerOutcome, CertificateAnswer, Provider, Purpose, ScrubAnswer
from intake.post import Post


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers a check had. `why` some are the record's own words, `wrong` what in the record cannot be."""

    answers: tuple[Any, ...] = ()
    why: str = ""
    wrong: tuple[str, ...] = ()


def know_certificates(
    post: Post, params: certificate.CertificateParams, record: Mapping[str, Any]
) -> Answered:
    """The answers about the post's certificates, for the check `certificate`."""
    told = {item.get("provider"): item for item in _told(record)}
    if post.test or not params.require_match or "phone" not in post.fields:
        return Answered()
    found, why, wrong = list[Found](), "", list[str]()
    for provider, token in certificate.tokens_of(post, params).items():
        answer = _stored(provider, token, post)
        if answer is not None:
            found.append(answer)
        elif (said := told.get(str(provider))) and said.get("reason") == "no_key_is_set":
            why = f"{provider.label} was switched off then, which leaves no answer"
            found.append(Found(provider, AnswerOutcome.UNKNOWN, reason="no_key_is_set"))
        elif said and _is_erased(provider, post):
            why = f"the answer of {provider.label} was erased since"
            found.append(_as_recorded(provider, said))
        elif said:
            wrong.append(f"the answer of {provider.label} that it stands on is gone")
    return Answered(tuple(found), why, tuple(wrong))


def _stored(provider: Provider, token: str, post: Post) -> Found | None:
    """The answer to this post's own question, else one that was held then.

    Known by its moment: the retry of a failed post took that post's place after it was asked about.
    """
    phone = post.fields["phone"].e164
    own = CertificateAnswer.objects.filter(
        token=token, provider=provider, phone=phone, purpose=Purpose.MATCH, asked_at=post.now
    ).first()
    return held(provider, token, phone, post.now) if own is None else read_again(own, post.now)


def _is_erased(provider: Provider, post: Post) -> bool:
    """True when an answer of that moment no longer says whom it is about."""
    return CertificateAnswer.objects.filter(token="", provider=provider, asked_at=post.now).exists()


def _as_recorded(provider: Provider, said: Mapping[str, Any]) -> Found:
    return Found(
        provider, AnswerOutcome(said["outcome"]), reason=str(said.get("reason", "")),
        phone_match=said.get("phone_match"), email_match=said.get("email_match"),
        age_seconds=said.get("age_seconds"),
    )  # fmt: skip


def know_scrubs(post: Post, params: scrub_service.ScrubServiceParams, record: Mapping[str, Any]) -> Answered:
    """The answers about the post's numbers, for the check `scrub_service`."""
    told, phones = _told(record), list(scrub_service.phones_of(post))
    if post.test or params.service == "none" or not phones:
        return Answered()
    rows = ScrubAnswer.objects.in_bulk([item["answer"] for item in told if item.get("answer")])
    wrong = [
        f"the answer {item['answer']} that it stands on is gone"
        for item in told
        if item.get("answer") and item["answer"] not in rows
    ]
    unstored = [_off(item, phones, post.now) for item in told if not item.get("answer")]
    for row in ScrubAnswer.objects.filter(phone__in=phones, service=params.service, asked_at=post.now):
        rows.setdefault(row.pk, row)
    why = "the service was switched off then, which leaves no answer" if unstored else ""
    for item in told:
        answer = rows.get(item.get("answer", 0))
        if answer is not None and not answer.phone:
            why = "whom the answer is about was erased since"
            answer.phone = phones[_place(item, phones)]
    answers = [*rows.values(), *unstored]
    if any(row.phone not in phones for row in answers):
        return Answered((), why, (*wrong, "the answers it stands on are about other numbers"))
    return Answered(tuple(sorted(answers, key=lambda row: phones.index(row.phone))), why, tuple(wrong))


def _off(item: Mapping[str, Any], phones: list[str], now: datetime) -> ScrubAnswer:
    """The answer of a service without a key, which is not stored."""
    return ScrubAnswer(
        service=item.get("service", ""), phone=phones[_place(item, phones)], state=item.get("state", ""), asked_at=now,
        why=item.get("why", ""), litigator=bool(item.get("litigator")), codes=list(item.get("codes", [])),
    )  # fmt: skip


def _place(item: Mapping[str, Any], phones: list[str]) -> int:
    """Which of the post's numbers an answer of the record is about."""
    return 1 if item.get("phone") == 2 and len(phones) > 1 else 0


def _told(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    answers: Iterable[Any] = record.get("answers") or ()
    return [item for item in answers if isinstance(item, dict)]
