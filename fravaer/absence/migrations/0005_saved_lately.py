"""What was saved lately is found without reading what was saved in all years: the rows lie in the order of their time."""

from django.db import migrations

CREATE = "CREATE INDEX {0} ON {1} USING brin ({2}) WITH (pages_per_range = 32)"


class Migration(migrations.Migration):
    dependencies = [("absence", "0004_registers_read_from_their_key")]
    operations = [
        migrations.RunSQL(CREATE.format(name, table, column), f"DROP INDEX {name}")
        for name, table, column in (
            ("register_event_lately", "absence_registerevent", "saved_at"),
            ("explanation_lately", "absence_explanation", "said_at"),
        )
    ]
