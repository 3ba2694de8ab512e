import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '__first__'),
        ('reports', '0004_year_wheel'),
        ('schools', '0080_staff_phone'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='draw',
            name='one_draw_a_period',
        ),
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year_group', models.SmallIntegerField()),
                ('with_measure', models.BooleanField()),
                ('possible', models.BigIntegerField()),
                ('due', models.BigIntegerField()),
                ('illness', models.BigIntegerField()),
                ('leave', models.BigIntegerField()),
                ('unlawful', models.BigIntegerField()),
                ('pending', models.BigIntegerField()),
                ('pupils', models.IntegerField()),
                ('months', models.BigIntegerField()),
                ('weighted', models.BigIntegerField()),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='reports.draw')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draw', 'with_measure', 'school', 'year_group'), name='one_cell_a_school_and_year_group')],
            },
        ),
        migrations.CreateModel(
            name='DataSet',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('kind', models.CharField(choices=[('stil', 'Prepared for STIL'), ('package', 'Data package of 1 September')], max_length=16)),
                ('school_year', models.SmallIntegerField()),
                ('rows', models.IntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('lacking', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('fetched', 'Fetched'), ('delivered', 'Delivered')], max_length=16)),
                ('text', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('data_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='reports.dataset')),
            ],
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('kind', models.SlugField(max_length=32)),
                ('asked', models.JSONField(default=dict)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Being made'), ('ready', 'Ready'), ('failed', 'Failed'), ('gone', 'Deleted')], default='waiting', max_length=16)),
                ('progress', models.SmallIntegerField(default=0)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('name', models.CharField(blank=True, max_length=150)),
                ('path', models.CharField(blank=True, max_length=200)),
                ('size', models.BigIntegerField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('ready_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['asked_by', '-asked_at'], name='exports_of_somebody'), models.Index(condition=models.Q(('state__in', ('waiting', 'running'))), fields=['asked_at'], name='exports_to_make')],
            },
        ),
        migrations.CreateModel(
            name='Mover',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('with_measure', models.BooleanField()),
                ('cells', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('share', models.SmallIntegerField(null=True)),
                ('pupils', models.IntegerField()),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='movers', to='reports.draw')),
            ],
            options={
                'indexes': [models.Index(fields=['draw'], name='movers_of_a_draw')],
            },
        ),
        migrations.CreateModel(
            name='Reference',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('school_year', models.SmallIntegerField()),
                ('measure', models.CharField(choices=[('percent', 'Absence'), ('median', 'Median'), ('over_ten', 'Pupils over 10 percent'), ('illness', 'Illness'), ('leave', 'Leave'), ('unlawful', 'Unlawful absence')], max_length=16)),
                ('tenths', models.SmallIntegerField()),
                ('source', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school_year', 'measure'), name='one_reference_a_year'), models.CheckConstraint(condition=models.Q(('tenths__range', (0, 1000))), name='a_reference_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('since', models.DateField()),
                ('until', models.DateField()),
                ('version', models.SmallIntegerField()),
                ('contents', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('frozen_at', models.DateTimeField()),
                ('draw', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='snapshot', to='reports.draw')),
                ('frozen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('since', 'until', 'version'), name='one_snapshot_a_version')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=32)),
                ('text', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='reports.snapshot')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('snapshot', 'area', 'role'), name='one_approval_a_unit', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Spread',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year_group', models.SmallIntegerField()),
                ('with_measure', models.BooleanField()),
                ('share', models.SmallIntegerField()),
                ('pupils', models.IntegerField()),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spreads', to='reports.draw')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draw', 'with_measure', 'school', 'year_group', 'share'), name='one_spread_a_share')],
            },
        ),
        migrations.AddField(
            model_name='draw',
            name='frozen',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='draw',
            name='sums',
            field=models.JSONField(default=dict),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.UniqueConstraint(condition=models.Q(('frozen', False)), fields=('since', 'until'), name='one_draw_a_period'),
        ),
    ]
