from django.db import migrations

from fravaer.cases import offers


def ship(apps, schema_editor):
    offer = apps.get_model("cases", "Offer")
    offer.objects.bulk_create(
        [
            offer(code=code, name=name, valid_from=offers.ALWAYS, place=place)
            for place, (code, name) in enumerate(offers.CATALOGUE, start=1)
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_rules_of_the_law")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
