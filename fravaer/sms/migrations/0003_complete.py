import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '__first__'),
        ('schools', '0004_plan_changes'),
        ('sms', '0002_steps'),
    ]

    operations = [
        migrations.CreateModel(
            name='Drawn',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_out', models.BooleanField()),
                ('drawn_at', models.DateTimeField()),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('school_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolyear')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pupil', 'school_year'), name='one_draw_a_year')],
            },
        ),
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('unexplained', models.IntegerField()),
                ('pupils', models.IntegerField()),
                ('most_percent', models.SmallIntegerField()),
                ('found_at', models.DateTimeField()),
                ('decision', models.TextField(blank=True, choices=[('send', 'Send'), ('stop', 'Do not send')])),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'school', 'school_class'), name='one_halt_a_unit_and_day', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='halt_is_decided_by_a_person')],
            },
        ),
        migrations.CreateModel(
            name='Inbound',
            fields=[
                ('provider_sid', models.TextField(primary_key=True, serialize=False)),
                ('from_e164', models.TextField()),
                ('to_e164', models.TextField()),
                ('body', models.TextField(null=True)),
                ('received_at', models.DateTimeField()),
                ('intent', models.TextField(choices=[('knows', 'Knows of the absence'), ('error', 'Says it is an error'), ('stop', 'Wants no SMS'), ('start', 'Wants SMS again'), ('other', 'Wrote something else')])),
                ('handled_at', models.DateTimeField(null=True)),
                ('outcome', models.TextField(blank=True)),
                ('guardian', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.guardian')),
                ('handled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sms.message')),
                ('pupil', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'indexes': [models.Index(fields=['school', 'received_at'], name='sms_inbound_of_school'), models.Index(fields=['pupil', 'received_at'], name='sms_inbound_of_pupil')],
            },
        ),
        migrations.CreateModel(
            name='Limits',
            fields=[
                ('municipality', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='schools.municipality')),
                ('dry_run', models.BooleanField(default=False)),
                ('most_a_day', models.IntegerField(blank=True, null=True)),
                ('price', models.DecimalField(blank=True, decimal_places=4, max_digits=6, null=True)),
                ('countries', models.JSONField(default=list)),
                ('keeps_bodies', models.SmallIntegerField(default=30)),
                ('keeps_replies', models.SmallIntegerField(default=30)),
            ],
        ),
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number_hmac', models.BinaryField(max_length=32)),
                ('since', models.DateTimeField()),
                ('how', models.TextField(choices=[('sms', 'By SMS'), ('office', 'At the office'), ('provider', 'At the SMS provider')])),
                ('until', models.DateTimeField(null=True)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.municipality')),
                ('noted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('municipality', 'number_hmac'), name='one_opt_out_a_number')],
            },
        ),
        migrations.CreateModel(
            name='Ring',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('rung_at', models.DateTimeField()),
                ('reached', models.BooleanField()),
                ('guardian', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.guardian')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('rung_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'indexes': [models.Index(fields=['day', 'school'], name='sms_ring_of_day')],
            },
        ),
        migrations.CreateModel(
            name='TextVersion',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('language', models.TextField()),
                ('version', models.SmallIntegerField()),
                ('body', models.TextField()),
                ('proposed_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.municipality')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('municipality', 'school', 'name', 'language', 'version'), name='one_text_a_version', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='two_people_agree_on_a_text')],
            },
        ),
        migrations.AddField(
            model_name='choice',
            name='dry_run',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='choice',
            name='monthly',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='choice',
            name='most_a_child',
            field=models.SmallIntegerField(default=4),
        ),
        migrations.AddField(
            model_name='choice',
            name='most_a_day',
            field=models.IntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='choice',
            name='most_percent',
            field=models.SmallIntegerField(default=40),
        ),
        migrations.AddField(
            model_name='choice',
            name='send_at',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='ordered_because',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='message',
            name='ordered_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='message',
            name='seq',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='message',
            name='because',
            field=models.TextField(blank=True, choices=[('explained', 'The absence was explained or corrected before sending'), ('not_told', 'The guardian is no longer to be told on this number'), ('not_chosen', 'The class no longer uses SMS'), ('never_left', 'The message to be corrected never left'), ('away_again', 'The pupil was marked absent again'), ('text', 'The text may not leave the house'), ('dry_run', 'Dry run: would have been sent'), ('halted', 'A person decided against sending'), ('by_person', 'Taken back by a person'), ('ceiling', 'Over the ceiling of the day')]),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.TextField(choices=[('absence', 'Not at school'), ('correction', 'Is at school after all'), ('monthly', 'Days missed')]),
        ),
        migrations.AlterField(
            model_name='withheld',
            name='reason',
            field=models.TextField(choices=[('stopped', 'SMS about the pupil are stopped'), ('no_custody', 'No holder of custody is known'), ('declined', 'Has declined SMS'), ('no_phone', 'No mobile number'), ('dead_number', 'The number cannot receive SMS'), ('shared_number', 'Same number as the other guardian'), ('too_late', 'Too late in the day'), ('text', 'The text may not leave the house'), ('known', 'The reason is known'), ('opted_out', 'The number has said no to SMS'), ('country', 'SMS are not sent to that country'), ('ceiling', 'Over the ceiling of the day'), ('halted', 'A person decided against sending')]),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.CheckConstraint(condition=models.Q(('most_percent__range', (1, 100))), name='most_percent_is_one'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.CheckConstraint(condition=models.Q(('most_a_child__gte', 1), models.Q(('most_a_day', None), ('most_a_day__gte', 0), _connector='OR')), name='ceilings_are_numbers'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('seq', 0), models.Q(('ordered_by__isnull', False), ('seq__gt', 0), models.Q(('ordered_because', ''), _negated=True)), _connector='OR'), name='again_only_by_a_person'),
        ),
    ]
