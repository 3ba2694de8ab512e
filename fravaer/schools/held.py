"""What do the school's own data hold about a child? (data protection regulation article 15)"""

from __future__ import annotations

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fravaer.core.held import Kept
from fravaer.schools.models import CprNumber, Enrolment, Guardianship, Phone, Pupil

KEPT = (
    Kept(Pupil, _("The pupil"), "pk", ("given_name", "family_name", "birth_on", "protected")),
    Kept(Enrolment, _("Enrolments"), "pupil", ("school_class", "starts_on", "until")),
    Kept(
        Guardianship,
        _("Guardians"),
        "pupil",
        ("guardian", "relation", "custody", "sms_allowed"),
        guardian="guardian_id",
    ),
    Kept(
        Phone,
        _("Guardians' telephones"),
        "guardian__guardianships__pupil",
        ("guardian", "e164"),
        guardian="guardian_id",
    ),
)
# Tables that lead to a child and are not told row by row, each with its reason.
NOT_TOLD: dict[type[Model], str] = {
    CprNumber: "the number she is known by elsewhere: that it is held is told, the number the office shows"
}
