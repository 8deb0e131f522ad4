"""What managers read below the fields of rules, lists and requests."""

from leadcrm.lib.admin.help import explain_fields

explain_fields(
    "compliance.BusinessRelationship",
    kind="Which of the two the law knows; it decides how long calls are allowed.",
)
explain_fields(
    "compliance.CallingPolicy",
    unknown_zone="What may be done where nobody knows which clock the consumer lives by.",
)
explain_fields(
    "compliance.CallingRule",
    state="Whose law it is: where the consumer is. United States: everywhere.",
    confidence="How sure you are that it says so: read in the law itself, or in somebody's summary.",
    note="What whoever reads it next must know.",
)
explain_fields(
    "compliance.DncList",
    name="As people call it: Texas no-call list.",
    kind="Whose list it is: it decides what being on it means.",
)
explain_fields(
    "compliance.EmergencyBan", starts_at="From when nobody may be called there, by the agency's clock."
)
explain_fields("compliance.Erasure", channel="How the person asked: by letter, e-mail or phone.")
explain_fields(
    "compliance.OptOutKey",
    label="Which system uses it: “Dialer, main office”.",
)
explain_fields(
    "compliance.Revocation",
    phone_2="A second number the person named: (512) 555-0142.",
    email="The address the person named: jane@example.com.",
    scope="What the person does not want any more. When in doubt: everything.",
    channel="How the person said so.",
    external_id="The number of the request in the system it came from, so that it is recorded once. May be empty.",
)
explain_fields(
    "compliance.Suppression",
    email="An address not to write to: jane@example.com. Or give a phone number.",
    kind="Why nobody may be contacted; vendors are told different reason codes.",
    reason="For colleagues, how it came about: “asked on the phone on Monday”.",
)
