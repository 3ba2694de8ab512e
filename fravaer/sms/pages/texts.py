"""The wording of the messages: what each text says in each language, and how two people change it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Pupil, School
from fravaer.sms import providers, texts, wording
from fravaer.sms.pages import text_words
from fravaer.sms.texts import (
    FOREIGN_NAME,
    LONG_NAME,
    CannotBeSent,
    Problem,
    SecondPersonNeeded,
    Settled,
    Signed,
    Unit,
)
from fravaer.sms.wording import NEUTRAL, REPLY, TextRefused

MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose texts one works with, and how the unit stands in addresses."""

    unit: Unit
    token: str
    name: str
    # The longest name a text is signed with.
    signed: Signed

    @property
    def url(self) -> str:
        return reverse("sms:texts-of", args=[self.token])


@dataclass(frozen=True, slots=True)
class Standing:
    """What is sent of one text in one language: whose words, and how long they get. `body` is empty where Danish is sent."""

    language: str
    label: str
    url: str
    body: str
    whose: str
    version: str
    measure: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A text as a guardian would read it."""

    label: str
    body: str
    measure: str


@requires(Action.SMS_TEXT_READ)
@require_GET
def entry(request: Request) -> HttpResponse:
    """The texts of one's own school, or for those who see figures only, the municipality's."""
    if request.scope.persons:
        school = School.objects.visible_to(request.scope).order_by("sort_name", "pk").first()
        if school is None:
            raise Http404
        return _list(request, _desk(request, f"school-{school.pk}"))
    return _list(request, _desk(request, MUNICIPALITY))


@requires(Action.SMS_TEXT_READ)
@require_GET
def of_unit(request: Request, unit: str) -> HttpResponse:
    """Every text of the unit, its languages side by side."""
    return _list(request, _desk(request, unit))


@requires(Action.SMS_TEXT_READ)
@require_GET
def text(request: Request, unit: str, name: str, language: str) -> HttpResponse:
    """One text in one language: what is sent, how it looks with the school's own names, and everything proposed before."""
    return _page(request, _desk(request, unit), _named(name), _spoken(language))


@requires(Action.SMS_TEXT_PROPOSE)
@require_POST
def propose(request: Request, unit: str, name: str, language: str) -> HttpResponse:
    """Look at the words one has typed, or propose them."""
    desk, name, language = _desk(request, unit), _named(name), _spoken(language)
    typed = request.POST.get("body", "")[: texts.MOST_SIGNS + 1]
    body = wording.plain(text_words.canonical(typed))
    broken = texts.problems(desk.unit, name, body)
    if not broken and "preview" not in request.POST:
        try:
            texts.propose(desk.unit, name, language, body, request.scope, request.now)
        except CannotBeSent as error:
            broken = error.problems
        else:
            messages.success(
                request, _("The text is proposed. Another person has to agree before it is sent.")
            )
            return _back(desk, name, language)
    return _page(
        request, desk, name, language, typed=typed, broken=broken, status=422 if broken else 200, looked=True
    )


@requires(Action.SMS_TEXT_APPROVE)
@require_POST
def approve(request: Request, unit: str, version_id: int) -> HttpResponse:
    """Agree to somebody else's wording: it is sent from now on."""
    desk = _desk(request, unit)
    version = get_object_or_404(texts.history(desk.unit), pk=version_id)
    try:
        texts.approve(desk.unit, version.pk, request.scope, request.now)
    except SecondPersonNeeded:
        messages.error(request, _("You proposed the text yourself. Another person has to agree."))
    except Settled:
        messages.warning(request, _("Somebody has decided about the text meanwhile. Nothing was changed."))
    except CannotBeSent as error:
        messages.error(request, " ".join(text_words.words(problem) for problem in error.problems))
    else:
        messages.success(request, _("The text is sent from now on."))
    return _back(desk, version.name, version.language)


@requires(Action.SMS_TEXT_APPROVE)
@require_POST
def retire(request: Request, unit: str, version_id: int) -> HttpResponse:
    """Take a wording out of use, or refuse a proposal."""
    desk = _desk(request, unit)
    version = get_object_or_404(texts.history(desk.unit), pk=version_id)
    try:
        retired = texts.retire(desk.unit, version.pk, request.scope, request.now)
    except Settled:
        messages.warning(request, _("Somebody has decided about the text meanwhile. Nothing was changed."))
    else:
        if retired.approved_at:
            messages.success(request, _("The text is no longer sent. What stood before it is sent again."))
        else:
            messages.success(request, _("The proposal is refused."))
    return _back(desk, version.name, version.language)


