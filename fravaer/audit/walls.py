"""What does the database refuse of the trail?

Neither pages nor jobs touch its tables: they are allowed the functions that add to it, and those that answer one question each.
"""

from __future__ import annotations

from fravaer.core.walls import DatabaseRole

CLOSED = {
    "audit_event": "who did what and who looked at whom",
    "audit_seal": "the chain the trail is sealed with",
    "audit_former": "what rows were before they were changed or removed",
}

# What jobs do alone: sealing, drawing samples, looking for what stands out, and for keys that are still needed. Every other
# function is a page's as well.
_SEALING = (
    *("audit_head", "audit_unsealed", "audit_seal_all", "audit_links", "audit_events"),
    *("audit_by_chance", "audit_one_by_one", "audit_at_night", "audit_refused_often", "audit_former_keys"),
)

FUNCTIONS = f"""
    DO $$
    DECLARE asked record;
    BEGIN
      FOR asked IN SELECT oid::regprocedure AS name, proname = ANY (ARRAY{list(_SEALING)}) AS seals FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'audit_')
            AND prorettype <> 'trigger'::regtype LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', asked.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {DatabaseRole.JOB}', asked.name);
        IF NOT asked.seals THEN
          EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {DatabaseRole.APP}', asked.name);
        END IF;
      END LOOP;
    END
    $$;
"""
