from django.db import migrations

TABLES = ("schools_enrolment", "schools_schoolclass", "schools_school", "schools_calendarday")
CREATE = """
CREATE FUNCTION schools_roster_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO schools_rosterchange AS r (id, number) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET number = r.number + 1;
  RETURN NULL;
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION schools_roster_changed();\n"
    for table in TABLES
)
DROP = "".join(f"DROP TRIGGER {table}_changed ON {table};\n" for table in TABLES) + (
    "DROP FUNCTION schools_roster_changed();"
)


class Migration(migrations.Migration):
    dependencies = [("schools", "0002_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
