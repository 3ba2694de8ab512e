from django.db import migrations

# Rows that are only ever added to let the sealed columns the trigger names, and nothing else, be sealed anew where that is said,
# by anybody but the pages; and can be deleted for a batch that two persons have decided.
CREATE = """
CREATE FUNCTION refuse_change_but_of_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF current_setting('fravaer.reseal', true) = 'on' AND current_user <> 'fravaer_app'
       AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF disposal_is_decided() THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION audit_former_keys(source text, field text) RETURNS TABLE (key text, many bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Under which keys a sealed column's former values lie, by the keys' names; none for what is not sealed.
  SELECT CASE WHEN was LIKE '\\\\x01%' THEN substr(was, 5, 8) ELSE '' END, count(*)
  FROM (SELECT before ->> $2 AS was FROM audit_former AS one WHERE one.source = $1 AND before ? $2) AS formerly
  WHERE was NOT IN ('', '\\x') GROUP BY 1 ORDER BY 1
$$;
REVOKE ALL ON FUNCTION audit_former_keys(text, text) FROM PUBLIC;
"""
DROP = "DROP FUNCTION audit_former_keys(text, text), refuse_change_but_of_sealed();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_refusals")]
    operations = [migrations.RunSQL(CREATE, DROP)]
