from django.db import migrations

# A crossing's figures are what a case rests on: they are frozen, and only its end is added. Steps and notes are never
# changed. The readings move every night within their pages.
CREATE = """
CREATE TRIGGER cases_crossing_is_frozen BEFORE UPDATE ON cases_crossing FOR EACH ROW
  WHEN ((OLD.uuid, OLD.pupil_id, OLD.rule_id, OLD.family, OLD.band, OLD.school_id, OLD.school_class_id, OLD.over_since,
         OLD.crossed_on, OLD.since, OLD.until, OLD.possible, OLD.due, OLD.illness, OLD.leave, OLD.unlawful, OLD.pending,
         OLD.absent, OLD.tenths, OLD.supersedes_id)
        IS DISTINCT FROM
        (NEW.uuid, NEW.pupil_id, NEW.rule_id, NEW.family, NEW.band, NEW.school_id, NEW.school_class_id, NEW.over_since,
         NEW.crossed_on, NEW.since, NEW.until, NEW.possible, NEW.due, NEW.illness, NEW.leave, NEW.unlawful, NEW.pending,
         NEW.absent, NEW.tenths, NEW.supersedes_id)
        OR OLD.ended_on IS NOT NULL)
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cases_step_is_append_only BEFORE UPDATE OR DELETE ON cases_step
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cases_note_is_append_only BEFORE UPDATE OR DELETE ON cases_note
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE cases_crossing SET (fillfactor = 90);
ALTER TABLE cases_reading SET (fillfactor = 70);
"""
DROP = """
DROP TRIGGER cases_crossing_is_frozen ON cases_crossing;
DROP TRIGGER cases_step_is_append_only ON cases_step;
DROP TRIGGER cases_note_is_append_only ON cases_note;
"""

# What `rules.DEFAULTS` was when this was written: code, band, lower, inclusive, upper, inclusive.
BANDS = [
    ("early_effort", 1, 10, True, 20, True),
    ("absence_team", 2, 20, False, None, False),
    ("massive", 3, 60, False, None, False),
]


def ship(apps, schema_editor):
    Rule = apps.get_model("cases", "Rule")
    Rule.objects.bulk_create(
        Rule(
            family="bands",
            code=code,
            version=1,
            band=band,
            valid_from="2000-01-01",
            reasons=[0, 1, 2, 3],
            unit="percent",
            lower=lower,
            lower_inclusive=lower_inclusive,
            upper=upper,
            upper_inclusive=upper_inclusive,
            window="school_year",
            minimum_possible_days=15,
            minimum_absent_days=3,
            easing_margin=1,
            coverage=80,
            deadline_days=5,
        )
        for code, band, lower, lower_inclusive, upper, upper_inclusive in BANDS
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(CREATE, DROP), migrations.RunPython(ship, migrations.RunPython.noop)]
