"""What managers read below the fields of contracts, vendors, kinds of insurance and webhooks."""

from leadcrm.lib.admin.help import explain_fields

explain_fields(
    "intake.Vendor",
    name="As you call the company: Example Leads LLC. Each name once.",
    contact_name="Whom you call when leads go wrong: Pat Example.",
    contact_email="Where questions about posts go: pat@example.com.",
    notes="For colleagues only; the vendor never sees it. Terms, invoices, what was agreed by phone.",
)
explain_fields(
    "intake.Source",
    vendor="The company that sells. Type a part of its name; a new one is made under Vendors.",
    name="What tells this contract from the vendor's others: “Final expense, exclusive”. Once per vendor.",
    vertical="What is bought: it decides the license an agent needs and the fields a post may carry.",
    price_kind="Who says what a lead costs: this contract, the vendor in its post, or the price table below.",
    price="US dollars for one accepted lead: 22.50.",
    replay_by="How a post that is sent twice is known. A vendor that uses its lead ids again needs the second.",
    mode="When the vendor has the decision: at once in its answer (usual), or later, by webhook or by asking.",
    profile="Which HTTP status an answer has. Ask the vendor's engineer which its system understands.",
    dialect="In which words answers are written: ours, or those of a platform the vendor posts through.",
    detail="How much a refusal tells the vendor: less keeps your filters to yourself.",
)
explain_fields(
    "intake.SourceHours",
    weekday="One row for each day; a day without a row is closed.",
    opens_at="First minute, by the agency's clock: 09:00.",
    closes_at="First minute that is closed again: 17:00. A post then is refused with the reason “closed”.",
)
explain_fields(
    "intake.PriceRule",
    price="US dollars for a lead that fits this row: 30.00.",
    states="Where the consumer lives: TX, OK. None: anywhere.",
    min_age="Years, the youngest that fits: 50. Empty: any.",
    max_age="Years, the oldest that fits: 80. Empty: any.",
    weekdays="Days of arrival by the agency's clock, 0 for Monday to 6 for Sunday: 5,6. Empty: every day.",
)
explain_fields(
    "intake.FieldRule",
    values="What the vendor's codes mean: {“Y”: “yes”, “N”: “no”}. Empty: taken as they come.",
)
explain_fields(
    "intake.ReturnTerm", reason="Why a lead may go back. A reason without a row is not taken back."
)
explain_fields(
    "compliance.Cap",
    source="Whose leads are counted. Type a part of the source's or vendor's name.",
    period="When counting begins anew: at the full hour, at midnight or on the first, by the agency's clock.",
    unit="What is counted: accepted leads, or US dollars paid for them.",
    limit="So many a period, leads or dollars: 50. The next post is refused with the reason “cap_reached”.",
)
explain_fields(
    "intake.Vertical",
    code="Short, for programs; never changes: final_expense.",
    name="As people say it: Final expense.",
)
explain_fields(
    "intake.VerticalAttribute",
    name="As posts carry it: coverage_amount.",
    kind="What values look like: 10000 is a whole number, 49.90 an amount of money.",
    choices="For “One of the allowed words”: which those are, such as smoker, non_smoker.",
    aliases="Other names vendors use for it: face_amount, amount.",
    is_health="Tick for what tells of somebody's health: it is shown to fewer people.",
    example="For the page with posting instructions: 10000.",
)
explain_fields(
    "intake.WebhookEndpoint",
    name="For colleagues: “Postback to Example Leads”.",
    kinds="What it is told of; nothing ticked: everything.",
    method="How the address wants to be called; ask whoever runs it. Usually POST.",
    content_type="How what is sent is written: JSON, or as a web form.",
)
