from django.db import migrations

from fravaer.core.sealing import SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("hold", "reason", SealedText("hold.reason", keys="school")),
]  # fmt: skip


def as_bytes(table, column):
    """The text as it is, as bytes; the next migration seals it."""
    return (
        f"ALTER TABLE keeping_{table} ALTER COLUMN {column} DROP DEFAULT; "
        f"ALTER TABLE keeping_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


class Migration(migrations.Migration):
    dependencies = [("keeping", "0002_two_persons_open_the_bolt")]
    operations = [
        *(
            migrations.RunSQL(
                as_bytes(model, column),
                state_operations=[migrations.AlterField(model, column, field)],
            )
            for model, column, field in SEALED
        ),
    ]
