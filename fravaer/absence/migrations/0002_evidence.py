from django.db import migrations

# The register and its history are the evidence: events are append-only, a row's school is its class's school, and the
# covering index stays readable by itself because vacuum follows the inserts of every morning.
CREATE = """
CREATE TRIGGER absence_registerevent_is_append_only BEFORE UPDATE OR DELETE ON absence_registerevent
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE absence_register ADD CONSTRAINT register_school_is_its_class_school
  FOREIGN KEY (school_class_id, school_id) REFERENCES schools_schoolclass (id, school_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE absence_absence ADD CONSTRAINT absence_school_is_its_class_school
  FOREIGN KEY (school_class_id, school_id) REFERENCES schools_schoolclass (id, school_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE absence_absence SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);
ALTER TABLE absence_register SET (fillfactor = 90);
ALTER TABLE absence_classmonth SET (fillfactor = 70);
"""
DROP = """
DROP TRIGGER absence_registerevent_is_append_only ON absence_registerevent;
ALTER TABLE absence_register DROP CONSTRAINT register_school_is_its_class_school;
ALTER TABLE absence_absence DROP CONSTRAINT absence_school_is_its_class_school;
"""


class Migration(migrations.Migration):
    dependencies = [("absence", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(CREATE, DROP)]
