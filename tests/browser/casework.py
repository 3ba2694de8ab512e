"""Who appears in the journey of a case, and what do they do again and again in it?

Aksel of Birkeskolen's 7.B has been away for three and a half of forty school days on the evening before the default day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.cases import measures, offers, rulebook
from fravaer.cases.measures import Measure
from fravaer.cases.models import Case
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import save
from tests.browser import looks
from tests.browser.conftest import DESK, Visit
from tests.cases.attendance import attended, school_days
from tests.cast import Cast, signed_in

BEFORE = date(2026, 3, 9)
HISTORY, AWAY = 40, 7
# What a teacher must not read anywhere, however it is put.
CASEWORK = re.compile(
    r"\bsag\b|\bsagen|\bsager\b|fraværsteam|foranst|socialrådg|psykolog|PPR|Back2School|Familiehus",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Journey:
    """The people of the journey; `opened` is how each of them comes to a page, in a browser of her own."""

    cast: Cast
    clock: time_machine.Traveller
    visit: Visit
    aksel: Pupil
    inclusion: User
    chief: User
    psychologist: User
    social_leader: User
    windows: dict[User, Page] = field(default_factory=dict)
    # Who has signed in today.
    here: set[User] = field(default_factory=set)

    def on(self, day: date) -> None:
        """Let it be eight in the morning of the day. Sessions of days before are over."""
        self.clock.move_to(factories.moment(day, 8))
        self.here.clear()

    def registers(self, days: Sequence[date], letter: str) -> None:
        """Let Mette take both registers of each day in class, Aksel marked with the letter and the others there."""
        for day in days:
            self.on(day)
            teacher = signed_in(self.cast.mette)
            marks = dict.fromkeys(self.cast.pupils, "T") | {self.aksel: letter}
            for checkpoint in Checkpoint:
                taken = save(teacher, self.cast.class_7b, day, marks, checkpoint=checkpoint)
                assert taken.status_code == 303

    def night_after(self, day: date) -> None:
        """Count everybody up to and including the day; the next school day begins."""
        call_command("triage", "--on", day.isoformat())
        self.on(next(one for one in school_days(date(2026, 6, 26), since=day) if one > day))

    def opened(self, user: User, name: str = "case", width: int = DESK) -> Page:
        """The user's window with a page of Aksel's case, or with another by its name."""
        args = [Case.objects.get(pupil=self.aksel).uuid] if name in PAGES else []
        address = reverse(f"cases:{name}", args=args)
        page = self.windows.get(user)
        if page is None:
            page = self.windows[user] = self.visit(address, width, user=user)
        else:
            if user not in self.here:
                session, home = signed_in(user).cookies["sessionid"].value, page.evaluate("origin")
                page.context.add_cookies([{"name": "sessionid", "value": session, "url": home}])
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
        self.here.add(user)
        return page

    def read(self, user: User, name: str) -> str:
        """What the user is sent as a page of Aksel's case, whole."""
        case = Case.objects.get(pupil=self.aksel)
        answer = signed_in(user).get(reverse(f"cases:{name}", args=[case.uuid]))
        assert answer.status_code == 200, (user, name)
        return answer.content.decode()

    def answer(self, user: User, name: str) -> int:
        """The status with which a page of the case is refused or given."""
        case = Case.objects.get(pupil=self.aksel)
        return signed_in(user).get(reverse(f"cases:{name}", args=[case.uuid])).status_code

    def let_the_teacher_learn_nothing(self) -> None:
        """Every page about Aksel that Mette can open, without a word about what is done for him, and none of his case."""
        teacher = signed_in(self.cast.mette)
        addresses = [
            reverse("absence:today"),
            reverse("absence:class", args=[self.cast.class_7b.pk]),
            reverse("absence:history", args=[self.aksel.uuid]),
            reverse("cases:concerns"),
            reverse("sms:messages"),
        ]
        for address in addresses:
            assert CASEWORK.search(content(teacher, address)) is None, address
        assert "Aksel" in content(teacher, addresses[2])
        case = Case.objects.filter(pupil=self.aksel).first()
        for name in PAGES if case else ():
            assert teacher.get(reverse(f"cases:{name}", args=[case.uuid])).status_code == 403, name  # type: ignore[union-attr]
        assert teacher.get(reverse("cases:worklist")).status_code == 403

    def let_the_area_manager_see_no_child(self) -> None:
        manager = signed_in(self.cast.area_manager)
        for address in (reverse("reports:latest"), reverse("cases:rules")):
            assert "Aksel" not in content(manager, address), address
        assert manager.get(reverse("cases:worklist")).status_code == 403
        assert self.answer(self.cast.area_manager, "case") == 403


# The pages of a case.
PAGES = ("case", "timeline", "plan", "meetings", "evaluation", "people", "papers", "log", "team", "hand-over")


def assembled(cast: Cast, clock: time_machine.Traveller, visit: Visit) -> Journey:
    """The municipality on the evening before the default day, with those who do casework in it."""
    rulebook.ship_defaults()
    offers.ship()
    aksel = cast.pupils[0]
    attended(cast.class_7b, school_days(BEFORE)[-HISTORY:], {aksel: AWAY}, last=True)
    measures.load([Measure(aksel.pk, date(2025, 9, 1))])

    def member(name: str, role: Role, over: object) -> User:
        user = factories.user(name)
        factories.grant(user, role, over)  # type: ignore[arg-type]
        return user

    return Journey(
        cast=cast,
        clock=clock,
        visit=visit,
        aksel=aksel,
        inclusion=member("Inger Lund", Role.INCLUSION, cast.school),
        chief=member("Karen Holm", Role.CHIEF, None),
        # Works with a child of the other school already.
        psychologist=member("Pia Storm", Role.PSYCHOLOGIST, cast.others[0]),
        social_leader=member("Signe Dahl", Role.SOCIAL_LEADER, cast.school),
    )


def content(client: Client, address: str) -> str:
    """What a reader has in front of her: the page without its frame."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    found = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert found, address
    return re.sub(r"<[^>]+>|href=\"[^\"]*\"", " ", found[0])


def looked_at(page: Page, *widths: int) -> Page:
    """The page, found accessible and no wider than its window."""
    assert looks.misfits(page, *(widths or (DESK,))) == [], page.url
    return page


def said(page: Page, text: str) -> Page:
    """The page, on which it says so."""
    expect(page.get_by_text(text).first).to_be_visible()
    return page


def silent(page: Page, *texts: str) -> Page:
    """The page, which has none of this anywhere, not even where it is folded away."""
    whole = page.content()
    for text in texts:
        assert text not in whole, text
    return page


def unfolded(page: Page, summary: str) -> Page:
    """The page with one of its folded forms open."""
    page.locator("summary", has_text=summary).first.click()
    return page
