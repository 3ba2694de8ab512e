from django.db import migrations, models
from django.db.models import Q

from fravaer.core.sealing import is_written


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_seal_what_stands")]
    operations = [
        migrations.AddConstraint(
            "emergency",
            models.CheckConstraint(condition=is_written("words", 20), name="emergency_says_why"),
        ),
        migrations.AddConstraint(
            "emergencyanswer",
            models.CheckConstraint(
                condition=Q(justified=True) | is_written("words"), name="unjustified_emergency_says_why"
            ),
        ),
    ]
