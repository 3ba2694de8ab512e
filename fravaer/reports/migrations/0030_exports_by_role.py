from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_frozen_for_good")]
    operations = [
        migrations.AddField("export", "failure", models.CharField(blank=True, max_length=16)),
        migrations.AddField("export", "role", models.CharField(default="", max_length=32), preserve_default=False),
    ]
