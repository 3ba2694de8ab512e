import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schools', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Circuit',
            fields=[
                ('provider', models.TextField(primary_key=True, serialize=False)),
                ('open_until', models.DateTimeField(null=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('stopped', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='DeadNumber',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('e164', models.TextField(unique=True)),
                ('error_code', models.IntegerField()),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField(choices=[('absence', 'Not at school'), ('correction', 'Is at school after all')])),
                ('day', models.DateField()),
                ('dedupe_key', models.TextField(unique=True)),
                ('to_e164', models.TextField()),
                ('to_mask', models.TextField()),
                ('text_name', models.TextField()),
                ('text_version', models.TextField()),
                ('language', models.TextField()),
                ('body', models.TextField(null=True)),
                ('body_sha256', models.BinaryField()),
                ('encoding', models.TextField()),
                ('segments', models.SmallIntegerField()),
                ('state', models.TextField(choices=[('held', 'Waits'), ('queued', 'Ready to be sent'), ('claimed', 'Ready to be sent'), ('sending', 'Being sent now'), ('uncertain', 'Uncertain – being looked into'), ('accepted', 'Received by the SMS provider'), ('sent', 'Sent to the mobile network'), ('delivered', 'Delivered to the telephone (says the carrier)'), ('undelivered', 'Not delivered'), ('failed', 'Not delivered'), ('rejected', 'The number cannot receive SMS'), ('cancelled', 'Cancelled before it was sent'), ('expired', 'Did not get out in time – ring'), ('unknown', 'We do not know whether it arrived – ring')])),
                ('because', models.TextField(blank=True, choices=[('explained', 'The absence was explained or corrected before sending'), ('not_told', 'The guardian is no longer to be told on this number'), ('not_chosen', 'The class no longer uses SMS'), ('never_left', 'The message to be corrected never left'), ('away_again', 'The pupil was marked absent again'), ('text', 'The text may not leave the house')])),
                ('not_before', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('attempts', models.SmallIntegerField(default=0)),
                ('throttled', models.SmallIntegerField(default=0)),
                ('claim_token', models.UUIDField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('sending_at', models.DateTimeField(null=True)),
                ('owner', models.IntegerField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('negative_lookups', models.SmallIntegerField(default=0)),
                ('next_check', models.DateTimeField(null=True)),
                ('provider', models.TextField(blank=True)),
                ('provider_sid', models.TextField(null=True)),
                ('provider_status', models.TextField(blank=True)),
                ('error_code', models.IntegerField(null=True)),
                ('resolved_by', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('final_at', models.DateTimeField(null=True)),
                ('corrects', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sms.message')),
                ('guardian', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.guardian')),
                ('pupil', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['held', 'queued'])), fields=['not_before'], name='sms_message_due'), models.Index(condition=models.Q(('state__in', ['claimed', 'sending', 'uncertain'])), fields=['state', 'sending_at'], name='sms_message_open'), models.Index(condition=models.Q(('next_check__isnull', False)), fields=['next_check'], name='sms_message_to_ask'), models.Index(fields=['day', 'school'], name='sms_message_of_day'), models.Index(fields=['pupil', 'day'], name='sms_message_of_pupil')],
                'constraints': [models.UniqueConstraint(fields=('provider', 'provider_sid'), name='sid_once'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'sent', 'delivered']), _negated=True), ('provider_sid__isnull', False), _connector='OR'), name='accepted_has_sid'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sending', 'uncertain']), _negated=True), models.Q(('attempts__gt', 0), ('sending_at__isnull', False)), _connector='OR'), name='sending_has_mark'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'sent', 'delivered', 'undelivered', 'failed']), _negated=True), ('sending_at__isnull', False), _connector='OR'), name='told_by_provider_was_marked'), models.CheckConstraint(condition=models.Q(('kind', 'correction'), ('corrects', None), _connector='XOR'), name='correction_names_what_it_corrects')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.SmallIntegerField()),
                ('owner', models.IntegerField()),
                ('marked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('http_status', models.SmallIntegerField(null=True)),
                ('error_code', models.IntegerField(null=True)),
                ('outcome', models.TextField(blank=True)),
                ('error_class', models.TextField(blank=True)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sms.message')),
            ],
            options={
                'indexes': [models.Index(fields=['-ended_at'], name='sms_attempt_latest')],
            },
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_sid', models.TextField()),
                ('status', models.TextField()),
                ('error_code', models.IntegerField(default=0)),
                ('via', models.TextField()),
                ('received_at', models.DateTimeField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sms.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider_sid', 'status', 'error_code', 'message'), name='one_event_a_status')],
            },
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('before', models.TextField(blank=True)),
                ('after', models.TextField()),
                ('at', models.DateTimeField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sms.message')),
            ],
        ),
        migrations.CreateModel(
            name='Withheld',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('reason', models.TextField(choices=[('stopped', 'SMS about the pupil are stopped'), ('no_custody', 'No holder of custody is known'), ('declined', 'Has declined SMS'), ('no_phone', 'No mobile number'), ('dead_number', 'The number cannot receive SMS'), ('shared_number', 'Same number as the other guardian'), ('too_late', 'Too late in the day'), ('text', 'The text may not leave the house')])),
                ('noted_at', models.DateTimeField()),
                ('guardian', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.guardian')),
                ('pupil', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'pupil', 'guardian'), name='one_withholding_a_guardian', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enabled', models.BooleanField()),
                ('paused', models.BooleanField(default=False)),
                ('grace_seconds', models.IntegerField(default=90)),
                ('opens_at', models.TimeField(default='07:30')),
                ('closes_at', models.TimeField(default='16:00')),
                ('deadline_at', models.TimeField(default='11:00')),
                ('names_pupil', models.BooleanField(default=False)),
                ('signature', models.CharField(blank=True, max_length=60)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school', 'school_class'), name='one_choice_a_unit', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('grace_seconds__range', (0, 14400))), name='grace_of_hours')],
            },
        ),
    ]
