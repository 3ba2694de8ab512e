from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_insight")]

    operations = [
        migrations.AlterField(
            "hit",
            "kind",
            models.CharField(
                choices=[
                    ("block", "A child the person is kept away from"),
                    ("many", "Many children within an hour"),
                    ("night", "At night"),
                    ("emergency", "Emergency access"),
                    ("protected", "Data about a protected child"),
                    ("refused", "Refused many times within an hour"),
                ],
                max_length=12,
            ),
        ),
    ]
