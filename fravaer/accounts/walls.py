"""Which grants open which rows, as the database works it out?

The functions every wall is made of. They read the grants as their owner, for the actor and the role that stand in the
connection's settings, and answer nothing without them. The role × action table goes into them from `accounts/roles`.
"""

from __future__ import annotations

from fravaer.accounts.roles import PERSONS, PUT_BEFORE, Role, actions
from fravaer.core.walls import ACTOR, CHOSEN, EMERGENCY, Wall

_DEFINER = "STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public"
# The clock is the database's own; tests, whose clock stands still, put another in its place.
MOMENT_OF_DATABASE = (
    "CREATE OR REPLACE FUNCTION app_moment() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE "
    "AS $$ SELECT statement_timestamp() $$;"
)


def _words(words: frozenset[str] | list[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


def _functions() -> str:
    in_order = "ARRAY[" + ", ".join(f"'{role}'" for role in Role.values) + "]::text[]"
    may = " ".join(f"WHEN '{role}' THEN action = ANY ({_words(actions(role))})" for role in Role)
    persons = f"h.role = ANY ({_words([str(role) for role in PERSONS])})"
    opened = f"h.role = ANY ({_words([str(role) for role in PERSONS | PUT_BEFORE])})"
    in_force = (
        "held.user_id = who AND held.revoked_at IS NULL AND held.valid_from <= at AND held.valid_until > at"
    )
    active = "JOIN accounts_user u ON u.id = held.user_id AND u.is_active"
    return f"""
    {MOMENT_OF_DATABASE}
    CREATE OR REPLACE FUNCTION app_actor() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS
      $$ SELECT nullif(current_setting('{ACTOR}', true), '')::int $$;
    -- The actor's grants in force for the role she chose, if she still holds it; else for the first she holds. While she reads
    -- one child in an emergency that access alone, which never adds to a role.
    CREATE OR REPLACE FUNCTION app_hers() RETURNS SETOF accounts_grant LANGUAGE plpgsql ROWS 3 {_DEFINER} AS $$
    DECLARE
      who int := app_actor();
      said text := coalesce(current_setting('{CHOSEN}', true), '');
      at timestamptz := app_moment();
      acts_as text;
    BEGIN
      IF who IS NULL THEN
        RETURN;
      END IF;
      IF starts_with(said, '{EMERGENCY}') THEN
        RETURN QUERY SELECT held.* FROM accounts_grant held {active}
          JOIN accounts_emergency used ON used.grant_id = held.id
          WHERE used.id::text = substr(said, {len(EMERGENCY) + 1}) AND held.origin = 'break_glass' AND {in_force};
        RETURN;
      END IF;
      SELECT held.role INTO acts_as FROM accounts_grant held {active} WHERE {in_force} AND held.origin <> 'break_glass'
        ORDER BY held.role <> said, array_position({in_order}, held.role::text) LIMIT 1;
      RETURN QUERY SELECT held.* FROM accounts_grant held
        WHERE held.role = acts_as AND held.origin <> 'break_glass' AND {in_force};
    END
    $$;
    CREATE OR REPLACE FUNCTION app_role() RETURNS text LANGUAGE sql {_DEFINER} AS
      $$ SELECT h.role FROM app_hers() h LIMIT 1 $$;
    -- The pupils she is kept away from, whatever she holds.
    CREATE OR REPLACE FUNCTION app_kept_away() RETURNS int[] LANGUAGE sql {_DEFINER} AS
      $$ SELECT coalesce(array_agg(pupil_id), '{{}}') FROM accounts_accessblock WHERE user_id = app_actor()
         AND valid_from <= app_moment() AND (valid_until IS NULL OR valid_until > app_moment()) $$;
    CREATE OR REPLACE FUNCTION app_may(action text) RETURNS boolean LANGUAGE sql {_DEFINER} AS
      $$ SELECT coalesce(CASE app_role() {may} END, false) $$;
    CREATE OR REPLACE FUNCTION app_everywhere() RETURNS boolean LANGUAGE sql {_DEFINER} AS
      $$ SELECT EXISTS (SELECT 1 FROM app_hers() h WHERE h.reach = 'municipality' AND {persons}) $$;
    CREATE OR REPLACE FUNCTION app_schools() RETURNS int[] LANGUAGE sql {_DEFINER} AS
      $$ SELECT coalesce(array_agg(DISTINCT school.id), '{{}}') FROM app_hers() h
         JOIN schools_school school ON school.id = h.school_id OR school.area_id = h.area_id WHERE {persons} $$;
    CREATE OR REPLACE FUNCTION app_classes() RETURNS int[] LANGUAGE sql {_DEFINER} AS
      $$ SELECT coalesce(array_agg(DISTINCT a_class.id), '{{}}') FROM app_hers() h
         LEFT JOIN schools_school school ON school.id = h.school_id OR school.area_id = h.area_id
         JOIN schools_schoolclass a_class ON a_class.id = h.school_class_id OR a_class.school_id = school.id
         WHERE {persons} $$;
    -- Pupils opened one by one.
    CREATE OR REPLACE FUNCTION app_opened() RETURNS int[] LANGUAGE sql {_DEFINER} AS
      $$ SELECT coalesce(array_agg(h.pupil_id), '{{}}') FROM app_hers() h
         WHERE h.reach = 'pupil' AND h.pupil_id <> ALL (app_kept_away()) AND {opened} $$;
    -- Those, and everybody who is or was in a class of hers: on which day she sees whom, the pages decide.
    CREATE OR REPLACE FUNCTION app_reached() RETURNS SETOF int LANGUAGE sql ROWS 500 {_DEFINER} AS
      $$ SELECT unnest(app_opened())
         UNION SELECT pupil_id FROM schools_enrolment WHERE school_class_id = ANY (app_classes()) $$;
    -- Every class those pupils are or were in: what counts in their percentage is seen wherever it was registered.
    CREATE OR REPLACE FUNCTION app_classes_of_reached() RETURNS SETOF int LANGUAGE sql ROWS 100 {_DEFINER} AS
      $$ SELECT DISTINCT school_class_id FROM schools_enrolment WHERE pupil_id IN (SELECT app_reached()) $$;
    """


FUNCTIONS = _functions()

# Who used it sees her own; who answers for it the ones she was told of, and the rooms ask for no others.
WALLS = {
    "accounts_emergency": Wall(
        "user_id = (SELECT app_actor()) OR (SELECT app_may('emergency.answer')) OR (SELECT app_may('emergency'))"
    ),
    # Compared by the night's job; no page asks for one.
    "accounts_cprhash": Wall("false"),
    # Whom she herself has opened within the hour.
    "accounts_openedchild": Wall("user_id = (SELECT app_actor())"),
}

WITHOUT = {
    "accounts_accessblock": "the door reads whom somebody is kept away from before anybody acts; the walls are made of it",
    "accounts_accountlink": "which account was opened by whom; keyed hashes, read on the way in, before anybody acts",
    "accounts_attestation": "which members of staff have access, confirmed by whom",
    "accounts_emergencyalert": "which member of staff was told",
    "accounts_emergencyanswer": "a member of staff's judgement, without the child",
    "accounts_emergencysearch": "how often somebody looked, without for whom",
    "accounts_authenticator": "read on the way in, before anybody acts; its secret is sealed",
    "accounts_identity": "which member of staff somebody of another login is; read on the way in",
    "accounts_passkey": "public halves of staff's keys; read on the way in, before anybody acts",
    "accounts_recoverycode": "keyed hashes of staff's codes; read on the way in, before anybody acts",
    "accounts_session": "read before anybody acts, by a key nobody can guess",
    "accounts_proposal": "which member of staff is to have access to which unit",
    "accounts_user": "members of staff; the door reads who signs in before anybody acts",
    "accounts_grant": "the door reads what somebody reaches before anybody acts; the walls are made of it",
    "auth_group": "unused",
    "auth_group_permissions": "unused",
    "auth_permission": "unused",
    "axes_accessattempt": "tries to sign in",
    "axes_accessattemptexpiration": "tries to sign in",
    "axes_accessfailurelog": "tries to sign in",
    "axes_accesslog": "tries to sign in",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_session": "unused: sessions lie in a table that knows whose they are",
}
