import uuid

from django.db import migrations, models

from fravaer.core.sealing import SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("emergency", "words", SealedText("emergency.words", keys="school")),
    ("emergencyanswer", "words", SealedText("emergency.answer", keys="school", blank=True)),
]  # fmt: skip
# What their text is bound to, which stays when everything else of them changes.
NAMED = ("emergencyanswer",)


def with_uuid(table):
    """A name of its own for each row there is; a new one comes with it."""
    return (
        f"ALTER TABLE accounts_{table} ADD COLUMN uuid uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE; "
        f"ALTER TABLE accounts_{table} ALTER COLUMN uuid DROP DEFAULT"
    )


def as_bytes(table, column):
    """The text as it is, as bytes; the next migration seals it."""
    return (
        f"ALTER TABLE accounts_{table} ALTER COLUMN {column} DROP DEFAULT; "
        f"ALTER TABLE accounts_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_account_links")]
    operations = [
        migrations.RemoveConstraint("emergency", "emergency_says_why"),
        migrations.RemoveConstraint("emergencyanswer", "unjustified_emergency_says_why"),
        *(
            migrations.RunSQL(
                with_uuid(model),
                state_operations=[
                    migrations.AddField(
                        model, "uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
                    )
                ],
            )
            for model in NAMED
        ),
        *(
            migrations.RunSQL(
                as_bytes(model, column),
                state_operations=[migrations.AlterField(model, column, field)],
            )
            for model, column, field in SEALED
        ),
    ]
