from django.db import migrations

# What people said and what was found is only ever added. A crossing's newer columns are frozen like its older ones.
TABLES = [
    "activation", "attachmentreading", "contact", "discussion", "effortentry", "scaleanswer", "share", "view",
]  # fmt: skip
CREATE = (
    "".join(
        f"""
CREATE TRIGGER cases_{table}_is_append_only BEFORE UPDATE OR DELETE ON cases_{table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();"""
        for table in TABLES
    )
    + """
CREATE TRIGGER cases_crossing_value_is_frozen BEFORE UPDATE ON cases_crossing FOR EACH ROW
  WHEN ((OLD.value, OLD.quiet) IS DISTINCT FROM (NEW.value, NEW.quiet))
  EXECUTE FUNCTION refuse_change();
"""
)
DROP = "".join(f"DROP TRIGGER cases_{table}_is_append_only ON cases_{table};\n" for table in TABLES) + (
    "DROP TRIGGER cases_crossing_value_is_frozen ON cases_crossing;"
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_evidence")]
    operations = [migrations.RunSQL(CREATE, DROP)]
