import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0005_sealed_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            "insight",
            "ppr_by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField("insight", "ppr_at", models.DateTimeField(null=True)),
        migrations.AddField("insight", "read", models.JSONField(default=dict)),
        migrations.RemoveConstraint("insight", "insight_is_released_by_another"),
        migrations.AddConstraint(
            "insight",
            models.CheckConstraint(
                condition=Q(released_by=None)
                | ~(
                    Q(released_by=F("school_by"))
                    | Q(released_by=F("social_by"))
                    | Q(ppr_by__isnull=False, released_by=F("ppr_by"))
                    | Q(released_by=F("asked_by"))
                ),
                name="insight_is_released_by_another",
            ),
        ),
    ]
