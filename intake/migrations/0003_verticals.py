"""The kinds of insurance agencies most often buy leads for, with the attributes such leads carry."""

from django.db import migrations

TEXT, INTEGER, MONEY, BOOLEAN, DATE, CHOICE, LIST = ["text", "integer", "money", "boolean", "date", "choice", "list"]

# code, name, line, other words, Medicare rules, [(attribute, kind, choices, aliases, health, example)]
PERSON = [
    ("tobacco", BOOLEAN, [], ["smoker", "tobacco_use", "is_smoker"], True, "no"),
    ("height", TEXT, [], ["height_inches"], True, "5'10"),
    ("weight", INTEGER, [], ["weight_lbs"], True, "180"),
    ("health_conditions", TEXT, [], ["conditions", "medical_conditions"], True, "none"),
    ("household_income", MONEY, [], ["income", "annual_income"], False, "45000"),
    ("marital_status", CHOICE, ["single", "married", "divorced", "widowed", "separated"], [], False, "married"),
    ("current_carrier", TEXT, [], ["carrier", "current_insurer", "insurance_company"], False, "Example Mutual"),
    ("currently_insured", BOOLEAN, [], ["insured", "has_insurance"], False, "yes"),
    ("language", TEXT, [], ["preferred_language"], False, "en"),
]
COVERAGE = [
    ("coverage_amount", MONEY, [], ["coverage", "face_amount", "desired_coverage"], False, "10000"),
    ("beneficiary", TEXT, [], ["beneficiary_name"], False, "spouse"),
]
VERTICALS = [
    ("final_expense", "Final expense", "life", ["fe", "burial", "burial insurance", "final expenses"], False,
     PERSON + COVERAGE),
    ("life", "Life", "life", ["life insurance", "term life", "whole life"], False,
     [*PERSON, *COVERAGE,
      ("term_years", INTEGER, [], ["term", "term_length"], False, "20")]),
    ("medicare", "Medicare", "health", ["medicare supplement", "medigap", "medicare advantage"], True,
     [*PERSON,
      ("has_part_a", BOOLEAN, [], ["part_a"], True, "yes"),
      ("has_part_b", BOOLEAN, [], ["part_b"], True, "yes"),
      ("medicaid", BOOLEAN, [], ["has_medicaid"], True, "no")]),
    ("aca", "Health (ACA)", "health", ["health", "health insurance", "u65", "obamacare"], False,
     [*PERSON,
      ("household_size", INTEGER, [], ["family_size"], False, "3"),
      ("qualifying_event", BOOLEAN, [], ["sep", "life_event"], False, "no")]),
    ("auto", "Auto", "casualty", ["auto insurance", "car", "car insurance"], False,
     [("drivers", LIST, [], ["driver"], False, ""),
      ("vehicles", LIST, [], ["vehicle"], False, ""),
      ("current_carrier", TEXT, [], ["carrier", "current_insurer", "insurance_company"], False, "Example Mutual"),
      ("currently_insured", BOOLEAN, [], ["insured"], False, "yes"),
      ("sr22", BOOLEAN, [], ["sr_22"], False, "no"),
      ("homeowner", BOOLEAN, [], ["own_home"], False, "yes")]),
    ("home", "Home", "property", ["homeowners", "home insurance"], False,
     [("property_type", TEXT, [], ["dwelling_type"], False, "single family"),
      ("year_built", INTEGER, [], ["home_year_built"], False, "1988"),
      ("square_feet", INTEGER, [], ["sqft", "square_footage"], False, "1800"),
      ("home_value", MONEY, [], ["property_value"], False, "250000"),
      ("claims_5y", INTEGER, [], ["claims"], False, "0"),
      ("current_carrier", TEXT, [], ["carrier"], False, "Example Mutual")]),
]  # fmt: skip


def add(apps, schema_editor):
    Vertical = apps.get_model("intake", "Vertical")
    VerticalAttribute = apps.get_model("intake", "VerticalAttribute")
    for code, name, line, words, is_medicare, attributes in VERTICALS:
        vertical = Vertical.objects.create(
            code=code, name=name, line=line, words=words, is_medicare=is_medicare
        )
        VerticalAttribute.objects.bulk_create(
            VerticalAttribute(
                vertical=vertical, name=attribute, kind=kind, choices=choices,
                aliases=aliases, is_health=is_health, example=example,
            )
            for attribute, kind, choices, aliases, is_health, example in attributes
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_config_triggers")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
