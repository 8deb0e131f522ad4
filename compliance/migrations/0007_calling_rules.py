"""The calling rules as shipped, and the triggers that tell every process of a change.

Rows of low confidence are shown as “not confirmed” until an operator confirms them. Nothing here is legal advice.
"""

from datetime import UTC, date, datetime, time

from django.db import migrations

from leadcrm.lib.config import triggers_sql

FORWARD, BACKWARD = triggers_sql(
    "compliance_callingrule", "compliance_checklistrule", "compliance_emergencyban", "compliance_callingpolicy"
)
MADE_AT = datetime(2026, 11, 25, tzinfo=UTC)
AS_OF = date(2026, 11, 25)
HIGH, MEDIUM, LOW = "high", "medium", "low"
SHUT = None

# state, Monday to Friday, Saturday, Sunday, holidays, attempts in 24 hours, emergency ban, from, to, confidence,
# citation, source, note. Hours are whole ones on the called party's clock; a day is open from the first hour until
# just before the second.
RULES = [
    ("US", (8, 21), (8, 21), (8, 21), True, None, False, None, None, HIGH,
     "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)", "https://www.ecfr.gov/current/title-47/section-64.1200", ""),
    ("AL", (8, 20), (8, 20), SHUT, False, None, False, None, None, LOW,
     "Ala. Admin. Code r. 770-X-5-.17(2)", "https://www.law.cornell.edu/regulations/alabama/Ala-Admin-Code-r-770-X-5-.17",
     "A rule of the Public Service Commission; whether it reaches other sellers is disputed."),
    ("CT", (9, 20), (9, 20), (9, 20), True, None, False, None, None, HIGH,
     "Conn. Gen. Stat. 42-288a(c) (Public Act 23-98)", "https://www.cga.ct.gov/current/pub/chap_743m.htm", ""),
    ("FL", (8, 20), (8, 20), (8, 20), True, 3, False, None, None, HIGH,
     "Fla. Stat. 501.616(6)", "Florida Senate, statutes, chapter 501",
     "Limit: three calls in 24 hours about the same subject; here about any."),
    ("IL", (8, 21), (8, 21), (8, 21), True, None, False, None, None, LOW,
     "815 ILCS 413 (Telephone Solicitations Act)", "Summaries of state calling hours, 2025", ""),
    ("KY", (10, 21), (10, 21), (10, 21), True, None, False, None, None, MEDIUM,
     "Ky. Rev. Stat. 367.46955(16)", "https://apps.legislature.ky.gov (KRS chapter 367)", ""),
    ("LA", (8, 20), (8, 20), SHUT, False, None, True, None, None, MEDIUM,
     "La. Public Service Commission General Order R-29617, V(A); La. R.S. 45:844.11 and following",
     "https://legis.la.gov (title 45); the Commission's General Order",
     "No calls during a declared state of emergency. The Commission names fewer holidays than R.S. 1:55; all close here."),
    ("MD", (8, 20), (8, 20), (8, 20), True, 3, False, None, None, HIGH,
     "Md. Code, Com. Law 14-4502(c) (Stop the Spam Calls Act of 2023)", "https://mgaleg.maryland.gov (2023, chapter 414)",
     "Limit: three calls in 24 hours about the same subject; here about any."),
    ("MA", (8, 20), (8, 20), (8, 20), True, None, False, None, None, HIGH,
     "Mass. Gen. Laws c. 159C, s. 3; 201 CMR 12.02(2)", "https://malegislature.gov (chapter 159C)", ""),
    ("MI", (9, 21), (9, 21), (9, 21), True, None, False, None, None, LOW,
     "Mich. Comp. Laws 750.540e(1)(f)", "Michigan Compiled Laws, chapter 750",
     "Part of a law against malicious calls; read strictly."),
    ("MN", (9, 21), (9, 21), (9, 21), True, None, False, None, None, LOW,
     "Minn. Stat. 325E.30", "https://www.revisor.mn.gov/statutes/cite/325E.30", "Said of residential subscribers."),
    ("MS", (8, 20), (8, 20), SHUT, True, None, False, None, None, LOW,
     "Miss. Code 77-3-723(1)", "Mississippi Code, title 77",
     "The law says Central Standard Time; read on the called party's clock."),
    ("NM", (9, 21), (9, 21), (9, 21), True, None, False, None, None, LOW,
     "N.M. Stat. 57-12-22(B)(5)", "New Mexico Unfair Practices Act", ""),
    ("NV", (9, 20), (9, 20), (9, 20), True, None, False, None, None, LOW,
     "Nev. Rev. Stat. 598.0918(3)", "Nevada Revised Statutes, chapter 598", ""),
    ("NY", (8, 21), (8, 21), (8, 21), True, None, True, None, None, HIGH,
     "N.Y. Gen. Bus. Law 399-z(2), (5-a)", "https://www.nysenate.gov/legislation/laws/GBS/399-Z",
     "No calls into an area under a declared state of emergency."),
    ("OK", (8, 20), (8, 20), (8, 20), True, 3, False, None, None, HIGH,
     "Okla. Stat. tit. 15, 775C.4(A) (Telephone Solicitation Act of 2022)", "Oklahoma Legislature, HB 3168 of 2022",
     "Limit: three calls in 24 hours about the same subject; here about any."),
    ("OR", (8, 20), (8, 20), (8, 20), True, 3, False, date(2026, 1, 1), None, MEDIUM,
     "Or. Rev. Stat. 646.563(1)(b) (HB 3865 of 2025)", "Oregon Legislature, HB 3865 of 2025",
     "Calls and texts count. An established business relationship lifts it by law; not here."),
    ("PA", (8, 21), (8, 21), (8, 21), False, None, False, None, date(2026, 10, 17), MEDIUM,
     "73 Pa. Stat. 2245(a)(1), (10) (Telemarketer Registration Act; Act 73 of 2019)",
     "https://www.palegis.us (Act 73 of 2019)", ""),
    ("PA", (9, 19), (9, 19), SHUT, False, None, False, date(2026, 10, 18), None, LOW,
     "73 Pa. Stat. 2245(a)(1), (10) as amended by Act 47 of 2026 (SB 992)", "https://www.palegis.us (SB 992 of 2025-26)",
     "Approved July 20, 2026, effective in 90 days: no Sundays, none after 7 PM or before 9 AM."),
    ("RI", (9, 18), (10, 17), SHUT, False, None, False, None, None, HIGH,
     "R.I. Gen. Laws 5-61-2(2), 5-61-3.6",
     "https://webserver.rilegislature.gov/Statutes/TITLE5/5-61/5-61-3.6.htm", ""),
    ("SD", (9, 21), (9, 21), SHUT, True, None, False, None, None, LOW,
     "S.D. Codified Laws 37-30A-3(2)", "South Dakota Codified Laws, chapter 37-30A", ""),
    ("TX", (9, 21), (9, 21), (12, 21), True, None, False, None, None, HIGH,
     "Tex. Bus. & Com. Code 301.051", "https://statutes.capitol.texas.gov/Docs/BC/htm/BC.301.htm", ""),
    ("UT", (8, 21), (8, 21), SHUT, False, None, False, None, None, LOW,
     "Utah Code 13-25a-103(3)", "https://le.utah.gov (title 13, chapter 25a)", ""),
    ("VA", (8, 21), (8, 21), (8, 21), True, None, False, None, None, HIGH,
     "Va. Code 59.1-511", "https://law.lis.virginia.gov/vacode/59.1-511/", ""),
    ("WA", (8, 20), (8, 20), (8, 20), True, None, False, None, None, HIGH,
     "Wash. Rev. Code 80.36.390(8)", "https://app.leg.wa.gov/rcw/default.aspx?cite=80.36.390", ""),
    ("WY", (8, 20), (8, 20), (8, 20), True, None, False, None, None, MEDIUM,
     "Wyo. Stat. 40-12-302(d)", "Wyoming Statutes, title 40", ""),
]  # fmt: skip

