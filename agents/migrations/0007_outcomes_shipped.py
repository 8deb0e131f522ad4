"""The outcomes and the cadence as shipped, what the database holds of them, and the history of their changes."""

from datetime import timedelta

from django.db import migrations

from compliance.evidence.config_triggers import recording_sql
from leadcrm.lib.config import triggers_sql

# code, label, tone, reached, stage, asks when, stops, return reason; in the order of the keys 1 to 9
OUTCOMES = [
    ("no_answer", "No answer", "quiet", False, "", False, False, ""),
    ("voicemail", "Left a voicemail", "quiet", False, "", False, False, ""),
    ("call_back", "Call back later", "info", True, "contacted", True, False, ""),
    ("spoke", "Spoke: interested", "good", True, "contacted", False, False, ""),
    ("quoted", "Quoted", "good", True, "quoted", False, False, ""),
    ("sold", "Sold", "good", True, "sold", False, False, ""),
    ("not_interested", "Not interested", "quiet", True, "lost", False, False, ""),
    ("wrong_number", "Wrong number", "warn", False, "lost", False, False, "wrong_number"),
    ("do_not_call", "Asked not to be called", "bad", True, "lost", False, True, ""),
]

# After how long since the try before. Three on the first day, at different hours; three more on other days.
CADENCE = [
    (1, timedelta(0), "First call"),
    (2, timedelta(hours=1), "Second try"),
    (3, timedelta(hours=4), "Third try, another time of day"),
    (4, timedelta(days=1), "Fourth try"),
    (5, timedelta(days=3), "Fifth try"),
    (6, timedelta(days=5), "Last try"),
]

RULES = """
-- Checked at the end of a statement, so that two can change places in one.
ALTER TABLE agents_outcome ADD CONSTRAINT outcome_key_once
    EXCLUDE USING btree (position WITH =) WHERE (active) DEFERRABLE INITIALLY IMMEDIATE;

CREATE OR REPLACE FUNCTION agents_outcome_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'the code of an outcome never changes' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'outcome_code_stays';
    ELSIF EXISTS (SELECT 1 FROM agents_communication WHERE outcome = OLD.code) THEN
        RAISE EXCEPTION 'calls ended with this outcome' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'outcome_used_stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER outcome_code_stays BEFORE UPDATE ON agents_outcome FOR EACH ROW
    WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION agents_outcome_kept();
CREATE TRIGGER outcome_used_stays BEFORE DELETE ON agents_outcome FOR EACH ROW EXECUTE FUNCTION agents_outcome_kept();

-- Its name sorts behind raise_config_stamp, whose row only one transaction holds: two managers come one after the other.
CREATE OR REPLACE FUNCTION agents_outcome_one_stops() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM agents_outcome WHERE active AND stops) THEN
        RAISE EXCEPTION 'one active outcome must stop contact' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'outcome_one_stops';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stops_stay AFTER UPDATE OR DELETE ON agents_outcome FOR EACH STATEMENT
    EXECUTE FUNCTION agents_outcome_one_stops();
"""
NO_RULES = """
DROP TRIGGER IF EXISTS stops_stay ON agents_outcome;
DROP TRIGGER IF EXISTS outcome_used_stays ON agents_outcome;
DROP TRIGGER IF EXISTS outcome_code_stays ON agents_outcome;
DROP FUNCTION IF EXISTS agents_outcome_one_stops();
DROP FUNCTION IF EXISTS agents_outcome_kept();
ALTER TABLE agents_outcome DROP CONSTRAINT IF EXISTS outcome_key_once;
"""

STAMP, NO_STAMP = triggers_sql("agents_outcome", "agents_cadencestep")
RECORDING, NO_RECORDING = recording_sql("agents_outcome", "agents_cadencestep")


def add(apps, schema_editor):
    Outcome, CadenceStep = apps.get_model("agents", "Outcome"), apps.get_model("agents", "CadenceStep")
    for position, (code, label, tone, reached, stage, asks_when, stops, return_reason) in enumerate(OUTCOMES, start=1):
        Outcome.objects.create(
            code=code, label=label, position=position, tone=tone, reached=reached, stage=stage, asks_when=asks_when,
            stops=stops, return_reason=return_reason,
        )
    for number, after, what in CADENCE:
        CadenceStep.objects.create(number=number, after=after, what=what)


class Migration(migrations.Migration):
    dependencies = [("agents", "0007_outcomes"), ("compliance", "0014_config_change"), ("leadcrm", "0001_initial")]

    operations = [
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(STAMP, NO_STAMP),
        migrations.RunPython(add, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(RECORDING, NO_RECORDING),
    ]
