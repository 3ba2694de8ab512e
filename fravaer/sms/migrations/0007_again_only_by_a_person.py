from django.db import migrations, models
from django.db.models import Q

from fravaer.core.sealing import is_written


class Migration(migrations.Migration):
    dependencies = [("sms", "0006_seal_what_stands")]
    operations = [
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(
                condition=Q(seq=0) | Q(seq__gt=0, ordered_by__isnull=False) & is_written("ordered_because"),
                name="again_only_by_a_person",
            ),
        ),
    ]
