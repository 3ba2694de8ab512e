import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schools', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=150)),
                ('title', models.CharField(blank=True, max_length=100)),
                ('staff_key', models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_user_an_email')],
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('teacher', 'Teacher'), ('substitute', 'Substitute'), ('secretary', 'School secretary'), ('leader', 'School leader'), ('inclusion', 'Inclusion team'), ('social_worker', 'School social worker'), ('social_leader', 'Leader of school social workers'), ('consultant', 'Absence consultant'), ('psychologist', 'Psychologist'), ('area_manager', 'Area manager'), ('social_manager', 'Manager, social services'), ('chief', 'School and day-care chief'), ('controller', 'Data protection controller'), ('access_admin', 'Access administrator')], max_length=32)),
                ('reach', models.CharField(choices=[('class', 'Class'), ('school', 'School'), ('area', 'Area'), ('municipality', 'Municipality'), ('pupil', 'Pupil')], max_length=16)),
                ('origin', models.CharField(max_length=16)),
                ('origin_ref', models.CharField(blank=True, max_length=64)),
                ('purpose', models.CharField(blank=True, max_length=100)),
                ('valid_from', models.DateTimeField(default=django.utils.timezone.now)),
                ('valid_until', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pupil', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.schoolclass')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('valid_from'))), name='grant_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('area', None), ('pupil', None), ('reach', 'class'), ('school', None), ('school_class__isnull', False)), models.Q(('area', None), ('pupil', None), ('reach', 'school'), ('school__isnull', False), ('school_class', None)), models.Q(('area__isnull', False), ('pupil', None), ('reach', 'area'), ('school', None), ('school_class', None)), models.Q(('area', None), ('pupil', None), ('reach', 'municipality'), ('school', None), ('school_class', None)), models.Q(('area', None), ('pupil__isnull', False), ('reach', 'pupil'), ('school', None), ('school_class', None)), _connector='OR'), name='grant_names_its_unit'), models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user', 'role', 'area', 'school', 'school_class', 'pupil', 'origin', 'origin_ref'), name='one_open_grant_of_a_kind', nulls_distinct=False)],
            },
        ),
    ]
