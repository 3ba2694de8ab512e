from django.db import migrations, models

# At most so many within the hour of one person: whoever tries addresses in turn shows, and does not fill the trail.
CREATE = """
CREATE FUNCTION audit_refuse(
  at timestamptz, actor integer, role text, subject text, subject_id text, pupils integer[], detail jsonb,
  grants integer[], purpose text, most integer
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_event (at, actor_id, role, action, subject, subject_id, pupil_ids, detail, grant_ids, purpose, reason,
                           noted_at, transaction)
  SELECT $1, $2, $3, 'refused', $4, $5, $6, $7, $8, $9, '', clock_timestamp(), pg_current_xact_id()::text::bigint
  WHERE (
    SELECT count(*) FROM (
      SELECT 1 FROM audit_event AS lately
      WHERE lately.actor_id = $2 AND lately.action = 'refused' AND lately.at > $1 - interval '1 hour' LIMIT $10
    ) AS counted
  ) < $10
  RETURNING id
$$;
CREATE FUNCTION audit_refused_often(since timestamptz, until timestamptz, over integer)
RETURNS TABLE (actor integer, role text, hour timestamptz, pupils integer, last bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT actor_id, max(event.role), date_trunc('hour', at),
         (count(DISTINCT pupil_ids[1]) FILTER (WHERE cardinality(pupil_ids) > 0))::integer, max(id)
  FROM audit_event AS event
  WHERE action = 'refused' AND at >= since AND at < until AND actor_id IS NOT NULL
  GROUP BY actor_id, date_trunc('hour', at)
  HAVING count(*) > over
$$;
CREATE OR REPLACE FUNCTION audit_about(pupil integer, what text, most integer) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event
  WHERE pupil_ids @> ARRAY[$1] AND subject_id = $2 AND action <> 'refused' ORDER BY at DESC, id DESC LIMIT $3
$$;
"""
REFUSE = "audit_refuse(timestamptz, integer, text, text, text, integer[], jsonb, integer[], text, integer)"
OFTEN = "audit_refused_often(timestamptz, timestamptz, integer)"
# Who may call them `walls` says after every migration.
CLOSED = f"REVOKE ALL ON FUNCTION {REFUSE}, {OFTEN} FROM PUBLIC;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_search")]

    operations = [
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["actor_id", "at"],
                condition=models.Q(action="refused"),
                name="audit_event_refused",
            ),
        ),
        migrations.RunSQL(CREATE + CLOSED, f"DROP FUNCTION {REFUSE}, {OFTEN};"),
    ]
