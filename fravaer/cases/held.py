"""What do triage and casework hold about a child? (data protection regulation article 15)

What belongs to one domain says so in its row: each side looks at its own before anything is handed out.
"""

from __future__ import annotations

from functools import partial

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fravaer.cases import models as cases
from fravaer.core.held import SOCIAL, Kept

# Somebody wrote it about the child, and others may be in it.
written = partial(Kept, looked_at=True)
of_domain = partial(Kept, looked_at=True, side_column="domain")

KEPT = (
    Kept(
        cases.Crossing, _("Lines of absence crossed"), "pupil", ("crossed_on", "family", "absent", "tenths")
    ),
    Kept(cases.Case, _("Cases"), "pupil", ("opened_at", "school", "state", "stage")),
    written(cases.Step, _("Steps of a case"), "case__pupil", ("at", "kind", "text")),
    of_domain(cases.Note, _("Notes"), "case__pupil", ("at", "text"), sealed_column="restricted"),
    written(
        cases.Discussion, _("Talks of the absence team"), "case__pupil", ("held_on", "conclusion", "text")
    ),
    of_domain(cases.Share, _("Shared with another authority"), "case__pupil", ("at", "basis", "text")),
    of_domain(cases.View, _("How somebody sees it"), "case__pupil", ("at", "voice", "text")),
    written(cases.Suspicion, _("What is supposed"), "case__pupil", ("at", "function", "text")),
    Kept(
        cases.Consent,
        _("Consents"),
        "case__pupil",
        ("given_on", "what", "to_whom", "until"),
        guardian="guardian_id",
    ),
    written(cases.Goal, _("Goals"), "case__pupil", ("at", "text", "due_on", "reached", "remark")),
    of_domain(
        cases.Meeting,
        _("Meetings"),
        "case__pupil",
        ("starts_at", "kind", "place", "participants", "agenda", "minutes"),
    ),
    of_domain(cases.AgreedAction, _("What was agreed"), "pupil", ("deed", "text", "due_on", "remark")),
    written(cases.WeekPlan, _("Week plans"), "case__pupil", ("since", "until", "text", "answer")),
    of_domain(cases.Intervention, _("Efforts"), "case__pupil", ("since", "until", "text")),
    written(
        cases.AttachmentReading,
        _("Attachment to school"),
        "case__pupil",
        ("said_on", "level", "voice", "text"),
    ),
    written(
        cases.ScaleAnswer,
        _("Answers to the five questions"),
        "case__pupil",
        ("said_on", "voice", "friends", "lessons", "adult", "contact", "wish", "text"),
    ),
    written(cases.FollowUp, _("Whether it holds"), "case__pupil", ("due_on", "holds", "text")),
    written(cases.Letter, _("Letters"), "pupil", ("drafted_at", "kind", "state", "subject", "body")),
    written(cases.Referral, _("Referrals"), "pupil", ("sent_at", "quarter_on", "decision"), side=SOCIAL),
    of_domain(cases.Document, _("Files"), "case__pupil", ("at", "name")),
    Kept(cases.SocialMeasure, _("Social measures"), "pupil", ("since", "until"), side=SOCIAL),
    written(cases.Snooze, _("Taken off the list for a while"), "pupil", ("at", "reason", "text", "until")),
    of_domain(cases.Contact, _("Contacts with the home"), "pupil", ("held_on", "kind", "text")),
    written(cases.Concern, _("Concerns"), "pupil", ("at", "text", "answer", "reply")),
)
_STAFF = "says which member of staff does what in a case that is told"
_DERIVED = "counted from absence that is told"
NOT_TOLD: dict[type[Model], str] = {
    cases.Reading: _DERIVED,
    cases.Unsaid: _DERIVED,
    cases.Activation: _STAFF,
    cases.HandOver: _STAFF,
    cases.Party: _STAFF,
    cases.Assignment: _STAFF,
    cases.CaseDraft: "what one person is typing, kept a few days for her alone",
}
