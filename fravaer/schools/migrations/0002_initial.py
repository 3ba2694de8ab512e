import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
import fravaer.schools.models
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schools', '0001_danish_order'),
    ]

    operations = [
        migrations.CreateModel(
            name='Guardian',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('roster_key', models.CharField(max_length=64, unique=True)),
                ('given_name', models.CharField(max_length=100)),
                ('family_name', models.CharField(max_length=100)),
                ('language', models.CharField(default='da', max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='RosterChange',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Municipality',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=3, unique=True)),
                ('name', models.CharField(max_length=100)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^\\d{3}$')), name='municipality_code_is_three_digits')],
            },
        ),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='areas', to='schools.municipality')),
            ],
        ),
        migrations.CreateModel(
            name='Pupil',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('roster_key', models.CharField(max_length=64, unique=True)),
                ('given_name', models.CharField(max_length=100)),
                ('family_name', models.CharField(max_length=100)),
                ('birth_on', models.DateField(blank=True, null=True)),
                ('protected', models.BooleanField(default=False)),
                ('sms_stopped', models.BooleanField(default=False)),
                ('sort_given', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Concat(models.Func(models.F('given_name'), function='danish_sort_key'), models.Value(' '), models.Func(models.F('family_name'), function='danish_sort_key')), output_field=models.TextField(db_collation='C'))),
                ('sort_family', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Concat(models.Func(models.F('family_name'), function='danish_sort_key'), models.Value(' '), models.Func(models.F('given_name'), function='danish_sort_key')), output_field=models.TextField(db_collation='C'))),
            ],
            options={
                'indexes': [models.Index(fields=['sort_given'], name='pupil_by_given_name'), models.Index(fields=['sort_family'], name='pupil_by_family_name')],
            },
        ),
        migrations.CreateModel(
            name='School',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('institution_number', models.CharField(max_length=10, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('opens_at', models.TimeField(default='07:45')),
                ('due_at', models.TimeField(default='08:15')),
                ('sort_name', models.GeneratedField(db_persist=True, expression=models.Func(models.F('name'), function='danish_sort_key'), output_field=models.TextField(db_collation='C'))),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schools', to='schools.area')),
            ],
        ),
        migrations.CreateModel(
            name='SchoolYear',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(unique=True)),
                ('until', models.DateField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gt', models.F('starts_on'))), name='school_year_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40)),
                ('school_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendars', to='schools.schoolyear')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school_year', 'key'), name='one_calendar_a_unit')],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('pk', models.CompositePrimaryKey('calendar_id', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('is_school_day', models.BooleanField()),
                ('number_before', models.SmallIntegerField()),
                ('reason', models.CharField(blank=True, max_length=100)),
                ('calendar', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.calendar')),
            ],
        ),
        migrations.CreateModel(
            name='SchoolClass',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year_group', models.SmallIntegerField()),
                ('letter', models.CharField(max_length=10)),
                ('calendar', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.calendar')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='schools.school')),
                ('school_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='schools.schoolyear')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school', 'school_year', 'year_group', 'letter'), name='one_class_of_a_name_a_year'), models.UniqueConstraint(fields=('id', 'school'), name='class_with_its_school'), models.CheckConstraint(condition=models.Q(('year_group__range', (0, 10))), name='year_group_0_to_10')],
            },
        ),
        migrations.CreateModel(
            name='PlanChange',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(unique=True)),
                ('level', models.SmallIntegerField(choices=[(1, 'Municipality'), (2, 'School'), (3, 'Year group'), (4, 'Class')])),
                ('year_group', models.SmallIntegerField(null=True)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('made', 'Made'), ('refused', 'Refused')], max_length=10)),
                ('asked_by', models.IntegerField()),
                ('asked_at', models.DateTimeField()),
                ('decided_by', models.IntegerField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('days', models.JSONField()),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
                ('school_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolyear')),
            ],
            options={
                'indexes': [models.Index(fields=['school_year', '-id'], name='plan_change_of_year')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('level', 1), ('state', 'made'), _negated=True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='municipal_plan_takes_two')],
            },
        ),
        migrations.CreateModel(
            name='DayRule',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('level', models.SmallIntegerField(choices=[(1, 'Municipality'), (2, 'School'), (3, 'Year group'), (4, 'Class')])),
                ('year_group', models.SmallIntegerField(blank=True, null=True)),
                ('closed', models.BooleanField(default=True)),
                ('reason', models.CharField(max_length=100)),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
                ('school_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='day_rules', to='schools.schoolyear')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'school', 'year_group', 'school_class'), name='one_rule_a_day_and_unit', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('level', 1), ('school', None), ('school_class', None), ('year_group', None)), models.Q(('level', 2), ('school__isnull', False), ('school_class', None), ('year_group', None)), models.Q(('level', 3), ('school__isnull', False), ('school_class', None), ('year_group__isnull', False)), models.Q(('level', 4), ('school', None), ('school_class__isnull', False), ('year_group', None)), _connector='OR'), name='day_rule_names_its_unit')],
            },
        ),
        migrations.CreateModel(
            name='StaffMember',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('roster_key', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=150)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('phone', models.CharField(blank=True, db_default='', default='', max_length=16)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+[1-9]\\d{6,14}$'), _connector='OR'), name='staff_phone_is_e164')],
            },
        ),
        migrations.CreateModel(
            name='StaffPost',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=32)),
                ('starts_on', models.DateField()),
                ('until', models.DateField()),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
                ('staff_member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='schools.staffmember')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('staff_member', 'role', 'area', 'school', 'school_class', 'starts_on'), name='one_post_of_a_kind', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('until__gt', models.F('starts_on'))), name='post_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Phone',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('e164', models.CharField(max_length=16)),
                ('rank', models.SmallIntegerField(default=1)),
                ('guardian', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phones', to='schools.guardian')),
            ],
            options={
                'indexes': [models.Index(fields=['e164'], name='phone_by_number')],
                'constraints': [models.UniqueConstraint(fields=('guardian', 'e164'), name='one_phone_a_guardian'), models.CheckConstraint(condition=models.Q(('e164__regex', '^\\+[1-9]\\d{6,14}$')), name='phone_is_e164')],
            },
        ),
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('custody', models.BooleanField()),
                ('sms_allowed', models.BooleanField(default=True)),
                ('relation', models.CharField(blank=True, max_length=40)),
                ('guardian', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardianships', to='schools.guardian')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardianships', to='schools.pupil')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pupil', 'guardian'), name='one_guardianship_a_pair')],
            },
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField()),
                ('until', models.DateField()),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='schools.pupil')),
                ('school_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='schools.schoolclass')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gt', models.F('starts_on'))), name='enrolment_ends_after_start'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('pupil', '='), (fravaer.schools.models.DateRange('starts_on', 'until'), '&&')], name='one_class_at_a_time')],
            },
        ),
    ]
