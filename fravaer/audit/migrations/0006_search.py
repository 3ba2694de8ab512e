from django.db import migrations

CREATE = """
CREATE FUNCTION audit_search(
  since timestamptz, until timestamptz, actor integer, pupil integer, role text, actions text[], subjects text[], most integer
) RETURNS SETOF audit_event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Each question is planned by itself: by whom, about whom and when have indexes of their own. A page asks for the controller
-- alone, whatever the page forgot to ask.
BEGIN
  IF nullif(current_setting('app.actor', true), '') IS NOT NULL AND NOT app_may('log.control') THEN
    RAISE EXCEPTION 'the log is the controller''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY EXECUTE 'SELECT * FROM audit_event WHERE at >= $1 AND at < $2'
    || CASE WHEN actor IS NULL THEN '' ELSE ' AND actor_id = $3' END
    || CASE WHEN pupil IS NULL THEN '' ELSE ' AND pupil_ids @> ARRAY[$4]' END
    || CASE WHEN role = '' THEN '' ELSE ' AND role = $5' END
    || CASE WHEN actions IS NULL THEN '' ELSE ' AND action = ANY($6)' END
    || CASE WHEN subjects IS NULL THEN '' ELSE ' AND subject = ANY($7)' END
    || ' ORDER BY at DESC, id DESC LIMIT $8'
    USING since, until, actor, pupil, role, actions, subjects, most;
END $$;
CREATE FUNCTION audit_by_chance(
  since timestamptz, until timestamptz, actors integer[], most_pupils integer, seed text, most integer
) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event
  WHERE action = 'read' AND at >= $1 AND at < $2 AND actor_id = ANY($3) AND cardinality(pupil_ids) BETWEEN 1 AND $4
  ORDER BY sha256(convert_to(id::text || $5, 'UTF8')) LIMIT $6
$$;
CREATE FUNCTION audit_one_by_one(since timestamptz, until timestamptz, over integer)
RETURNS TABLE (actor integer, role text, hour timestamptz, pupils integer, last bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT actor_id, max(event.role), date_trunc('hour', at), count(DISTINCT pupil_ids[1])::integer, max(id)
  FROM audit_event AS event
  WHERE action = 'read' AND at >= since AND at < until AND cardinality(pupil_ids) = 1 AND actor_id IS NOT NULL
  GROUP BY actor_id, date_trunc('hour', at)
  HAVING count(DISTINCT pupil_ids[1]) > over
$$;
CREATE FUNCTION audit_at_night(since timestamptz, until timestamptz, zone text, begins integer, ends integer)
RETURNS TABLE (actor integer, role text, night date, pupils integer, last bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT actor_id, max(event.role), ((at AT TIME ZONE zone) - make_interval(hours => ends))::date,
         count(DISTINCT pupil)::integer, max(id)
  FROM audit_event AS event, unnest(pupil_ids) AS pupil
  WHERE action = 'read' AND at >= since AND at < until AND actor_id IS NOT NULL
    AND (extract(hour FROM at AT TIME ZONE zone) >= begins OR extract(hour FROM at AT TIME ZONE zone) < ends)
  GROUP BY actor_id, ((at AT TIME ZONE zone) - make_interval(hours => ends))::date
$$;
CREATE FUNCTION audit_roles_about(pupil integer, since timestamptz)
RETURNS TABLE (day date, role text, subject text, times integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (at AT TIME ZONE 'Europe/Copenhagen')::date, event.role, event.subject, count(*)::integer
  FROM audit_event AS event
  WHERE action = 'read' AND pupil_ids @> ARRAY[$1] AND at >= since
  GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3
$$;
"""
FUNCTIONS = (
    "audit_search(timestamptz, timestamptz, integer, integer, text, text[], text[], integer), "
    "audit_by_chance(timestamptz, timestamptz, integer[], integer, text, integer), "
    "audit_one_by_one(timestamptz, timestamptz, integer), "
    "audit_at_night(timestamptz, timestamptz, text, integer, integer), audit_roles_about(integer, timestamptz)"
)
GRANT = f"""
REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC;
DO $$
DECLARE one name;
BEGIN
  FOR one IN SELECT rolname FROM pg_roles WHERE rolname IN ('fravaer_app', 'fravaer_job') LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO %I', one);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_former_rows")]
    operations = [migrations.RunSQL(CREATE + GRANT, f"DROP FUNCTION {FUNCTIONS};")]
