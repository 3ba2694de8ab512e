from django.db import migrations

# What a leader has signed says the same ever after, whoever writes to the table; a new key seals it anew and changes no word.
CREATE = """
CREATE TRIGGER cases_letter_is_frozen BEFORE UPDATE ON cases_letter FOR EACH ROW
  WHEN (OLD.signed_at IS NOT NULL AND (
    (OLD.subject, OLD.body, OLD.language, OLD.evidence, OLD.evidence_hash, OLD.guardian_ids, OLD.signed_by_id, OLD.signed_at)
    IS DISTINCT FROM
    (NEW.subject, NEW.body, NEW.language, NEW.evidence, NEW.evidence_hash, NEW.guardian_ids, NEW.signed_by_id, NEW.signed_at)
  ))
  EXECUTE FUNCTION refuse_change_but_of_sealed('subject', 'body', 'evidence');
"""
DROP = "DROP TRIGGER cases_letter_is_frozen ON cases_letter;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_seal_what_stands")]
    operations = [migrations.RunSQL(CREATE, DROP)]