def _list(request: Request, desk: Desk) -> HttpResponse:
    schools = School.objects.visible_to(request.scope).order_by("sort_name", "pk")
    standing = _in_force(desk)
    waiting = set(
        texts.history(desk.unit).filter(approved_at=None, retired_at=None).values_list("name", "language")
    )
    return render(
        request,
        "sms/texts.html",
        {
            "desk": desk,
            "texts": [
                (
                    text_words.TITLES[name],
                    REPLY in name and not providers.answerable(),
                    [
                        _standing(desk, standing, name, language, (name, language) in waiting)
                        for language in texts.LANGUAGES
                    ],
                )
                for name in texts.NAMES
            ],
            "tabs": [
                {
                    "label": school.name,
                    "url": reverse("sms:texts-of", args=[f"school-{school.pk}"]),
                    "current": school.pk == desk.unit.school_id,
                }
                for school in (schools if request.scope.persons else [])
            ],
        },
    )


def _page(
    request: Request,
    desk: Desk,
    name: str,
    language: str,
    *,
    typed: str | None = None,
    broken: Iterable[Problem] = (),
    status: int = 200,
    looked: bool = False,
) -> HttpResponse:
    past = list(texts.history(desk.unit).filter(name=name, language=language))
    waiting = next((one for one in past if not one.approved_at and not one.retired_at), None)
    standing = _standing(desk, _in_force(desk), name, language, waiting is not None)
    if typed is None:
        # What waits, what is sent, or where nothing is, what the file proposes.
        typed = text_words.shown(waiting.body if waiting else standing.body or wording.filed(name, language))
    names = _names(request, desk)
    problems = [text_words.words(problem) for problem in broken]
    own = waiting is not None and waiting.proposed_by_id == request.scope.actor_id
    return render(
        request,
        "sms/text.html",
        {
            "desk": desk,
            "title": text_words.TITLES[name],
            "name": name,
            "language": language,
            "language_label": text_words.LANGUAGES[language],
            "standing": standing,
            "typed": typed,
            "problems": [{"id": "id_body", "text": problem} for problem in problems],
            "fields": [
                f"{{{text_words.FIELDS[field]}}}"
                for field in sorted(texts.demands(name)[1], key=list(text_words.FIELDS).index)
            ],
            "examples": []
            if problems
            else _examples(desk, name, language, wording.plain(text_words.canonical(typed)), names),
            "looked": looked and not problems,
            "waiting": waiting,
            "waiting_body": text_words.shown(waiting.body) if waiting else "",
            "own": own,
            "may_propose": request.scope.may(Action.SMS_TEXT_PROPOSE),
            "may_approve": request.scope.may(Action.SMS_TEXT_APPROVE),
            "past": [(one, text_words.shown(one.body)) for one in past],
            "counting": _counting(desk, language, names),
            "is_reply": REPLY in name,
            "answerable": providers.answerable(),
        },
        status=status,
    )


def _in_force(desk: Desk) -> wording.Own:
    if desk.unit.school_id:
        return texts.in_force([desk.unit.school_id])[desk.unit.school_id]
    return texts.of_municipality(desk.unit.municipality_id)


def _standing(desk: Desk, own: wording.Own, name: str, language: str, waits: bool) -> Standing:
    body, version, spoken = wording.source(name, language, own)
    url = reverse("sms:text", args=[desk.token, name, language])
    label = str(text_words.LANGUAGES[language])
    if spoken != language:
        return Standing(language, label, url, "", "", "", "", waits)
    whose = _("Standard text")
    if (name, language) in own:
        whose = _("The school's own") if version.startswith("s") else _("The municipality's")
    try:
        measure = text_words.measure(texts.filled(desk.signed, body, language))
    except TextRefused:
        measure = ""
    return Standing(language, label, url, text_words.shown(body), whose, version, measure, waits)


