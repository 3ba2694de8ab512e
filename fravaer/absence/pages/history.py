"""The history of one pupil, day by day, and what is written beside it: certificates and objections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.absence import certificates, halfdays, history, objections, percentage
from fravaer.absence.checkpoints import Checkpoint, halves
from fravaer.absence.nearing import LEGAL_PERCENTS, unlawful_until
from fravaer.absence.pages.classes import limits_in_words
from fravaer.absence.reasons import Mark, Reason
from fravaer.absence.remarks import AnswerForm, CertificateForm, ObjectionForm
from fravaer.absence.tallies import Tally, cut_tenths
from fravaer.accounts import opening
from fravaer.accounts.fields import visible_fields
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, Quarter, next_month, school_year_of, school_year_start
from fravaer.core.templatetags.danish import half_days, percent, quarter
from fravaer.schools.models import Pupil

SCHOOL_WEEK = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One weekday of the calendar: a letter or two to see, and the same in words to hear."""

    day: date
    text: str = ""
    words: str = ""
    state: str = ""


@dataclass(slots=True)
class Month:
    """One calendar month: weeks of five days, the half-days absent, and the days of which there is something to say."""

    first: date
    weeks: list[tuple[int, list[Cell | None]]]
    halves: int
    entries: list[history.Entry]


@dataclass(frozen=True, slots=True)
class Seen:
    """The pupil's history as far as the reader may see it: of one school year, up to the day in view."""

    pupil: Pupil
    place: history.Place
    period: Period
    entries: list[history.Entry]
    elsewhere: int
    years: list[date] = field(default_factory=list)

    @property
    def url(self) -> str:
        return reverse("absence:history", args=[self.pupil.uuid])


