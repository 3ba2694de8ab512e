"""Which pages does this person find on the left, and on which does she begin?

On the roof, because it names pages of every app; nothing below knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from fravaer.accounts.roles import Action, Role
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.scope import NOTHING, Scope
from fravaer.schools import installation
from fravaer.sms import hindrances, ringing

# The parts of a menu that is too long to read at a glance.
TODAY, PUPILS = _("Absence today"), _("Pupils and cases")
FIGURES, MESSAGES, SETTINGS = _("Figures and follow-up"), _("SMS"), _("Settings")
ACCESS = _("Access")
# Their order decides where one begins: a chief with the quarter, not with the cases she was asked about.
ENTRIES = [
    (TODAY, pgettext_lazy("the office's board", "The morning"), "absence:board", Action.BOARD),
    (TODAY, _("Unexplained absence"), "sms:unexplained", Action.UNEXPLAINED),
    (TODAY, _("Guardians' replies"), "sms:inbox", Action.SMS_INBOX),
    (TODAY, _("To be rung"), "sms:ring", Action.SMS_RING),
    (TODAY, _("Today"), "absence:today", Action.REGISTER_READ),
    (TODAY, _("Known absence"), "absence:known", Action.KNOWN_READ),
    (TODAY, _("Substitutes"), "substitutes", Action.SUBSTITUTES),
    (PUPILS, _("Worklist"), "cases:worklist", Action.WORKLIST),
    (FIGURES, _("Quarter"), "reports:latest", Action.QUARTER_READ),
    (PUPILS, _("Concerns"), "cases:concerns", Action.CONCERN_READ),
    (PUPILS, _("Cases"), "cases:cases", Action.CASE_READ),
    (PUPILS, _("Put before you"), "cases:asked", Action.CASE_DISCUSS),
    (PUPILS, _("Warnings and referrals"), "cases:duties", Action.LETTER_DUTIES),
    (PUPILS, _("Referrals"), "cases:referrals", Action.REFERRAL_RECEIVE),
    (PUPILS, _("Classes"), "cases:classes", Action.CLASS_EFFORT_READ),
    (PUPILS, _("Emergency access"), "emergency", Action.EMERGENCY),
    (FIGURES, _("Targets"), "reports:targets", Action.TARGET_READ),
    (FIGURES, _("Initiatives"), "reports:follow-ups", Action.INITIATIVE),
    (FIGURES, _("Frozen figures"), "reports:frozen", Action.FROZEN_READ),
    (FIGURES, _("Year wheel"), "reports:wheel", Action.WHEEL_READ),
    (FIGURES, _("Completion"), "absence:completion", Action.COMPLETION_READ),
    (FIGURES, _("Delivery to the ministry"), "reports:deliveries", Action.STATUTORY_READ),
    (MESSAGES, _("Messages"), "sms:messages", Action.SMS_STATUS),
    (MESSAGES, _("SMS texts"), "sms:texts", Action.SMS_TEXT_READ),
    (MESSAGES, _("Guardians' numbers"), "sms:numbers", Action.PHONE_READ),
    (MESSAGES, _("The monthly message"), "sms:monthly", Action.SMS_EFFECT),
    (MESSAGES, _("SMS figures"), "sms:figures", Action.SMS_FIGURES),
    (MESSAGES, _("SMS operation"), "sms:health", Action.SMS_HEALTH),
    (MESSAGES, _("SMS settings"), "sms:choices", Action.SMS_CHOOSE_READ),
    (MESSAGES, _("SMS of all schools"), "sms:limits", Action.SMS_LIMITS_READ),
    (SETTINGS, pgettext_lazy("the dated rules of absence", "Rules"), "cases:rules", Action.RULES_READ),
    (SETTINGS, _("Letter texts"), "cases:letter-texts", Action.LETTER_TEXT_READ),
    (SETTINGS, _("Offers"), "cases:offers", Action.OFFERS_READ),
    (SETTINGS, _("How long data are kept"), "keeping:kinds", Action.KEEPING),
    (SETTINGS, _("Uses of emergency access"), "emergencies", Action.EMERGENCY_ANSWER),
    (SETTINGS, _("Log control"), "oversight:log", Action.LOG_CONTROL),
    (SETTINGS, _("What stands out in the log"), "oversight:hits", Action.LOG_CONTROL),
    (SETTINGS, _("Samples of the log"), "oversight:samples", Action.SAMPLE_ANSWER),
    (SETTINGS, _("Requests for insight"), "oversight:insights", Action.INSIGHT_LIST),
    (SETTINGS, _("School days"), "absence:calendar", Action.CALENDAR_READ),
    (SETTINGS, _("School settings"), "absence:arrangements", Action.ARRANGEMENT_READ),
    (SETTINGS, _("Words for reasons"), "absence:words", Action.WORDS_CHANGE),
    (ACCESS, _("Who has access"), "access", Action.ACCESS_READ),
    (ACCESS, _("Accounts with a password"), "access-links", Action.ACCESS_DECIDE),
    (ACCESS, _("Propose access"), "access-propose", Action.ACCESS_PROPOSE),
    (ACCESS, _("Lend access"), "access-lend", Action.ACCESS_LEND),
    (ACCESS, _("Review of access"), "access-review", Action.ACCESS_REVIEW_READ),
    (ACCESS, _("Kept away from pupils"), "access-blocks", Action.BLOCKS),
]
# So many entries are read at a glance; more stand in their parts, of which the one in use is open.
AT_A_GLANCE = 8
# Lists the office works through side by side: tabs of one another.
OFFICE = {"absence:board", "sms:unexplained", "sms:inbox", "sms:ring"}
# What a room above adds to a page below it: a part of its own, which the page fetches when it is there.
ADDED = {
    name: ("sms:of-class", Action.SMS_STATUS, _("See the SMS to guardians"))
    for name in ("absence:register", "absence:receipt", "absence:row", "absence:undo")
}
# From a class and from a pupil's history a teacher raises a concern, on a page of a room above.
WORRIED = {"absence:history", "absence:class"}
# From a pupil's own pages one asks why one can see her, on a page of a room above.
OF_A_PUPIL = {"absence:history", "cases:pupil"}
# Pages that lie behind an entry without beginning with its address.
BEHIND = {
    "absence:today": ("/r/", "/classes/", "/pupils/"),
    "cases:duties": ("/cases/letters/",),
    "cases:worklist": ("/cases/triage/", "/cases/unsaid/"),
    "reports:deliveries": ("/reports/unlawful/", "/reports/package/"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    url: str
    current: bool
    # How many wait there, where a tab says so; counted when the tab is drawn.
    count: Any = None


@dataclass(frozen=True, slots=True)
class Part:
    """Entries of a long menu under their common name; `current` when one of them is where one is."""

    label: str
    entries: tuple[Entry, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """An entry before it is known on which page one is; `starts` are what the addresses behind it begin with."""

    part: str
    name: str
    label: str
    url: str
    starts: tuple[str, ...]


@lru_cache(maxsize=256)
def _pages(actions: frozenset[str], _language: str, _urls: str) -> tuple[Page, ...]:
    """What those who may do this find on the left, in the language of the moment. The same for everybody in a role."""
    found = []
    for part, label, name, action in ENTRIES:
        if action in actions:
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            found.append(Page(str(part), name, str(label), url, (url, *BEHIND.get(name, ()))))
    return tuple(found)


def context(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: entries, role, day in view and the accessibility statement."""
    scope = getattr(request, "scope", NOTHING)
    day = getattr(request, "day", timezone.localdate())
    pages = _pages(scope.actions, str(get_language()), settings.ROOT_URLCONF)
    # `/cases/` begins `/cases/worklist/` as well: the longest address is the page one is on.
    here = max(
        ((len(start), page.url) for page in pages for start in page.starts if request.path.startswith(start)),
        default=(0, ""),
    )
    return {
        "navigation": _menu(pages, here[1]),
        "added": _added(request, scope),
        "concern_url": _concern(request, scope),
        "why_url": _why_url(request, scope),
        "office_tabs": [
            _tab(Entry(page.label, page.url, page.url == here[1]), scope, day)
            for page in pages
            if page.name in OFFICE
        ],
        # Asked when a page shows them.
        "hindrances": SimpleLazyObject(
            lambda: hindrances.of(scope, day) if scope.may(Action.SMS_CHOOSE_READ) else None
        ),
        "role_label": Role(scope.role).label if scope.role else "",
        "place_label": _place(scope),
        "role_choices": [(role, Role(role).label) for role in scope.roles] if len(scope.roles) > 1 else [],
        "emergency_until": scope.emergency_until,
        "is_copy": installation.is_copy(Path(settings.FRAVAER_JOURNAL)),
        "day_in_view": day,
        "day_is_today": day == timezone.localdate(),
        "was_url": settings.WAS_URL,
        "demo": settings.DEMO,
        "debug": settings.DEBUG,
    }