def _examples(
    desk: Desk, name: str, language: str, body: str, names: Iterable[tuple[str, str]]
) -> list[Example]:
    """The text with the school's worst names, and the one that is sent where the name must not or cannot stand in it."""
    found: list[Example] = []
    if not body:
        return found
    if name.endswith(NEUTRAL):
        names = [(_("As it is sent"), "")]
    for label, given_name in names:
        found += _example(desk, label, body, language, given_name)
    if not name.endswith(NEUTRAL):
        neutral, _version, spoken = wording.source(name + NEUTRAL, language, _in_force(desk))
        found += _example(desk, _("Without a name, as it is sent now"), neutral, spoken, "")
    return found


def _example(desk: Desk, label: str, body: str, language: str, given_name: str) -> list[Example]:
    try:
        whole = texts.filled(desk.signed, body, language, given_name)
    except TextRefused:
        return []
    return [Example(label, whole, text_words.measure(whole))]


def _names(request: Request, desk: Desk) -> list[tuple[str, str]]:
    """The school's own longest given names, plain and with letters that make an SMS dearer; invented ones elsewhere."""
    plain, foreign = LONG_NAME, FOREIGN_NAME
    if desk.unit.school_id:
        pupils = (
            Pupil.objects.visible_to(request.scope, request.day)
            .filter(
                protected=False,
                enrolments__school_class__school=desk.unit.school_id,
                enrolments__starts_on__lte=request.day,
                enrolments__until__gt=request.day,
            )
            .values_list("pk", "given_name", "family_name")
        )
        worst: dict[str, tuple[int, str]] = {}
        for pk, given_name, family_name in pupils:
            if wording.nameable(given_name, family_name):
                encoding, _count = wording.segments(wording.plain(given_name))
                best = worst.get(encoding)
                if best is None or len(given_name) > len(best[1]):
                    worst[encoding] = (pk, given_name)
        trail.saw(
            request.scope, "sms.text", [pk for pk, _name in worst.values()], subject_id=desk.unit.school_id
        )
        plain = worst["gsm7"][1] if "gsm7" in worst else plain
        foreign = worst["ucs2"][1] if "ucs2" in worst else foreign
        return [
            (_("The school's longest name"), plain),
            (_("The school's longest name with other letters"), foreign)
            if "ucs2" in worst
            else (_("A name with other letters"), foreign),
        ]
    return [(_("A long name"), plain), (_("A name with other letters"), foreign)]


def _counting(desk: Desk, language: str, names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What the page's own count needs: the alphabet, what is exchanged, and what the fields are filled with."""
    others = {
        "school": desk.signed.school,
        "phone": wording.danish(desk.signed.phone) or texts.PHONE,
        "time": texts.TIME,
        "days": wording.days(texts.HALF_DAYS, language),
    }
    return {
        "gsm7": "".join(sorted(wording.GSM7)),
        "extension": "".join(sorted(wording.GSM7_EXTENSION)),
        "plain": json.dumps({chr(sign): instead for sign, instead in wording.PLAIN.items()}),
        "samples": json.dumps(
            [
                {
                    str(text_words.FIELDS[field]): value
                    for field, value in (others | {"given_name": given_name}).items()
                }
                for _label, given_name in names
            ]
        ),
    }


def _named(name: str) -> str:
    if name not in texts.NAMES:
        raise Http404
    return name


def _spoken(language: str) -> str:
    if language not in texts.LANGUAGES:
        raise Http404
    return language


def _desk(request: Request, token: str) -> Desk:
    """The unit named in the address: a school for those of a school, the municipality for those who see figures only."""
    kind, _dash, number = token.partition("-")
    municipality = texts.municipality()
    if kind == MUNICIPALITY and not number and municipality:
        if request.scope.persons:
            raise PermissionDenied
        unit = Unit(municipality.pk)
        return Desk(unit, token, municipality.name, texts.longest_school(unit))
    if kind != "school" or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    if not request.scope.persons:
        raise PermissionDenied
    school = get_object_or_404(
        School.objects.visible_to(request.scope).select_related("area"), pk=int(number)
    )
    unit = Unit(school.area.municipality_id, school.pk)
    return Desk(unit, token, school.name, texts.longest_school(unit))


def _back(desk: Desk, name: str, language: str) -> HttpResponse:
    response = redirect("sms:text", desk.token, name, language)
    response.status_code = 303
    return response
