from django.db import migrations, models

CREATE = """
CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seal_is_not_emptied BEFORE TRUNCATE ON audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION audit_head(OUT n bigint, OUT hash bytea, OUT since bigint, OUT low bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT head.n, head.hash,
         -- A database that was restored elsewhere counts its transactions anew: everything is looked at once.
         CASE WHEN head.low > pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN 0 ELSE coalesce(head.low, 0) END,
         pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM audit_seal ORDER BY n DESC LIMIT 1) AS head ON true
$$;
CREATE FUNCTION audit_unsealed(since bigint, most integer) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event AS event
  WHERE transaction >= since AND NOT EXISTS (SELECT FROM audit_seal WHERE event_id = event.id)
  ORDER BY id LIMIT most
$$;
CREATE FUNCTION audit_seal_all(first bigint, events bigint[], hashes bytea[], at timestamptz, low bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_seal (n, event_id, hash, sealed_at, low)
  SELECT first + place - 1, event, hash, at, low FROM unnest(events, hashes) WITH ORDINALITY AS one (event, hash, place)
$$;
CREATE FUNCTION audit_links(after bigint, most integer) RETURNS TABLE (n bigint, event_id bigint, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n, event_id, hash FROM audit_seal WHERE n > after ORDER BY n LIMIT most
$$;
CREATE FUNCTION audit_events(ids bigint[]) RETURNS SETOF audit_event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_event WHERE id = ANY(ids)
$$;
"""
FUNCTIONS = (
    "audit_head(), audit_unsealed(bigint, integer), audit_seal_all(bigint, bigint[], bytea[], timestamptz, bigint), "
    "audit_links(bigint, integer), audit_events(bigint[])"
)
GRANT = f"""
REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC;
DO $$
DECLARE one name;
BEGIN
  FOR one IN SELECT rolname FROM pg_roles WHERE rolname IN ('fravaer_app', 'fravaer_job') LOOP
    EXECUTE format('REVOKE ALL ON audit_seal FROM %I', one);
  END LOOP;
  FOR one IN SELECT rolname FROM pg_roles WHERE rolname = 'fravaer_job' LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO %I', one);
  END LOOP;
END $$;
"""
DROP = f"DROP FUNCTION {FUNCTIONS};"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_noted_by_function")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
                ("low", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(CREATE + GRANT, DROP),
    ]