# code, sentence, citation, source, from, confidence
CHECKLIST = [
    ("scope_of_appointment",
     "Medicare Advantage and Part D: have a signed scope of appointment, as a rule 48 hours before the meeting",
     "42 CFR 422.2264(c)(3); 423.2264(c)(3)", "https://www.ecfr.gov/current/title-42/section-422.2264",
     date(2023, 9, 30), MEDIUM),
    ("tpmo_disclaimer",
     "Medicare Advantage and Part D: read the third-party marketing disclaimer within the first minute of the call",
     "42 CFR 422.2267(e)(41); 423.2267(e)(41)", "https://www.ecfr.gov/current/title-42/section-422.2267",
     date(2023, 9, 30), MEDIUM),
    ("call_recording",
     "Medicare Advantage and Part D: record sales, marketing and enrollment calls whole",
     "42 CFR 422.2274(g)(2)(ii); 423.2274(g)(2)(ii)", "https://www.ecfr.gov/current/title-42/section-422.2274",
     date(2022, 10, 1), MEDIUM),
]  # fmt: skip


def _hours(day, window):
    starts, ends = window if window else (None, None)
    return {
        f"{day}_from": None if starts is None else time(starts),
        f"{day}_to": None if ends is None else time(ends),
    }


def add(apps, schema_editor):
    CallingRule = apps.get_model("compliance", "CallingRule")
    ChecklistRule = apps.get_model("compliance", "ChecklistRule")
    versions = {}
    for (state, weekday, saturday, sunday, holidays, attempts, ban, first, last, confidence, citation, source,
         note) in RULES:
        versions[state] = versions.get(state, 0) + 1
        CallingRule.objects.create(
            state=state, version=versions[state], holidays=holidays, attempts=attempts, emergency_ban=ban,
            effective_from=first, effective_to=last, confidence=confidence, citation=citation, source=source,
            note=note, as_of=AS_OF, made_at=MADE_AT,
            **_hours("weekday", weekday), **_hours("saturday", saturday), **_hours("sunday", sunday),
        )
    for code, says, citation, source, first, confidence in CHECKLIST:
        ChecklistRule.objects.create(
            code=code, version=1, says=says, effective_from=first, citation=citation, source=source,
            confidence=confidence, as_of=AS_OF, made_at=MADE_AT,
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0006_calling"), ("leadcrm", "0001_initial")]

    operations = [
        migrations.RunPython(add, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