def _menu(pages: tuple[Page, ...], here: str) -> tuple[Entry | Part, ...]:
    """What stands on the left: a few entries one below the other, or many in their parts, in the order of their first."""
    parts: dict[str, list[Entry]] = {}
    for page in pages:
        parts.setdefault(page.part, []).append(Entry(page.label, page.url, page.url == here))
    if len(pages) <= AT_A_GLANCE:
        return tuple(Entry(page.label, page.url, page.url == here) for page in pages)
    # A part of one needs no name of its own.
    return tuple(
        Part(label, tuple(entries), any(entry.current for entry in entries))
        if len(entries) > 1
        else entries[0]
        for label, entries in parts.items()
    )


def _tab(entry: Entry, scope: Scope, day: date) -> Entry:
    """The entry as a tab; that of those to be rung says how many they are."""
    if entry.url != reverse("sms:ring"):
        return entry
    return replace(entry, count=SimpleLazyObject(lambda: ringing.to_ring(scope, day)))


def _added(request: HttpRequest, scope: Scope) -> dict[str, str] | None:
    """The part that is added to this page for this reader, with the words of the link to it."""
    match = request.resolver_match
    if match is None or match.view_name not in ADDED:
        return None
    name, action, label = ADDED[match.view_name]
    if not scope.may(action):
        return None
    return {"url": reverse(name, args=[match.kwargs["class_id"], match.kwargs["day"]]), "label": str(label)}


