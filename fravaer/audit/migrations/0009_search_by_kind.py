from django.db import migrations

# As before; an action or a page is also found by the beginning of its name, up to a full stop: `case` finds `case.close`.
SEARCH = """
CREATE OR REPLACE FUNCTION audit_search(
  since timestamptz, until timestamptz, actor integer, pupil integer, role text, actions text[], subjects text[], most integer
) RETURNS SETOF audit_event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF nullif(current_setting('app.actor', true), '') IS NOT NULL AND NOT app_may('log.control') THEN
    RAISE EXCEPTION 'the log is the controller''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY EXECUTE 'SELECT * FROM audit_event WHERE at >= $1 AND at < $2'
    || CASE WHEN actor IS NULL THEN '' ELSE ' AND actor_id = $3' END
    || CASE WHEN pupil IS NULL THEN '' ELSE ' AND pupil_ids @> ARRAY[$4]' END
    || CASE WHEN role = '' THEN '' ELSE ' AND role = $5' END
    || CASE WHEN actions IS NULL THEN '' ELSE
         ' AND EXISTS (SELECT FROM unnest($6) AS one WHERE action = one OR starts_with(action, one || ''.''))' END
    || CASE WHEN subjects IS NULL THEN '' ELSE
         ' AND EXISTS (SELECT FROM unnest($7) AS one WHERE subject = one OR starts_with(subject, one || ''.''))' END
    || ' ORDER BY at DESC, id DESC LIMIT $8'
    USING since, until, actor, pupil, role, actions, subjects, most;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_sealed_columns")]
    operations = [migrations.RunSQL(SEARCH, migrations.RunSQL.noop)]
