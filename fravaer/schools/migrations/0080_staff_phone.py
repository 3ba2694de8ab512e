from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0004_plan_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='staffmember',
            name='phone',
            field=models.CharField(blank=True, db_default='', default='', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='staffmember',
            constraint=models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+[1-9]\\d{6,14}$'), _connector='OR'), name='staff_phone_is_e164'),
        ),
    ]
