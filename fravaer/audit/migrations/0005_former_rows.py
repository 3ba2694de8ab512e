from django.db import migrations, models

CREATE = """
CREATE FUNCTION keep_former() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The key's columns are the trigger's arguments. What was put in is not kept here: it stands in its row.
DECLARE
  batch text := nullif(current_setting('fravaer.disposing', true), '');
  actor text := coalesce(current_setting('app.actor', true), '');
  many bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO audit_former (at, transaction, source, row_key, change, before, actor, by_role)
    VALUES (clock_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME, '', 'emptied', '{}', actor, session_user);
  ELSIF TG_OP = 'DELETE' AND batch IS NOT NULL THEN
    -- Disposal keeps what was disposed of nowhere: how many, and under which decision.
    SELECT count(*) INTO many FROM former;
    IF many > 0 THEN
      INSERT INTO audit_former (at, transaction, source, row_key, change, before, actor, by_role)
      VALUES (clock_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME, batch, 'disposed',
              jsonb_build_object('rows', many), actor, session_user);
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_former (at, transaction, source, row_key, change, before, actor, by_role, pupil_id)
    SELECT clock_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME,
           concat_ws('/', was ->> TG_ARGV[0], was ->> TG_ARGV[1], was ->> TG_ARGV[2]), 'removed', was, actor, session_user,
           (was ->> 'pupil_id')::integer
    FROM (SELECT to_jsonb(former) AS was FROM former) AS gone;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO audit_former (at, transaction, source, row_key, change, before, actor, by_role, pupil_id)
    SELECT clock_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME,
           concat_ws('/', now_is ->> TG_ARGV[0], now_is ->> TG_ARGV[1], now_is ->> TG_ARGV[2]), 'added', '{}', actor, session_user,
           (now_is ->> 'pupil_id')::integer
    FROM (SELECT to_jsonb(latter) AS now_is FROM latter) AS come;
  ELSE
    INSERT INTO audit_former (at, transaction, source, row_key, change, before, actor, by_role, pupil_id)
    SELECT clock_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME, key, 'changed', differing, actor,
           session_user, (was ->> 'pupil_id')::integer
    FROM (
      SELECT was, key, (SELECT jsonb_object_agg(field, value) FROM jsonb_each(was) AS one (field, value)
                        WHERE now_is IS NULL OR now_is -> field IS DISTINCT FROM value) AS differing
      FROM (SELECT to_jsonb(former) AS was, concat_ws('/', to_jsonb(former) ->> TG_ARGV[0], to_jsonb(former) ->> TG_ARGV[1],
                                                      to_jsonb(former) ->> TG_ARGV[2]) AS key FROM former) AS formerly
      -- A row whose key was changed has no other half, and is kept whole.
      LEFT JOIN (SELECT to_jsonb(latter) AS now_is, concat_ws('/', to_jsonb(latter) ->> TG_ARGV[0],
                        to_jsonb(latter) ->> TG_ARGV[1], to_jsonb(latter) ->> TG_ARGV[2]) AS key FROM latter) AS latterly
      USING (key)
    ) AS pairs
    WHERE differing IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_former_is_append_only BEFORE UPDATE OR DELETE ON audit_former
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_former_is_not_emptied BEFORE TRUNCATE ON audit_former
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION audit_formers(source text, row_key text) RETURNS SETOF audit_former
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_former AS one WHERE one.source = $1 AND one.row_key = $2 ORDER BY id DESC
$$;
CREATE FUNCTION audit_formers_of(pupil integer) RETURNS SETOF audit_former
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM audit_former AS one WHERE one.pupil_id = $1 ORDER BY id DESC
$$;
REVOKE ALL ON FUNCTION keep_former(), audit_formers(text, text), audit_formers_of(integer) FROM PUBLIC;
DO $$
DECLARE one name;
BEGIN
  FOR one IN SELECT rolname FROM pg_roles WHERE rolname IN ('fravaer_app', 'fravaer_job') LOOP
    EXECUTE format('REVOKE ALL ON audit_former FROM %I', one);
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit_formers(text, text), audit_formers_of(integer) TO %I', one);
  END LOOP;
END $$;
"""
DROP = "DROP FUNCTION audit_formers(text, text), audit_formers_of(integer), keep_former();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_seals")]

    operations = [
        migrations.CreateModel(
            name="Former",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("transaction", models.BigIntegerField()),
                ("source", models.CharField(max_length=64)),
                ("row_key", models.CharField(max_length=64)),
                ("change", models.CharField(max_length=8)),
                ("before", models.JSONField()),
                ("actor", models.CharField(max_length=64)),
                ("by_role", models.CharField(max_length=64)),
                ("pupil_id", models.IntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["source", "row_key"], name="audit_former_row"),
                    models.Index(
                        fields=["pupil_id"],
                        name="audit_former_pupil",
                        condition=models.Q(pupil_id__isnull=False),
                    ),
                ]
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
