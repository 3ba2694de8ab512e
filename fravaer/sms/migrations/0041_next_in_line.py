from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sms", "0040_pace")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="sms_message_due"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["held", "queued"])),
                fields=["not_before", "id"],
                name="sms_message_next",
            ),
        ),
    ]
