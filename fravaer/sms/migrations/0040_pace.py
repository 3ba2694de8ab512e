from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sms', '0010_chosen'),
    ]

    operations = [
        migrations.AddField(
            model_name='circuit',
            name='slot_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='circuit',
            name='unsigned_at',
            field=models.DateTimeField(null=True),
        ),
    ]
