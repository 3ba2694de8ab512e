from django.db import migrations

# A step the contract does not name is refused, and every step leaves its row. The steps are those of sms.states; a test
# compares the two.
CREATE = """
CREATE SEQUENCE sms_owner AS integer CYCLE;
CREATE FUNCTION sms_owner_alive(owner integer) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 77 AND objid = owner::oid AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
$$;
CREATE FUNCTION sms_message_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told text[] := ARRAY['accepted', 'sent', 'delivered', 'undelivered', 'failed'];
  allowed boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'held' THEN
      RAISE EXCEPTION 'a message begins as held, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO sms_transition (message_id, before, after, at) VALUES (NEW.id, '', NEW.state, clock_timestamp());
    RETURN NEW;
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  allowed := CASE OLD.state
    WHEN 'held' THEN NEW.state IN ('queued', 'cancelled', 'expired')
    WHEN 'queued' THEN NEW.state IN ('claimed', 'cancelled', 'expired') OR NEW.state = ANY (told)
    WHEN 'claimed' THEN NEW.state IN ('queued', 'sending', 'cancelled', 'expired') OR NEW.state = ANY (told)
    WHEN 'sending' THEN NEW.state IN ('queued', 'uncertain', 'rejected') OR NEW.state = ANY (told)
    WHEN 'uncertain' THEN NEW.state IN ('queued', 'unknown') OR NEW.state = ANY (told)
    WHEN 'accepted' THEN NEW.state IN ('sent', 'delivered', 'undelivered', 'failed')
    WHEN 'sent' THEN NEW.state IN ('delivered', 'undelivered', 'failed')
    WHEN 'rejected' THEN NEW.state = ANY (told)
    WHEN 'cancelled' THEN NEW.state = ANY (told)
    WHEN 'expired' THEN NEW.state = ANY (told)
    WHEN 'unknown' THEN NEW.state = ANY (told)
    ELSE false END;
  IF NOT allowed THEN
    RAISE EXCEPTION 'a message does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO sms_transition (message_id, before, after, at) VALUES (NEW.id, OLD.state, NEW.state, clock_timestamp());
  RETURN NEW;
END $$;
CREATE TRIGGER sms_message_step AFTER INSERT OR UPDATE OF state ON sms_message
  FOR EACH ROW EXECUTE FUNCTION sms_message_step();
CREATE TRIGGER sms_transition_is_kept BEFORE UPDATE ON sms_transition
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE sms_message SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
"""
DROP = """
DROP TRIGGER sms_transition_is_kept ON sms_transition;
DROP TRIGGER sms_message_step ON sms_message;
DROP FUNCTION sms_message_step();
DROP FUNCTION sms_owner_alive(integer);
DROP SEQUENCE sms_owner;
ALTER TABLE sms_message RESET (fillfactor, autovacuum_vacuum_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("sms", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(CREATE, DROP)]
