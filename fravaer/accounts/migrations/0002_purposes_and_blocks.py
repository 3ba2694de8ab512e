import datetime
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# What was written about a substitute's access becomes its reason; each role has its purpose, another within a case.
PURPOSES = """
UPDATE accounts_grant SET
  reason = CASE WHEN origin = 'office' THEN purpose ELSE '' END,
  purpose = CASE
    WHEN reach = 'pupil' AND role IN ('social_worker', 'social_leader') THEN 'authority'
    WHEN reach = 'pupil' AND role IN ('teacher', 'leader', 'chief') THEN 'early_help'
    WHEN role IN ('teacher', 'substitute', 'secretary', 'leader') THEN 'teaching'
    WHEN role IN ('inclusion', 'social_worker', 'social_leader', 'consultant') THEN 'early_help'
    WHEN role = 'psychologist' THEN 'ppr'
    WHEN role = 'controller' THEN 'control'
    WHEN role = 'access_admin' THEN 'operation'
    ELSE 'steering' END
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('schools', '0003_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessBlock',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('own_child', 'Own child'), ('family', 'Family'), ('colleague', 'Child of a close colleague'), ('self_declared', 'Another close relation')], max_length=16)),
                ('valid_from', models.DateTimeField(default=django.utils.timezone.now)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Attestation',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('review_on', models.DateField()),
                ('needed', models.BooleanField()),
                ('answered_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('role', models.CharField(choices=[('teacher', 'Teacher'), ('substitute', 'Substitute'), ('secretary', 'School secretary'), ('leader', 'School leader'), ('inclusion', 'Inclusion team'), ('social_worker', 'School social worker'), ('social_leader', 'Leader of school social workers'), ('consultant', 'Absence consultant'), ('psychologist', 'Psychologist'), ('area_manager', 'Area manager'), ('social_manager', 'Manager, social services'), ('chief', 'School and day-care chief'), ('controller', 'Data protection controller'), ('access_admin', 'Access administrator')], max_length=32)),
                ('reach', models.CharField(choices=[('class', 'Class'), ('school', 'School'), ('area', 'Area'), ('municipality', 'The whole municipality'), ('pupil', 'Pupil')], max_length=16)),
                ('purpose', models.CharField(choices=[('teaching', 'Teaching'), ('early_help', 'Early help'), ('authority', 'Casework under the Act on Children'), ('ppr', 'Educational psychology'), ('steering', 'Figures for management'), ('operation', 'Running the system'), ('control', 'Control of access')], max_length=16)),
                ('reason', models.CharField(max_length=100)),
                ('valid_until', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits'), ('approved', 'Approved'), ('refused', 'Refused')], default='waiting', max_length=16)),
                ('proposed_as', models.CharField(choices=[('teacher', 'Teacher'), ('substitute', 'Substitute'), ('secretary', 'School secretary'), ('leader', 'School leader'), ('inclusion', 'Inclusion team'), ('social_worker', 'School social worker'), ('social_leader', 'Leader of school social workers'), ('consultant', 'Absence consultant'), ('psychologist', 'Psychologist'), ('area_manager', 'Area manager'), ('social_manager', 'Manager, social services'), ('chief', 'School and day-care chief'), ('controller', 'Data protection controller'), ('access_admin', 'Access administrator')], max_length=32)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='grant',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='grant',
            name='lent_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lent', to='accounts.grant'),
        ),
        migrations.AddField(
            model_name='grant',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='grant',
            name='revoked_because',
            field=models.CharField(blank=True, choices=[('source', 'What it came from has ended'), ('no_need', 'No longer needed'), ('mistake', 'Given by mistake'), ('left', 'Has left or changed work'), ('unconfirmed', 'Nobody confirmed it in time'), ('not_confirmed', 'Not confirmed at the half-yearly review'), ('delegator', 'The access it was lent from has ended')], db_default='', default='', max_length=16),
        ),
        migrations.AddField(
            model_name='grant',
            name='revoked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunSQL(PURPOSES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='grant',
            name='purpose',
            field=models.CharField(choices=[('teaching', 'Teaching'), ('early_help', 'Early help'), ('authority', 'Casework under the Act on Children'), ('ppr', 'Educational psychology'), ('steering', 'Figures for management'), ('operation', 'Running the system'), ('control', 'Control of access')], max_length=16),
        ),
        migrations.AlterField(
            model_name='grant',
            name='reach',
            field=models.CharField(choices=[('class', 'Class'), ('school', 'School'), ('area', 'Area'), ('municipality', 'The whole municipality'), ('pupil', 'Pupil')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['teaching', 'early_help', 'authority', 'ppr', 'steering', 'operation', 'control'])), name='grant_has_a_purpose'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin__in', ['manual', 'delegation', 'office', 'break_glass']), _negated=True), models.Q(('origin', 'manual'), ('valid_until__lte', django.db.models.expressions.CombinedExpression(models.F('valid_from'), '+', models.Value(datetime.timedelta(days=366))))), models.Q(('origin', 'delegation'), ('valid_until__lte', django.db.models.expressions.CombinedExpression(models.F('valid_from'), '+', models.Value(datetime.timedelta(days=42))))), models.Q(('origin', 'office'), ('valid_until__lte', django.db.models.expressions.CombinedExpression(models.F('valid_from'), '+', models.Value(datetime.timedelta(days=1, seconds=3600))))), models.Q(('origin', 'break_glass'), ('valid_until__lte', django.db.models.expressions.CombinedExpression(models.F('valid_from'), '+', models.Value(datetime.timedelta(seconds=3600))))), _connector='OR'), name='grant_is_not_permanent'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin', 'manual'), _negated=True), models.Q(('approved_by__isnull', False), ('granted_by__isnull', False), models.Q(('granted_by', models.F('approved_by')), _negated=True), models.Q(('granted_by', models.F('user')), _negated=True), models.Q(('approved_by', models.F('user')), _negated=True)), _connector='OR'), name='manual_grant_takes_two'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('granted_by__isnull', False), ('lent_from__isnull', False), ('origin', 'delegation')), models.Q(models.Q(('origin', 'delegation'), _negated=True), ('lent_from', None)), _connector='OR'), name='delegation_names_its_source'),
        ),
        migrations.AddField(
            model_name='accessblock',
            name='declared_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessblock',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessblock',
            name='pupil',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil'),
        ),
        migrations.AddField(
            model_name='accessblock',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='attestation',
            name='answered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='attestation',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attestations', to='accounts.grant'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='area',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='grant',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.grant'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='school',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='school_class',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='accessblock',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='block_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='accessblock',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_by', None), models.Q(('lifted_by', models.F('user')), _negated=True), _connector='OR'), name='block_is_lifted_by_another'),
        ),
        migrations.AddConstraint(
            model_name='accessblock',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('user', 'pupil'), name='one_open_block_a_pupil'),
        ),
        migrations.AddConstraint(
            model_name='attestation',
            constraint=models.UniqueConstraint(fields=('grant', 'review_on'), name='one_attestation_a_review'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('area', None), ('reach', 'class'), ('school', None), ('school_class__isnull', False)), models.Q(('area', None), ('reach', 'school'), ('school__isnull', False), ('school_class', None)), models.Q(('area__isnull', False), ('reach', 'area'), ('school', None), ('school_class', None)), models.Q(('area', None), ('reach', 'municipality'), ('school', None), ('school_class', None)), _connector='OR'), name='proposal_names_its_unit'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('user', models.F('proposed_by')), _negated=True), models.Q(('decided_by', None), ('state', 'refused'), models.Q(models.Q(('decided_by', models.F('proposed_by')), _negated=True), models.Q(('decided_by', models.F('user')), _negated=True)), _connector='OR')), name='proposal_takes_two'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='proposal_is_decided_by_somebody'),
        ),
    ]
