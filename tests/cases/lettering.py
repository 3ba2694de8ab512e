"""What do tests of letters need to exist? Drafts, signed letters and referrals without the weeks of absence behind them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.cases import composing, lettertexts
from fravaer.cases.models import Case, Document, Letter, LetterKind, LetterState, LetterText, Referral
from fravaer.core.periods import Quarter
from fravaer.schools.models import Pupil, School
from tests import factories
from tests.cast import DAY, MORNING

BODY = "Kære forældre. I {kvartal} har {fornavn} været væk:\n\n{liste}\n\nHilsen {afsender}"
EVIDENCE: dict[str, Any] = {
    "quarter": "2026K1",
    "counted_on": "2026-03-10",
    "unlawful": 8,
    "possible": 80,
    "due": 80,
    "limit": 10,
    "days": [{"day": "2026-03-02", "halves": 2, "class": "7.B"}],
}


def draft_of(pupil: Pupil, school: School, kind: LetterKind = LetterKind.WARNING) -> Letter:
    """The pupil's living letter of the kind, a draft if there is none."""
    standing = Letter.objects.filter(pupil=pupil, kind=kind).exclude(state=LetterState.WITHDRAWN).first()
    if standing:
        return standing
    words = lettertexts.own(kind, "da")
    return Letter.objects.create(
        key=uuid4(),
        pupil=pupil,
        school=school,
        kind=kind,
        language="da",
        quarter_on=Quarter.of(DAY).since,
        evidence=EVIDENCE,
        subject=words.subject,
        body=words.body,
        drafted_at=MORNING,
    )


def signed_of(pupil: Pupil, school: School, kind: LetterKind = LetterKind.WARNING) -> Letter:
    """The pupil's letter, signed off by somebody."""
    letter = draft_of(pupil, school, kind)
    if letter.state == LetterState.DRAFT:
        letter.signed_by = factories.user("Under Skriver")
        letter.signed_at, letter.state = MORNING, LetterState.SIGNED
        letter.evidence_hash = composing.seal(letter)
        letter.save()
    return letter


def referral_of(pupil: Pupil, school: School) -> Referral:
    """A referral about the pupil that nobody has received yet."""
    standing = Referral.objects.filter(pupil=pupil).first()
    if standing:
        return standing
    letter = signed_of(pupil, school, LetterKind.REFERRAL)
    assert letter.signed_by
    assert letter.quarter_on
    return Referral.objects.create(
        pupil=pupil,
        school=school,
        letter=letter,
        quarter_on=letter.quarter_on,
        sent_by=letter.signed_by,
        sent_at=MORNING,
    )


def proposed_text(by: User) -> LetterText:
    """A wording somebody has proposed and nobody decided about."""
    standing = LetterText.objects.filter(decided_at=None).first()
    words = lettertexts.own(LetterKind.WARNING, "da")
    return standing or lettertexts.propose(
        LetterKind.WARNING,
        "da",
        words.subject,
        words.body,
        scope_of(by.pk, MORNING),
        MORNING,
        key=uuid4(),
    )


def lost_file(case_uuid: UUID) -> Document:
    """The row of a file of the school's in the case, whose file is not there."""
    case = Case.objects.get(uuid=case_uuid)
    standing = Document.objects.filter(case=case).first()
    return standing or Document.objects.create(
        key=uuid4(),
        case=case,
        name="referat.pdf",
        kind="application/pdf",
        size=1,
        sha256="0" * 64,
        domain="school",
        by=factories.user("Lagde Filen"),
        at=MORNING,
    )