@requires(Action.PUPIL_HISTORY)
@require_GET
def history_page(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """One school year of one pupil: the percentage, a calendar, and every day of which there is something to say."""
    return _page(request, _seen(request, pupil_uuid))


@requires(Action.CERTIFICATE)
@require_POST
def ask_certificate(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Ask for a medical certificate, if the illness has lasted more than two weeks."""
    seen = _seen(request, pupil_uuid)
    ill = history.longest_illness(seen.entries)
    form = CertificateForm(request.POST, day=request.day)
    if not form.is_valid():
        return _page(request, seen, certificate_form=form, status=422)
    if ill is None:
        messages.error(
            request,
            _("A certificate can be asked for after more than two weeks of illness. Nothing is saved."),
        )
        return _page(request, seen, status=422)
    certificates.ask(
        seen.pupil.pk, ill.since, due_on=form.cleaned_data["due_on"], scope=request.scope, now=request.now
    )
    messages.success(request, _("It is noted that a medical certificate has been asked for."))
    return _back(seen, "certificates")


@requires(Action.CERTIFICATE)
@require_POST
def settle_certificate(request: Request, pupil_uuid: UUID, certificate_uuid: UUID) -> HttpResponse:
    """The certificate has come, or is no longer asked for."""
    seen = _seen(request, pupil_uuid)
    settle = certificates.withdraw if "withdraw" in request.POST else certificates.receive
    try:
        settle(certificate_uuid, seen.pupil.pk, scope=request.scope, now=request.now)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except certificates.AlreadySettled:
        messages.info(request, _("Somebody has noted that already."))
    else:
        messages.success(request, _("It is noted."))
    return _back(seen, "certificates")


@requires(Action.OBJECTION_ENTER)
@require_http_methods(["GET", "POST"])
def objection_page(request: Request, pupil_uuid: UUID, day: date) -> HttpResponse:
    """Write down what the guardians object to about one day."""
    seen = _seen(request, pupil_uuid, day)
    entry = next((entry for entry in seen.entries if entry.day == day), None)
    if entry is None:
        raise Http404
    form = ObjectionForm(request.POST or None, initial={"key": uuid4()})
    if form.is_valid():
        objections.enter(
            seen.pupil.pk,
            day,
            key=form.cleaned_data["key"],
            source=form.cleaned_data["source"],
            text=form.cleaned_data["text"],
            scope=request.scope,
            now=request.now,
        )
        messages.success(request, _("The objection is saved and stands beside the mark."))
        return _back(seen, f"d-{day.isoformat()}", day)
    trail.saw(request.scope, "history", [seen.pupil.pk])
    return render(
        request,
        "absence/objection.html",
        {"seen": seen, "entry": entry, "form": form, "heading": _("An objection to a mark")},
        status=422 if form.is_bound else 200,
    )


@requires(Action.OBJECTION_ANSWER)
@require_http_methods(["GET", "POST"])
def answer_page(request: Request, pupil_uuid: UUID, objection_uuid: UUID) -> HttpResponse:
    """Answer what the guardians object to. The mark itself is corrected in the register."""
    pupil = _pupil(request, pupil_uuid)
    try:
        objection = objections.one(objection_uuid, pupil.pk)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    seen = _seen(request, pupil_uuid, objection.day, pupil=pupil)
    entry = next((entry for entry in seen.entries if entry.day == objection.day), None)
    if entry is None:
        raise Http404
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        try:
            objections.answer(
                objection.uuid,
                pupil.pk,
                text=form.cleaned_data["text"],
                scope=request.scope,
                now=request.now,
            )
        except objections.AlreadyAnswered:
            messages.info(request, _("Somebody has answered the objection already."))
        else:
            messages.success(request, _("The answer is saved."))
        return _back(seen, f"d-{objection.day.isoformat()}", objection.day)
    trail.saw(request.scope, "history", [pupil.pk])
    return render(
        request,
        "absence/objection.html",
        {
            "seen": seen,
            "entry": entry,
            "objection": objection,
            "form": form,
            "heading": _("Answer an objection"),
        },
        status=422 if form.is_bound else 200,
    )


def _page(
    request: Request, seen: Seen, *, certificate_form: CertificateForm | None = None, status: int = 200
) -> HttpResponse:
    tally = percentage.tally(seen.period, seen.pupil.pk)
    latest = Quarter.of(seen.period.until - timedelta(days=1))
    in_quarter = percentage.tally(latest.period.clipped(seen.period) or seen.period, seen.pupil.pk)
    ill = history.longest_illness(seen.entries)
    asked = certificates.of(seen.pupil.pk, seen.period)
    standing = [one for one in asked if one.withdrawn_at is None]
    trail.saw(request.scope, "history", [seen.pupil.pk])
    everything = "all" in request.GET
    months = list(_months(seen.entries, everything))
    return render(
        request,
        "absence/history.html",
        {
            "seen": seen,
            "pupil": seen.pupil,
            "tally": tally,
            "facts": _facts(tally, in_quarter, latest, _left(seen, in_quarter, latest, request.day)),
            "months": months,
            "remarkable": any(month.entries for month in months),
            "everything": everything,
            "year": seen.period.since.year,
            "legend": [
                ("·", Mark.HERE.label),
                ("S", Mark.ILL.label),
                ("F", Mark.LEAVE.label),
                ("U", Mark.UNLAWFUL.label),
                ("I", _("Not here, reason awaited")),
                ("K", Mark.LATE.label),
                ("P", Mark.ACTIVITY.label),
                ("?", _("Not registered")),
                ("–", _("No school")),
            ],
            "certificates": asked,
            "ill": ill if ill and all(one.since != ill.since for one in standing) else None,
            "ill_until": ill and ill.until - timedelta(days=1),
            "certificate_form": certificate_form or CertificateForm(day=request.day),
            "may_cpr": settings.KEEP_CPR
            and request.scope.may(Action.CPR)
            and (request.scope.may(Action.CPR_UNIT) or seen.pupil.pk in request.scope.pupils),
            "may_class": _may_class(request, seen.place),
            "may_certify": request.scope.may(Action.CERTIFICATE),
            "may_object": request.scope.may(Action.OBJECTION_ENTER),
            "may_answer": request.scope.may(Action.OBJECTION_ANSWER),
            "shown": visible_fields(request.scope, seen.pupil),
            "reads_notes": request.scope.may(Action.UNEXPLAINED),
            "may_register": request.scope.may(Action.REGISTER_TAKE),
            "reader_id": request.scope.actor_id,
        },
        status=status,
    )


def _pupil(request: Request, pupil_uuid: UUID) -> Pupil:
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    opening.opened(request, pupil.pk)
    return pupil


def _seen(request: Request, pupil_uuid: UUID, day: date | None = None, *, pupil: Pupil | None = None) -> Seen:
    """What the reader may see. Each school keeps its own registrations: days at another school are counted in the percentage
    and shown day by day only to whoever works with the pupil in a case. A teacher sees the present school year."""
    pupil = pupil or _pupil(request, pupil_uuid)
    places = history.places(pupil.pk)
    now = next((place for place in places if request.day in place.period), places[0] if places else None)
    if now is None:
        raise Http404
    everywhere = pupil.pk in request.scope.pupils or request.scope.municipality
    present = school_year_start(request.day)
    years = {school_year_start(place.period.since) for place in places} | {present}
    if request.scope.classes and not everywhere:
        years = {present}
    wanted = school_year_start(day) if day else _asked_year(request, present)
    year = school_year_of(wanted if wanted in years else present)
    period = percentage.spent(year, request.day)
    found = history.entries(pupil.pk, period)
    shown = [entry for entry in found if everywhere or entry.school_id == now.school_id]
    elsewhere = sum(entry.is_school_day for entry in found) - sum(entry.is_school_day for entry in shown)
    return Seen(
        pupil, now, period, shown, elsewhere, sorted((y for y in years if y <= present), reverse=True)
    )


def _may_class(request: Request, place: history.Place) -> bool:
    """Whether the reader is shown the class the pupil is in now."""
    scope = request.scope
    held = place.school_class_id in scope.classes or place.school_id in scope.schools
    return held and request.day in place.period and scope.may(Action.CLASS_READ)


def _asked_year(request: Request, present: date) -> date:
    text = request.GET.get("year", "")
    return date(int(text), 8, 1) if text.isascii() and text.isdigit() and 1900 < int(text) < 9999 else present


def _back(seen: Seen, anchor: str, day: date | None = None) -> HttpResponse:
    year = f"?year={school_year_start(day).year}" if day else ""
    response = redirect(f"{seen.url}{year}#{anchor}")
    response.status_code = 303
    return response


def _left(seen: Seen, in_quarter: Tally, latest: Quarter, day: date) -> str:
    """How far it is to the law's limits in the quarter that is running; empty of one that is over."""
    if day not in latest.period or day not in seen.place.period:
        return ""
    step = halves(seen.place.year_group, Checkpoint.START, halfdays.on(day))
    left = tuple(unlawful_until(in_quarter, percent, step=step) for percent in LEGAL_PERCENTS)
    reached, ahead = limits_in_words(left)
    return " · ".join([reached, *ahead] if reached else ahead)


def _facts(tally: Tally, in_quarter: Tally, latest: Quarter, left: str) -> list[tuple[str, str]]:
    reasons = {
        Reason.ILLNESS: tally.illness,
        Reason.LEAVE: tally.leave,
        Reason.UNLAWFUL: tally.unlawful,
        Reason.PENDING: tally.pending,
    }
    return [
        *((str(reason.label), half_days(halves)) for reason, halves in reasons.items()),
        (
            _("Unlawful in %(quarter)s") % {"quarter": quarter(latest)},
            f"{half_days(in_quarter.unlawful)} · "
            f"{percent(cut_tenths(in_quarter.unlawful, in_quarter.possible))}"
            + (f" · {left}" if left else ""),
        ),
        (
            _("Registers taken"),
            _("%(share)s of those that were due") % {"share": percent(tally.coverage_tenths)},
        ),
    ]


def _months(entries: Iterable[history.Entry], everything: bool) -> Iterator[Month]:
    """The newest first, with the weeks of each in the order of the calendar."""
    for first, of_month in groupby(entries, lambda entry: entry.day.replace(day=1)):
        days = list(of_month)
        cells = {entry.day: _cell(entry) for entry in days}
        weeks: dict[int, list[Cell | None]] = {}
        for day in Period(first, next_month(first)).days():
            if day.weekday() < SCHOOL_WEEK:
                week = weeks.setdefault(day.isocalendar().week, [None] * SCHOOL_WEEK)
                week[day.weekday()] = cells.get(day) or Cell(day)
        yield Month(
            first,
            list(weeks.items()),
            sum(entry.halves for entry in days),
            [entry for entry in days if not entry.plain or (everything and entry.is_school_day)],
        )


def _cell(entry: history.Entry) -> Cell:
    if not entry.is_school_day:
        words = entry.closed_because or _("No school")
        # Absence on a day that was closed afterwards decides nothing any more.
        return Cell(entry.day, "–", words, "closed")
    letters = [noting.letter or "?" for noting in entry.notings]
    words = " / ".join(dict.fromkeys(_said(noting) for noting in entry.notings))
    seen = ["·" if letter == "T" else letter for letter in letters]
    state = (
        "half" if entry.halves == 1 else "absent" if entry.absent else "unknown" if entry.untaken else "here"
    )
    return Cell(
        entry.day, "/".join(dict.fromkeys(seen)) if len(set(seen)) == 1 else "/".join(seen), words, state
    )


def _said(noting: history.Noting) -> str:
    return _("Not registered") if noting.mark is None else str(noting.mark.label)
