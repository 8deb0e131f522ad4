"""What managers read below the fields of people, pools, licenses, messages and reports."""

from leadcrm.lib.admin.help import explain_fields

explain_fields(
    "agents.Agent",
    first_name="As colleagues see it: Jane.",
    last_name="As colleagues see it: Miller.",
    user="Somebody who logs in already and now sells too. Type a part of the name.",
    team="Whose leader sees this agent's leads. None: only managers do.",
    time_zone="Where the agent works; hours and daily caps go by it. Empty: the agency's.",
)
explain_fields(
    "agents.License",
    agent="Whose license it is. Type a part of the name or e-mail address.",
    state="Where the agent may sell: the consumer's state, not the agent's.",
    line="What the license is for. A product instead of a line is one product only.",
    number="As the state's department of insurance gave it: 1234567.",
    effective_on="First day on which leads may come of it: 2026-01-01.",
)
explain_fields(
    "agents.Membership",
    pool="Whose leads the agent shares.",
    agent="Who shares the pool's leads. Type a part of the name.",
)
explain_fields(
    "agents.AgentHours",
    weekday="One row for each day; on a day without a row no new leads come.",
    starts_at="When leads begin to come, by the agent's clock: 09:00.",
    ends_at="When they end: 17:00.",
)
explain_fields(
    "agents.Pool",
    name="What its leads have in common: “Final expense, South”.",
    active="Off: it is asked for no lead; members and balances stay.",
    last_link="What happens to a lead that nobody in the chain may take. No lead is lost silently.",
    last_person="Who owns such leads, when the last link is a person. Type a part of the name.",
    sources="Contracts whose leads come here. Type a part of the name of source or vendor.",
    vendors="Companies all of whose leads come here. Type a part of the name.",
    languages="Which the consumer asks for: es. None: any.",
)
explain_fields(
    "agents.SlaStep",
    act="What happens then: remind the owner, hand the lead on, offer it to all, tell the manager.",
)
explain_fields(
    "agents.Team",
    name="As people call it: South.",
    leader="Who sees all of the team's leads. Type a part of the name.",
)
explain_fields("agents.Carrier", name="The company that insures, as agents know it: Example Life.")
explain_fields(
    "agents.MessageTemplate",
    channel="What it is for: a text to a phone, or an e-mail.",
    name="What agents choose it by: “Missed you”.",
    body="What is sent. Fields in braces are filled in: Hello {first_name}.",
)
explain_fields("agents.ReportKey", label="Which system uses it: “Dashboard of the office”.")
explain_fields(
    "agents.ReportSchedule",
    report="Which figures are sent.",
    period="Which days they are about, at the moment they are made.",
    repeats="How often, at the hour below by the agency's clock.",
    active="Off: nothing is sent until it is on again.",
)
