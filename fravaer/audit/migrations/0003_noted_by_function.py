import django.contrib.postgres.fields
from django.db import migrations, models

ARGUMENTS = "timestamptz, integer, text, text, text, text, integer[], jsonb, integer[], text, text"
CREATE = f"""
CREATE FUNCTION audit_note(
  at timestamptz, actor integer, role text, action text, subject text, subject_id text, pupils integer[], detail jsonb,
  grants integer[], purpose text, reason text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_event (at, actor_id, role, action, subject, subject_id, pupil_ids, detail, grant_ids, purpose, reason,
                           noted_at, transaction)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), pg_current_xact_id()::text::bigint)
  RETURNING id
$$;
CREATE FUNCTION audit_last_saw(actor integer, what text, before timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT at FROM audit_event
  WHERE actor_id = $1 AND action = 'read' AND subject = $2 AND at < $3 ORDER BY at DESC LIMIT 1
$$;
CREATE FUNCTION audit_about(pupil integer, what text, most integer) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event
  WHERE pupil_ids @> ARRAY[$1] AND subject_id = $2 ORDER BY at DESC, id DESC LIMIT $3
$$;
CREATE FUNCTION audit_readers(pupil integer) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event WHERE action = 'read' AND pupil_ids @> ARRAY[$1] ORDER BY at DESC, id DESC
$$;
REVOKE ALL ON FUNCTION audit_note({ARGUMENTS}), audit_last_saw(integer, text, timestamptz),
  audit_about(integer, text, integer), audit_readers(integer) FROM PUBLIC;
"""
# Whoever runs the installation may make the roles before or after; `walls` says the same again after every migration.
GRANT = f"""
DO $$
DECLARE one name;
BEGIN
  FOR one IN SELECT rolname FROM pg_roles WHERE rolname IN ('fravaer_app', 'fravaer_job') LOOP
    EXECUTE format('REVOKE ALL ON audit_event FROM %I', one);
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit_note({ARGUMENTS}), audit_last_saw(integer, text, timestamptz), '
      'audit_about(integer, text, integer), audit_readers(integer) TO %I', one);
  END LOOP;
END $$;
"""
DROP = f"""
DROP FUNCTION audit_note({ARGUMENTS});
DROP FUNCTION audit_last_saw(integer, text, timestamptz);
DROP FUNCTION audit_about(integer, text, integer);
DROP FUNCTION audit_readers(integer);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddField(
            "event",
            "grant_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField("event", "purpose", models.CharField(blank=True, max_length=100)),
        migrations.AddField("event", "reason", models.CharField(blank=True, max_length=64)),
        migrations.AddField("event", "noted_at", models.DateTimeField(null=True)),
        migrations.AddField("event", "transaction", models.BigIntegerField(default=0)),
        migrations.AddIndex("event", models.Index(fields=["transaction"], name="audit_event_transaction")),
        migrations.RunSQL(CREATE + GRANT, DROP),
    ]
