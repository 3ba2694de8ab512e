import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_targets_and_notes'),
        ('schools', '0080_staff_phone'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Initiative',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('quarter_on', models.DateField()),
                ('text', models.TextField()),
                ('owner', models.CharField(max_length=150)),
                ('due_on', models.DateField()),
                ('agreed_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('done', 'Carried out'), ('partly', 'Partly carried out'), ('not_done', 'Not carried out'), ('continued', 'Goes on in the next quarter')], max_length=16)),
                ('remark', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('agreed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['area', 'quarter_on'], name='initiative_of_quarter')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('settled_at', None)), models.Q(('settled_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='a_settled_initiative_says_how')],
            },
        ),
    ]
