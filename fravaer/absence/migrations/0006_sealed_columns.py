from django.db import migrations

from fravaer.core.sealing import SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("registerevent", "because", SealedText("register.because", keys="school", bound_to="key", blank=True)),
    ("explanation", "note", SealedText("explanation.note", keys="school", bound_to="key pupil_id day checkpoint", blank=True)),
    ("objection", "text", SealedText("objection.text", keys="school")),
    ("objection", "answer", SealedText("objection.answer", keys="school", blank=True)),
    ("known", "text", SealedText("known.text", keys="school", blank=True)),
    ("known", "answer", SealedText("known.answer", keys="school", blank=True)),
]  # fmt: skip
# Rows that are only ever added to let their sealed column, and nothing else, be sealed anew.
ADDED_TO = {"registerevent": "because", "explanation": "note"}
KEPT = "".join(
    f"""
DROP TRIGGER absence_{table}_is_append_only ON absence_{table};
CREATE TRIGGER absence_{table}_is_append_only BEFORE UPDATE OR DELETE ON absence_{table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_sealed('{column}');"""
    for table, column in ADDED_TO.items()
)


def as_bytes(table, column):
    """The text as it is, as bytes; the next migration seals it."""
    return (
        f"ALTER TABLE absence_{table} ALTER COLUMN {column} DROP DEFAULT; "
        f"ALTER TABLE absence_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


class Migration(migrations.Migration):
    dependencies = [("absence", "0005_saved_lately"), ("audit", "0008_sealed_columns")]
    operations = [
        *(
            migrations.RunSQL(
                as_bytes(model, column),
                state_operations=[migrations.AlterField(model, column, field)],
            )
            for model, column, field in SEALED
        ),
        migrations.RunSQL(KEPT),
    ]
