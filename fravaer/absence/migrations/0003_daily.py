from django.db import migrations


# What was said of an absence and whom the school asked is evidence. The law's rule of half-days holds from the order's date.
CREATE = """
CREATE TRIGGER absence_explanation_is_append_only BEFORE UPDATE OR DELETE ON absence_explanation
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER absence_reminder_is_append_only BEFORE UPDATE OR DELETE ON absence_reminder
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
DROP = """
DROP TRIGGER absence_explanation_is_append_only ON absence_explanation;
DROP TRIGGER absence_reminder_is_append_only ON absence_reminder;
"""


class Migration(migrations.Migration):
    dependencies = [("absence", "0002_evidence")]
    operations = [migrations.RunSQL(CREATE, DROP)]
