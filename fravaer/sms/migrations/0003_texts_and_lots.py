"""A wording is never changed, one of each is in force, and a lot is drawn once: the database says so as well."""

from django.db import migrations

STAYS = """
CREATE FUNCTION sms_text_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a wording is kept as evidence' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (NEW.municipality_id, NEW.school_id, NEW.name, NEW.language, NEW.version, NEW.body, NEW.proposed_by_id, NEW.proposed_at)
      IS DISTINCT FROM
     (OLD.municipality_id, OLD.school_id, OLD.name, OLD.language, OLD.version, OLD.body, OLD.proposed_by_id, OLD.proposed_at)
    OR OLD.approved_at IS NOT NULL
      AND (NEW.approved_at, NEW.approved_by_id) IS DISTINCT FROM (OLD.approved_at, OLD.approved_by_id)
    OR OLD.retired_at IS NOT NULL THEN
    RAISE EXCEPTION 'a version of a wording is never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sms_text_stays BEFORE UPDATE OR DELETE ON sms_textversion
  FOR EACH ROW EXECUTE FUNCTION sms_text_stays();
CREATE UNIQUE INDEX sms_one_text_in_force ON sms_textversion (municipality_id, school_id, name, language)
  NULLS NOT DISTINCT WHERE approved_at IS NOT NULL AND retired_at IS NULL;
CREATE FUNCTION sms_lot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a lot is drawn once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sms_lot_stays BEFORE UPDATE ON sms_drawn FOR EACH ROW EXECUTE FUNCTION sms_lot_stays();
"""
GONE = """
DROP TRIGGER sms_lot_stays ON sms_drawn;
DROP FUNCTION sms_lot_stays();
DROP INDEX sms_one_text_in_force;
DROP TRIGGER sms_text_stays ON sms_textversion;
DROP FUNCTION sms_text_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("sms", "0002_steps")]
    operations = [migrations.RunSQL(STAYS, GONE)]
