"""What does the database refuse of rules' findings, casework and letters?

Whether a case is reached depends on the role: who may in all her unit, and who takes part. What is inside belongs to a domain as
well: social services' rows are none of the school's, whoever reaches the case (forvaltningsloven §§ 28, 32).
"""

from __future__ import annotations

from fravaer.cases.domains import DOMAINS
from fravaer.core.walls import Wall
from fravaer.schools.walls import may, of_class, reached

_OPENED = "(SELECT app_opened())::int[]"


def _hers(action: str, pupil: str = "pupil_id") -> str:
    """As one who takes part, or because she may in all her unit."""
    return (
        f"(({may(action)} AND {pupil} = ANY ({_OPENED})) OR ({may(action + '.unit')} AND {reached(pupil)}))"
    )


# Who may open one sees that there is one already, and with it no more than that.
_CASE = f"({_hers('case.read')} OR ({may('case.open')} AND {reached('pupil_id')}))"
_OWN_DOMAIN = "domain = ANY ((SELECT app_domains())::text[])"


def _of_case(table: str) -> str:
    """Of a case she takes part in, or reads in all her unit."""
    return f"EXISTS (SELECT 1 FROM cases_case seen WHERE seen.id = {table}.case_id AND {_hers('case.read', 'seen.pupil_id')})"


def _inside(table: str) -> str:
    """Of a case she takes part in, or whose inside she reads in all her unit."""
    return (
        f"EXISTS (SELECT 1 FROM cases_case seen WHERE seen.id = {table}.case_id "
        f"AND (seen.pupil_id = ANY ({_OPENED}) OR {may('case.note.unit')}))"
    )


def _shared(table: str, kind: str) -> str:
    """Of a domain of hers, or shown to one of them item by item."""
    return (
        f"({_OWN_DOMAIN} OR EXISTS (SELECT 1 FROM cases_share shown WHERE shown.kind = '{kind}' "
        f"AND shown.item_id = {table}.id AND shown.domain = ANY ((SELECT app_domains())::text[])))"
    )


_LINES = f"(({may('worklist')} OR {may('case.read')} OR {may('letter.read')}) AND {reached('pupil_id')})"
_CLASSES = (
    f"({may('class.effort.read')} AND ({of_class('school_class_id')} OR school_class_id IN "
    "(SELECT school_class_id FROM schools_enrolment WHERE pupil_id = ANY ((SELECT app_opened())::int[]))))"
)
_OWN = "user_id = (SELECT app_actor())"
_MEASURE = f"(({may('measure.know')} AND pupil_id = ANY ({_OPENED})) OR ({may('measure.know.unit')} AND {reached('pupil_id')}))"

FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION app_domains() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER "
    "SET search_path = pg_catalog, public AS $$ SELECT CASE app_role() "
    + " ".join(
        f"WHEN '{role}' THEN ARRAY[{', '.join(repr(str(domain)) for domain in domains)}]"
        for role, domains in DOMAINS.items()
    )
    + " ELSE '{}'::text[] END $$;"
)

WALLS = {
    "cases_crossing": Wall(_LINES),
    "cases_reading": Wall(
        "EXISTS (SELECT 1 FROM cases_crossing seen WHERE seen.id = cases_reading.crossing_id)"
    ),
    "cases_unsaid": Wall(_LINES),
    "cases_case": Wall(_CASE),
    "cases_step": Wall(_of_case("cases_step")),
    "cases_note": Wall(f"{_inside('cases_note')} AND {_shared('cases_note', 'note')}"),
    "cases_discussion": Wall(_of_case("cases_discussion")),
    "cases_activation": Wall(
        "EXISTS (SELECT 1 FROM cases_discussion held WHERE held.id = cases_activation.discussion_id)"
    ),
    "cases_handover": Wall(_of_case("cases_handover")),
    "cases_party": Wall(_of_case("cases_party")),
    "cases_share": Wall(_of_case("cases_share")),
    "cases_casedraft": Wall(_OWN),
    "cases_view": Wall(f"{_inside('cases_view')} AND {_shared('cases_view', 'view')}"),
    "cases_suspicion": Wall(_inside("cases_suspicion")),
    "cases_consent": Wall(_inside("cases_consent")),
    "cases_goal": Wall(_inside("cases_goal")),
    "cases_meeting": Wall(f"{_inside('cases_meeting')} AND {_shared('cases_meeting', 'meeting')}"),
    "cases_agreedaction": Wall(f"{reached('pupil_id')} AND {_OWN_DOMAIN}"),
    "cases_weekplan": Wall(_inside("cases_weekplan")),
    "cases_intervention": Wall(f"{_of_case('cases_intervention')} AND {_OWN_DOMAIN}"),
    "cases_attachmentreading": Wall(_inside("cases_attachmentreading")),
    "cases_scaleanswer": Wall(_inside("cases_scaleanswer")),
    "cases_followup": Wall(_of_case("cases_followup")),
    "cases_document": Wall(f"{_inside('cases_document')} AND {_shared('cases_document', 'document')}"),
    # Who hears and decides for the municipality reads what she was sent.
    "cases_letter": Wall(
        f"{_hers('letter.read')} OR ({may('referral.receive')} AND {reached('pupil_id')} "
        "AND EXISTS (SELECT 1 FROM cases_referral sent WHERE sent.letter_id = cases_letter.id))"
    ),
    "cases_referral": Wall(f"({may('referral.receive')} OR {may('letter.read')}) AND {reached('pupil_id')}"),
    "cases_socialmeasure": Wall(_MEASURE),
    "cases_assignment": Wall(_LINES),
    "cases_snooze": Wall(
        f"(pupil_id IS NOT NULL AND {_LINES}) OR (cluster_id IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM cases_cluster seen WHERE seen.id = cases_snooze.cluster_id))"
    ),
    "cases_contact": Wall(f"{reached('pupil_id')} AND {_OWN_DOMAIN}"),
    "cases_concern": Wall(f"{may('concern.read')} AND {reached('pupil_id')}"),
    "cases_cluster": Wall(_CLASSES),
    "cases_classeffort": Wall(_CLASSES),
    "cases_effortentry": Wall(
        "EXISTS (SELECT 1 FROM cases_classeffort seen WHERE seen.id = cases_effortentry.effort_id)"
    ),
    "cases_digest": Wall(_OWN),
}

WITHOUT = {
    "cases_rule": "the municipality's rules",
    "cases_ruleproposal": "proposals about rules, with counts",
    "cases_run": "when everybody was counted",
    "cases_recount": "who asked that everybody be counted, and when",
    "cases_offer": "what children can be offered",
    "cases_lettertext": "texts of letters, before anybody's name is in them",
    "cases_savedfilter": "what members of staff keep of their lists: units, lines and roles",
}
