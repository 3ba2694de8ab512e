from django.db import migrations

# Here, above them all, because nobody below knows all of these tables. A register's saves have their own events; what they
# cannot tell is what was done past them, by a bulk update or by hand. Adding is kept of grants alone: of the rest the row itself
# says it, and a municipality's registers come in by the million.
KEPT = {
    "absence_absence": ("pupil_id, day, checkpoint", "UPDATE DELETE"),
    "absence_register": ("school_class_id, day, checkpoint", "DELETE"),
    "cases_case": ("id", "UPDATE DELETE"),
    "cases_note": ("id", "UPDATE DELETE"),
    "cases_party": ("id", "UPDATE DELETE"),
    "accounts_grant": ("id", "INSERT UPDATE DELETE"),
    "accounts_accessblock": ("id", "INSERT UPDATE DELETE"),
}
TRANSITIONS = {
    "INSERT": "NEW TABLE AS latter",
    "UPDATE": "OLD TABLE AS former NEW TABLE AS latter",
    "DELETE": "OLD TABLE AS former",
}


def triggers():
    for table, (key, changes) in KEPT.items():
        for change in changes.split():
            yield table, f"{table}_former_{change.lower()}", (
                f"CREATE TRIGGER {table}_former_{change.lower()} AFTER {change} ON {table} "
                f"REFERENCING {TRANSITIONS[change]} FOR EACH STATEMENT EXECUTE FUNCTION keep_former({key});"
            )
        yield table, f"{table}_former_emptied", (
            f"CREATE TRIGGER {table}_former_emptied AFTER TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_former();"
        )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("absence", "0002_evidence"),
        ("accounts", "0002_purposes_and_blocks"),
        ("audit", "0005_former_rows"),
        ("cases", "0002_evidence"),
    ]

    operations = [
        migrations.RunSQL(
            "\n".join(statement for _table, _name, statement in triggers()),
            "\n".join(f"DROP TRIGGER {name} ON {table};" for table, name, _statement in triggers()),
        )
    ]
