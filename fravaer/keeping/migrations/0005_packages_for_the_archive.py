from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keeping", "0004_seal_what_stands")]
    operations = [
        migrations.AddField("term", "archives", models.BooleanField(default=False)),
        migrations.AddField("batch", "archives", models.BooleanField(default=False)),
        migrations.AddField("disposal", "package", models.CharField(blank=True, default="", max_length=100)),
        migrations.AddField("disposal", "package_sha256", models.CharField(blank=True, default="", max_length=64)),
    ]
