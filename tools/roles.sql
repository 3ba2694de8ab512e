-- Whom the database lets in, beside the owner of its tables (who migrates, and nothing else). Run once by the database's
-- administrator, in the cluster fravaer's database lies in; again changes nothing. Passwords are set apart, for instance
--   ALTER ROLE fravaer_app LOGIN PASSWORD '…';
-- What each of them may do to which rows is put up by `manage.py migrate`.
DO $$
DECLARE
    role text;
    owner text := coalesce(nullif(current_setting('fravaer.owner', true), ''), 'fravaer');
BEGIN
    FOREACH role IN ARRAY ARRAY['fravaer_app', 'fravaer_job', 'fravaer_report', 'fravaer_audit', 'fravaer_backup'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', role);
        END IF;
    END LOOP;
    -- A dump that leaves rows out without saying so would be worse than none.
    ALTER ROLE fravaer_backup BYPASSRLS;
    -- None of them inherits: what another role may, it may only where it says that it acts as that one. Pages of figures ask
    -- for sums over everybody, and a few rooms act as a job does: each says so where it happens.
    GRANT fravaer_report, fravaer_job TO fravaer_app;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = owner AND NOT rolsuper) THEN
        EXECUTE format(
            'GRANT fravaer_app, fravaer_job, fravaer_report, fravaer_audit, fravaer_backup TO %I', owner
        );
    END IF;
END
$$;
