from django.db import migrations

from fravaer.core.sealing import SealedJSON, SealedText

# Model, column, and how it is sealed.
SEALED = [
    ("note", "text", SealedText("note.text", keys_of="domain", bound_to="key")),
    ("view", "text", SealedText("view.text", keys_of="domain", bound_to="key")),
    ("contact", "text", SealedText("contact.text", keys_of="domain", bound_to="key", blank=True)),
    ("share", "text", SealedText("share.text", keys_of="domain", bound_to="kind item_id domain", blank=True)),
    ("meeting", "agenda", SealedText("meeting.agenda", keys_of="domain", blank=True)),
    ("meeting", "minutes", SealedText("meeting.minutes", keys_of="domain", blank=True)),
    ("meeting", "end_reason", SealedText("meeting.end_reason", keys_of="domain", blank=True)),
    ("agreedaction", "text", SealedText("action.text", keys_of="domain", blank=True)),
    ("agreedaction", "remark", SealedText("action.remark", keys_of="domain", blank=True)),
    ("intervention", "text", SealedText("intervention.text", keys_of="domain", blank=True)),
    ("intervention", "stop_text", SealedText("intervention.stop_text", keys_of="domain", blank=True)),
    ("document", "name", SealedText("document.name", keys_of="domain")),
    ("casedraft", "fields", SealedJSON("draft.fields", keys="draft", bound_to="user_id case_id form")),
]  # fmt: skip
# Rows that are only ever added stay so; a key that is changed seals their text anew, and touches nothing else of them.
ADDED_TO = ("note", "contact", "view", "share")
KEPT = """
CREATE FUNCTION refuse_change_but_of_the_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('fravaer.reseal', true) = 'on' AND current_user <> 'fravaer_app'
     AND to_jsonb(OLD) - TG_ARGV[0] = to_jsonb(NEW) - TG_ARGV[0] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"""
DROP TRIGGER cases_{table}_is_append_only ON cases_{table};
CREATE TRIGGER cases_{table}_is_append_only BEFORE UPDATE OR DELETE ON cases_{table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_the_key('text');"""
    for table in ADDED_TO
)


def as_bytes(table, column):
    """The text as it is, as bytes; it is sealed below."""
    return (
        f"ALTER TABLE cases_{table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')"
    )


def seal(apps, schema_editor):
    schema_editor.execute("SET LOCAL fravaer.reseal = 'on'")
    for model, column, _field in SEALED:
        rows = apps.get_model("cases", model)._base_manager
        for row in rows.order_by("pk").iterator(chunk_size=500):
            if raw := row.__dict__[column]:
                plain = raw.raw.decode()
                setattr(row, column, row._meta.get_field(column).read(plain))
                row.save(update_fields=[column])


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_signed_letters_are_frozen")]
    operations = [
        *(
            migrations.RunSQL(
                as_bytes(model, column),
                state_operations=[migrations.AlterField(model, column, field)],
            )
            for model, column, field in SEALED
        ),
        migrations.RunSQL(KEPT),
        migrations.RunPython(seal, elidable=True),
    ]
