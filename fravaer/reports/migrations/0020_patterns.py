import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0030_exports_by_role")]

    operations = [
        migrations.CreateModel(
            name="Pattern",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.SmallIntegerField()),
                ("part", models.SmallIntegerField()),
                ("basis", models.CharField(max_length=120)),
                ("contents", models.JSONField()),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="reports.draw"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("draw", "group", "part"), name="one_pattern_a_draw_and_limits"
                    )
                ],
            },
        ),
        # Nothing is frozen yet: nothing could freeze before this.
        migrations.AddField(
            model_name="snapshot",
            name="before",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reports.draw"
            ),
        ),
    ]
