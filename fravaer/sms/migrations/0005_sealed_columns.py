from django.db import migrations

from fravaer.core.sealing import SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("message", "ordered_because", SealedText("message.ordered_because", keys="school", bound_to="id", blank=True)),
    ("inbound", "body", SealedText("reply.body", keys="school", bound_to="provider_sid", null=True)),
]  # fmt: skip


def as_bytes(table, column):
    """The text as it is, as bytes; the next migration seals it."""
    return (
        f"ALTER TABLE sms_{table} ALTER COLUMN {column} DROP DEFAULT; "
        f"ALTER TABLE sms_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


class Migration(migrations.Migration):
    dependencies = [("sms", "0004_fixed_numbers")]
    operations = [
        migrations.RemoveConstraint("message", "again_only_by_a_person"),
        *(
            migrations.RunSQL(
                as_bytes(model, column),
                state_operations=[migrations.AlterField(model, column, field)],
            )
            for model, column, field in SEALED
        ),
    ]
