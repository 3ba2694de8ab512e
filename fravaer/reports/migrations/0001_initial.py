import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('schools', '0002_initial'),
    ]

    operations = [
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
            name='Draw',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField()),
                ('until', models.DateField()),
                ('state', models.TextField()),
                ('drawn_at', models.DateTimeField()),
                ('sums', models.JSONField(default=dict)),
                ('frozen', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('frozen', False)), fields=('since', 'until'), name='one_draw_a_period')],
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
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.draw')),
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
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenths', models.SmallIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('decision', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('area', None), ('school', None), _connector='OR'), name='a_target_has_one_unit'), models.CheckConstraint(condition=models.Q(('tenths__range', (1, 999))), name='a_target_is_a_percentage'), models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='target_ends_after_start'), models.UniqueConstraint(condition=models.Q(('valid_until', None), ('withdrawn_at', None)), fields=('area', 'school'), name='one_open_target_a_unit', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='WheelFeed',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('fetched_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user',), name='one_feed_a_person')],
            },
        ),
        migrations.CreateModel(
            name='WheelItem',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('school_year', models.SmallIntegerField()),
                ('kind', models.SlugField(blank=True, max_length=32)),
                ('title', models.CharField(blank=True, max_length=150)),
                ('text', models.TextField(blank=True)),
                ('due_on', models.DateField()),
                ('sequence', models.IntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', ''), _negated=True), fields=('school_year', 'kind', 'area'), name='one_item_of_a_kind', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('kind', ''), ('title', ''), _negated=True), name='a_wheel_item_has_words')],
            },
        ),
        migrations.CreateModel(
            name='Annotation',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('since', models.DateField()),
                ('until', models.DateField()),
                ('text', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('removed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('area', None), ('school', None), _connector='OR'), name='an_annotation_has_one_unit'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='annotation_ends_after_start')],
            },
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
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='reports.draw')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draw', 'with_measure', 'school', 'year_group'), name='one_cell_a_school_and_year_group')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('kind', models.SlugField(max_length=32)),
                ('asked', models.JSONField(default=dict)),
                ('role', models.CharField(max_length=32)),
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
                ('failure', models.CharField(blank=True, max_length=16)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['asked_by', '-asked_at'], name='exports_of_somebody'), models.Index(condition=models.Q(('state__in', ('waiting', 'running'))), fields=['asked_at'], name='exports_to_make')],
            },
        ),
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
            name='Pattern',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.SmallIntegerField()),
                ('part', models.SmallIntegerField()),
                ('basis', models.CharField(max_length=120)),
                ('contents', models.JSONField()),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='reports.draw')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draw', 'group', 'part'), name='one_pattern_a_draw_and_limits')],
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
    ]
