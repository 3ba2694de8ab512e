"""What has happened in this case, the newest first?

Steps, notes, contacts, meetings, letters, actions, offers, views and readings of the case and of those put together with it,
as far as the actor reads them: what belongs to a domain that is not hers is nowhere in it, nor counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.accounts.roles import Action
from fravaer.cases import notes, sharing
from fravaer.cases.domains import domains, reads
from fravaer.cases.models import (
    AgreedAction,
    AttachmentReading,
    Case,
    Contact,
    Discussion,
    Intervention,
    Letter,
    LetterState,
    Meeting,
    Shared,
    Step,
    Unit,
    View,
)
from fravaer.core.scope import Scope

# The kinds a reader can choose among.
KINDS: dict[str, str | Promise] = {
    "step": gettext_lazy("Steps"),
    "note": gettext_lazy("Notes"),
    "contact": gettext_lazy("Contacts"),
    "meeting": gettext_lazy("Meetings"),
    "letter": gettext_lazy("Letters"),
    "action": gettext_lazy("Actions"),
    "offer": gettext_lazy("Offers"),
    "view": gettext_lazy("Views and attachment"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: when, what, by whom, and in which words. `item` names what can be shared, by kind and id."""

    at: datetime
    kind: str
    title: str
    by: str = ""
    text: str = ""
    domain: str = ""
    item: tuple[str, int] | None = None
    # The letter it is about, whose page says more.
    letter: UUID | None = None
    # False where the day alone is known.
    has_clock: bool = True


def of(case: Case, scope: Scope, kind: str = "") -> list[Happening]:
    """What the actor may read of it, of one kind or of all, the newest first; nothing for who does not read the case."""
    if not reads(case, scope):
        return []
    rooms = {
        "step": _steps,
        "note": _notes,
        "contact": _contacts,
        "meeting": _meetings,
        "letter": _letters,
        "action": _actions,
        "offer": _offers,
        "view": _views,
    }
    asked = [kind] if kind in rooms else list(rooms)
    found = [one for name in asked for one in rooms[name](case, scope)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _steps(case: Case, scope: Scope) -> Iterator[Happening]:
    for step in Step.objects.filter(case__in=sharing.together(case)).select_related("by"):
        title = str(step.get_kind_display())
        if step.outcome:
            title += f": {step.get_outcome_display()}"
        elif step.detail.get("unit") in Unit.values:
            title += f": {Unit(step.detail['unit']).label}"
        yield Happening(step.at, "step", title, step.by.name, step.text)
    talks = Discussion.objects.filter(case__in=sharing.together(case)).select_related("by")
    for talk in talks:
        title = _("The discussion: %(conclusion)s") % {"conclusion": talk.get_conclusion_display()}
        yield Happening(_noon(talk.held_on), "step", title, talk.by.name, talk.text, has_clock=False)


def _notes(case: Case, scope: Scope) -> Iterator[Happening]:
    for note in notes.readable(case, scope).select_related("author"):
        title = _("Restricted note") if note.restricted else _("Note")
        yield Happening(
            *(note.at, "note", title, note.author.name, note.text),
            domain=str(note.get_domain_display()),
            item=None if note.restricted else (Shared.NOTE, note.pk),
        )


def _contacts(case: Case, scope: Scope) -> Iterator[Happening]:
    # Those of before the case are part of what was tried.
    found = Contact.objects.filter(pupil_id=case.pupil_id, domain__in=domains(scope)).select_related("by")
    for one in found:
        yield Happening(
            *(_noon(one.held_on), "contact", str(one.get_kind_display()), one.by.name, one.text),
            domain=str(one.get_domain_display()),
            has_clock=False,
        )


def _meetings(case: Case, scope: Scope) -> Iterator[Happening]:
    found = Meeting.objects.filter(
        sharing.visible(case, scope, Shared.MEETING), case__in=sharing.together(case)
    ).select_related("called_by")
    for one in found:
        title = str(one.get_kind_display())
        if one.cancelled_at:
            title = _("%(meeting)s, cancelled") % {"meeting": title}
        elif one.held_at is None:
            title = _("%(meeting)s, called") % {"meeting": title}
        yield Happening(
            *(one.starts_at, "meeting", title, one.called_by.name, one.minutes),
            domain=str(one.get_domain_display()),
            item=(Shared.MEETING, one.pk),
        )


def _letters(case: Case, scope: Scope) -> Iterator[Happening]:
    """Signing, sending and withdrawing; also of letters about the pupil that belong to no case, as the law's two are begun."""
    if not scope.may(Action.LETTER_READ):
        return
    found = Letter.objects.filter(
        Q(case__in=sharing.together(case)) | Q(case=None, pupil_id=case.pupil_id), signed_at__isnull=False
    ).select_related("signed_by", "sent_by", "withdrawn_by")
    for one in found:
        for at, by, state, text in (
            (one.signed_at, one.signed_by, LetterState.SIGNED, ""),
            (one.sent_at, one.sent_by, LetterState.SENT, ""),
            (one.withdrawn_at, one.withdrawn_by, LetterState.WITHDRAWN, one.withdrawn_because),
        ):
            if at:
                title = f"{one.get_kind_display()}: {state.label}"
                yield Happening(at, "letter", title, by.name if by else "", text, letter=one.uuid)


def _actions(case: Case, scope: Scope) -> Iterator[Happening]:
    found = AgreedAction.objects.filter(
        Q(case__in=sharing.together(case)) | Q(case=None, pupil_id=case.pupil_id), domain__in=domains(scope)
    ).select_related("agreed_by", "settled_by")
    for one in found:
        domain = str(one.get_domain_display())
        what = str(one.get_deed_display())
        agreed = _("Agreed: %(what)s") % {"what": what}
        yield Happening(one.agreed_at, "action", agreed, one.agreed_by.name, one.text, domain)
        if one.settled_at and one.settled_by:
            title = f"{what}: {one.get_kept_display()}"
            yield Happening(one.settled_at, "action", title, one.settled_by.name, one.remark, domain)


def _offers(case: Case, scope: Scope) -> Iterator[Happening]:
    found = Intervention.objects.filter(
        case__in=sharing.together(case), domain__in=domains(scope)
    ).select_related("offer", "by")
    for one in found:
        domain = str(one.get_domain_display())
        begun = _("%(offer)s began") % {"offer": one.offer.name}
        yield Happening(_noon(one.since), "offer", begun, one.by.name, one.text, domain, has_clock=False)
        if one.until:
            ended = _("%(offer)s ended") % {"offer": one.offer.name}
            yield Happening(_noon(one.until), "offer", ended, "", one.stop_text, domain, has_clock=False)


def _views(case: Case, scope: Scope) -> Iterator[Happening]:
    views = View.objects.filter(
        sharing.visible(case, scope, Shared.VIEW), case__in=sharing.together(case)
    ).select_related("author")
    for view in views:
        title = _("How %(voice)s sees it") % {"voice": str(view.get_voice_display()).lower()}
        yield Happening(
            *(view.at, "view", title, view.author.name, view.text),
            domain=str(view.get_domain_display()),
            item=(Shared.VIEW, view.pk),
        )
    readings = AttachmentReading.objects.filter(case__in=sharing.together(case)).select_related("by")
    for one in readings:
        title = f"{one.get_level_display()} ({one.get_voice_display()})"
        yield Happening(_noon(one.said_on), "view", title, one.by.name, one.text, has_clock=False)


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
