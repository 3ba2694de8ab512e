import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("absence", "0090_saved_lately"),
    ]

    operations = [
        migrations.AddField(
            model_name="known",
            name="weekdays",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="known",
            name="checkpoint",
            field=models.SmallIntegerField(choices=[(1, "Morning"), (2, "End of day")], null=True),
        ),
    ]
