"""The law's two lines speak from ten held school days of the quarter on.

A rule nobody has been found by is mended where it stands; one that has found somebody ends today, and a new version follows it.
"""

from datetime import date

from django.db import migrations

DAYS = 10


def mend(apps, schema_editor):
    rule, crossing = apps.get_model("cases", "Rule"), apps.get_model("cases", "Crossing")
    today = date.today()
    early = rule.objects.filter(
        family="law_unlawful", ruleset="law", valid_until=None, enabled=True, minimum_possible_days__lt=DAYS
    )
    for row in early:
        if not crossing.objects.filter(rule=row).exists():
            row.minimum_possible_days = DAYS
            row.save(update_fields=["minimum_possible_days"])
            continue
        row.valid_until = today
        row.save(update_fields=["valid_until"])
        row.pk, row.valid_from, row.valid_until = None, today, None
        row.version += 1
        row.minimum_possible_days = DAYS
        row.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0062_two_persons_undo_a_rule")]
    operations = [migrations.RunPython(mend, migrations.RunPython.noop)]
