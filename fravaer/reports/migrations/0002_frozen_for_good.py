from django.db import migrations

# A frozen quarter's rows stand as they were drawn. Whether a draw is frozen is decided when it is written and never changes.
ROWS = ["cell", "spread", "mover"]
KEPT = ["snapshot", "approval", "delivery"]
FORWARDS = (
    """
CREATE FUNCTION reports_refuse_change_of_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM reports_draw WHERE id = OLD.draw_id AND frozen) THEN
    RAISE EXCEPTION '% holds a frozen quarter', TG_TABLE_NAME;
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER reports_draw_is_frozen BEFORE UPDATE OR DELETE ON reports_draw FOR EACH ROW
  WHEN (OLD.frozen) EXECUTE FUNCTION refuse_change();
"""
    + "".join(
        f"""
CREATE TRIGGER reports_{table}_is_frozen BEFORE UPDATE OR DELETE ON reports_{table}
  FOR EACH ROW EXECUTE FUNCTION reports_refuse_change_of_frozen();"""
        for table in ROWS
    )
    + "".join(
        f"""
CREATE TRIGGER reports_{table}_is_append_only BEFORE UPDATE OR DELETE ON reports_{table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();"""
        for table in KEPT
    )
)
BACKWARDS = (
    "".join(f"DROP TRIGGER reports_{table}_is_append_only ON reports_{table};\n" for table in KEPT)
    + "".join(f"DROP TRIGGER reports_{table}_is_frozen ON reports_{table};\n" for table in [*ROWS, "draw"])
    + "DROP FUNCTION reports_refuse_change_of_frozen();"
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
