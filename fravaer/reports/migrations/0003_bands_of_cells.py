import django.contrib.postgres.fields
from django.db import migrations, models

# What the cells of before come to by their spreads. Frozen ones too: nothing about them changes, it is only written once more.
COUNTED = """
ALTER TABLE reports_cell DISABLE TRIGGER reports_cell_is_frozen;
UPDATE reports_cell c SET bands = counted.bands
FROM (
  SELECT draw_id, with_measure, school_id, year_group, ARRAY[
    coalesce(sum(pupils) FILTER (WHERE share < 40), 0),
    coalesce(sum(pupils) FILTER (WHERE share >= 40 AND share < 100), 0),
    coalesce(sum(pupils) FILTER (WHERE share >= 100 AND share < 200), 0),
    coalesce(sum(pupils) FILTER (WHERE share >= 200 AND share < 401), 0),
    coalesce(sum(pupils) FILTER (WHERE share >= 401 AND share < 1201), 0),
    coalesce(sum(pupils) FILTER (WHERE share >= 1201), 0)
  ]::int[] AS bands
  FROM reports_spread GROUP BY draw_id, with_measure, school_id, year_group
) counted
WHERE (c.draw_id, c.with_measure, c.school_id, c.year_group)
  = (counted.draw_id, counted.with_measure, counted.school_id, counted.year_group);
ALTER TABLE reports_cell ENABLE TRIGGER reports_cell_is_frozen;
"""


def nobody():
    return [0, 0, 0, 0, 0, 0]


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_frozen_for_good")]
    operations = [
        migrations.AddField(
            model_name="cell",
            name="bands",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=nobody, size=None
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
    ]
