from django.db import migrations

# Rows that are only ever added to can be deleted for a batch that two persons have decided, by whoever names it, and for nothing
# else. The trail itself, frozen quarters and the proofs of disposal stay bolted.
FORWARDS = """
CREATE FUNCTION disposal_is_decided() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM keeping_batch
    WHERE uuid::text = current_setting('fravaer.disposing', true)
      AND state = 'approved' AND decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)
$$;
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
    IF (TG_TABLE_NAME !~ '^(audit|keeping|reports)_' OR TG_TABLE_NAME IN ('audit_former', 'reports_delivery'))
       AND disposal_is_decided() THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE FUNCTION refuse_change_but_of_the_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('fravaer.reseal', true) = 'on' AND current_user <> 'fravaer_app'
     AND to_jsonb(OLD) - TG_ARGV[0] = to_jsonb(NEW) - TG_ARGV[0] THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND disposal_is_decided() THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION forget_formers(of_table text, keys text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- What rows were that are disposed of goes with them; that so many were, and under which decision, stays.
DECLARE many bigint;
BEGIN
  IF NOT disposal_is_decided() THEN
    RAISE EXCEPTION 'no decided batch is being disposed of' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM audit_former WHERE source = of_table AND row_key = ANY (keys) AND change <> 'disposed';
  GET DIAGNOSTICS many = ROW_COUNT;
  RETURN many;
END $$;
CREATE TRIGGER keeping_disposal_is_append_only BEFORE UPDATE OR DELETE ON keeping_disposal
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keeping_disposal_is_not_emptied BEFORE TRUNCATE ON keeping_disposal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE ALL ON FUNCTION disposal_is_decided(), forget_formers(text, text[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("keeping", "0001_initial"),
        ("audit", "0005_former_rows"),
        ("cases", "0007_sealed_texts"),
        ("reports", "0002_frozen_for_good"),
    ]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
