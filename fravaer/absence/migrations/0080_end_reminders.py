from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('absence', '0022_because'),
    ]

    operations = [
        migrations.AddField(
            model_name='arrangement',
            name='end_first_reminder_at',
            field=models.TimeField(default='15:05', null=True),
        ),
        migrations.AddField(
            model_name='arrangement',
            name='end_second_reminder_at',
            field=models.TimeField(default='15:30', null=True),
        ),
    ]
