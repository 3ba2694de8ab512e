from django.db import migrations

# What a class could have attended in some days is read from the key alone, without a visit to each register's row; vacuum
# follows the inserts of every morning, or the visits would be made all the same.
INCLUDING = """
ALTER TABLE absence_register DROP CONSTRAINT absence_register_pkey,
  ADD CONSTRAINT absence_register_pkey PRIMARY KEY (school_class_id, day, checkpoint) INCLUDE (halves);
ALTER TABLE absence_register SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);
"""
PLAIN = """
ALTER TABLE absence_register DROP CONSTRAINT absence_register_pkey,
  ADD CONSTRAINT absence_register_pkey PRIMARY KEY (school_class_id, day, checkpoint);
ALTER TABLE absence_register RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("absence", "0003_daily")]
    operations = [migrations.RunSQL(INCLUDING, PLAIN)]
