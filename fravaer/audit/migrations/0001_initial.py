import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor_id', models.IntegerField(null=True)),
                ('role', models.CharField(blank=True, max_length=32)),
                ('action', models.CharField(max_length=64)),
                ('subject', models.CharField(blank=True, max_length=64)),
                ('subject_id', models.CharField(blank=True, max_length=64)),
                ('pupil_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None)),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='audit_event_at'), models.Index(fields=['actor_id', 'at'], name='audit_event_actor'), django.contrib.postgres.indexes.GinIndex(fields=['pupil_ids'], name='audit_event_pupils')],
            },
        ),
    ]