def _concern(request: HttpRequest, scope: Scope) -> str:
    """Where this reader raises a concern from this page; empty where she does not."""
    match = request.resolver_match
    if match is None or match.view_name not in WORRIED or not scope.may(Action.CONCERN_RAISE):
        return ""
    pupil = match.kwargs.get("pupil_uuid")
    return reverse("cases:concerns") + (f"?pupil={pupil}" if pupil else "")


def _why_url(request: HttpRequest, scope: Scope) -> str:
    """Where this reader is told why she can see the pupil of this page; empty where the page is of none."""
    match = request.resolver_match
    if match is None or match.view_name not in OF_A_PUPIL or not scope.may(Action.PUPIL_HISTORY):
        return ""
    return reverse("oversight:why", args=[match.kwargs["pupil_uuid"]])


def _place(scope: Scope) -> str:
    """Where one acts, in few words: a school, an area, a handful of them by the first, or nothing in particular."""
    if scope.municipality:
        return gettext("The whole municipality")
    if len(scope.places) <= 2:
        return ", ".join(scope.places)
    return gettext("%(place)s and %(count)d more") % {
        "place": scope.places[0],
        "count": len(scope.places) - 1,
    }


def first_page(scope: Scope) -> str | None:
    """The address of the first page the role finds on the left, or None when it has none yet."""
    for _part, _label, name, action in ENTRIES:
        if scope.may(action):
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    return None


@requires(Action.SIGNED_IN)
@require_safe
def home(request: Request) -> HttpResponse:
    """Straight to the page the role works on."""
    page = first_page(request.scope)
    return redirect(page) if page else render(request, "accounts/nothing.html")
