from importlib import import_module

from django.db import migrations

from fravaer.core import resealing

SEALED = import_module("fravaer.accounts.migrations.0008_sealed_columns").SEALED


def seal(apps, schema_editor):
    for model, column, _field in SEALED:
        found = apps.get_model("accounts", model)
        for _many in resealing.seal_plain(found, found._meta.get_field(column)):
            pass


class Migration(migrations.Migration):
    # Batch after batch, each for itself: stopped anywhere, it goes on where it was.
    atomic = False
    dependencies = [("accounts", "0008_sealed_columns")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop, elidable=True)]
