import uuid

from django.db import migrations, models

from fravaer.core.sealing import SealedJSON, SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("step", "text", SealedText("step.text", keys="school", blank=True)),
    ("discussion", "text", SealedText("discussion.text", keys="school", bound_to="key")),
    ("handover", "checklist", SealedJSON("handover.checklist", keys="school", bound_to="key", default=dict)),
    ("handover", "text", SealedText("handover.text", keys="school", bound_to="key", blank=True)),
    ("handover", "answer", SealedText("handover.answer", keys="school", bound_to="key", blank=True)),
    ("suspicion", "text", SealedText("suspicion.text", keys="school", bound_to="key", blank=True)),
    ("consent", "what", SealedText("consent.what", keys="school", bound_to="key")),
    ("consent", "to_whom", SealedText("consent.to_whom", keys="school", bound_to="key")),
    ("goal", "text", SealedText("goal.text", keys="school", bound_to="key")),
    ("goal", "remark", SealedText("goal.remark", keys="school", bound_to="key", blank=True)),
    ("meeting", "place", SealedText("meeting.place", keys_of="domain", blank=True)),
    ("meeting", "participants", SealedJSON("meeting.participants", keys_of="domain", default=list)),
    ("weekplan", "text", SealedText("weekplan.text", keys="school", bound_to="key", blank=True)),
    ("weekplan", "answer", SealedText("weekplan.answer", keys="school", bound_to="key", blank=True)),
    ("attachmentreading", "text", SealedText("attachment.text", keys="school", bound_to="key", blank=True)),
    ("scaleanswer", "text", SealedText("scale.text", keys="school", bound_to="key", blank=True)),
    ("followup", "text", SealedText("followup.text", keys="school", blank=True)),
    ("letter", "subject", SealedText("letter.subject", keys="school")),
    ("letter", "body", SealedText("letter.body", keys="school")),
    ("letter", "evidence", SealedJSON("letter.evidence", keys="school", default=dict)),
    ("letter", "withdrawn_because", SealedText("letter.withdrawn_because", keys="school", blank=True)),
    ("letter", "upheld_because", SealedText("letter.upheld_because", keys="school", blank=True)),
    ("referral", "hearing", SealedText("referral.hearing", keys="social", blank=True)),
    ("referral", "decision_text", SealedText("referral.decision_text", keys="social", blank=True)),
    ("referral", "withdrawn_because", SealedText("referral.withdrawn_because", keys="school", blank=True)),
    ("snooze", "text", SealedText("snooze.text", keys="school", bound_to="key", blank=True)),
    ("concern", "text", SealedText("concern.text", keys="school", bound_to="key")),
    ("concern", "reply", SealedText("concern.reply", keys="school", bound_to="key", blank=True)),
    ("classeffort", "question", SealedText("effort.question", keys="school", bound_to="key")),
    ("classeffort", "outcome", SealedText("effort.outcome", keys="school", bound_to="key", blank=True)),
    ("effortentry", "text", SealedText("entry.text", keys="school", bound_to="key")),
]  # fmt: skip
# Rows that are only ever added to let their sealed column, and nothing else, be sealed anew.
ADDED_TO = {"step": "text", "discussion": "text", "attachmentreading": "text", "scaleanswer": "text", "effortentry": "text"}
KEPT = "".join(
    f"""
DROP TRIGGER cases_{table}_is_append_only ON cases_{table};
CREATE TRIGGER cases_{table}_is_append_only BEFORE UPDATE OR DELETE ON cases_{table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_sealed('{column}');"""
    for table, column in ADDED_TO.items()
)
# What their text is bound to, which stays when everything else of them changes.
NAMED = ("step", "followup")


def with_uuid(table):
    """A name of its own for each row there is; a new one comes with it."""
    return (
        f"ALTER TABLE cases_{table} ADD COLUMN uuid uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE; "
        f"ALTER TABLE cases_{table} ALTER COLUMN uuid DROP DEFAULT"
    )


def as_bytes(table, column):
    """The text as it is, as bytes; the next migration seals it."""
    return (
        f"ALTER TABLE cases_{table} ALTER COLUMN {column} DROP DEFAULT; "
        f"ALTER TABLE cases_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_sealed_texts"), ("audit", "0008_sealed_columns")]
    operations = [
        migrations.RunSQL("DROP TRIGGER cases_letter_is_frozen ON cases_letter;"),
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
        migrations.RunSQL(KEPT),
    ]
