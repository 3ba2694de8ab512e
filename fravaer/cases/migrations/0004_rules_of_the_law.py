from django.db import migrations

# What `rulesets.SHIPPED` held beside the bands when this was written: family, code, band, lower, reasons, unit, window, days
# of the window, easing margin, set. The lines of the law speak from ten held school days of the quarter on.
LAW = [
    ("law_unlawful", "warning", 1, 10, [3], "percent", "quarter", None, 1, "law"),
    ("law_unlawful", "referral", 2, 15, [3], "percent", "quarter", None, 1, "law"),
    ("illness_row", "illness_row", 1, 15, [1], "run", "last_days", 20, 7, "illness"),
    ("illness_quarter", "illness_quarter", 1, 15, [1], "days", "quarter", None, 1, "illness"),
]
TELLS = {
    "early_effort": ["leader", "inclusion"],
    "absence_team": ["leader", "social_worker"],
    "massive": ["leader", "social_worker"],
}


def ship(apps, schema_editor):
    Rule = apps.get_model("cases", "Rule")
    for code, tells in TELLS.items():
        Rule.objects.filter(family="bands", code=code, version=1).update(tells=tells, ruleset="default")
    Rule.objects.bulk_create(
        [
            Rule(
                family=family,
                code=code,
                version=1,
                band=band,
                valid_from="2000-01-01",
                reasons=reasons,
                unit=unit,
                lower=lower,
                lower_inclusive=True,
                window=window,
                window_days=days,
                minimum_possible_days=10 if family == "law_unlawful" else 0,
                minimum_absent_days=0,
                easing_margin=margin,
                coverage=80,
                deadline_days=5,
                ruleset=ruleset,
                purpose="law",
                tells=["leader"],
                cooldown_days=20,
            )
            for family, code, band, lower, reasons, unit, window, days, margin, ruleset in LAW
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_casework_evidence")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
