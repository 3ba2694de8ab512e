"""In which classes are several pupils away, together, or more than before, and what is done with the class?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from fravaer.absence import together
from fravaer.absence.percentage import Tally
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import clusters
from fravaer.cases.clusters import Evidence
from fravaer.cases.models import ClassEffort, Cluster, EffortEntry
from fravaer.core.periods import Period
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in

BEFORE = date(2026, 3, 9)


@pytest.fixture
def inclusion(cast: Cast) -> User:
    user = factories.user("Inger Lund")
    factories.grant(user, Role.INCLUSION, cast.school)
    return user


@pytest.fixture
def members(cast: Cast) -> list[Pupil]:
    """Fifteen more in 7.B: twenty in all."""
    return [*cast.pupils, *factories.pupils([f"Barn Nr{n:02d}" for n in range(15)], in_class=cast.class_7b)]


def away(cast: Cast, days: Sequence[date], by_pupil: Mapping[Pupil, Sequence[date]]) -> None:
    """The class's registers of all the days, and these pupils away on whole days of them."""
    attended(cast.class_7b, days, {})
    for pupil, of_pupil in by_pupil.items():
        for day in of_pupil:
            attended(cast.class_7b, [day], {pupil: 2})


def the_cluster() -> Cluster:
    return Cluster.objects.get(ended_on=None)


def test_a_class_is_found_when_it_stands_out_from_the_municipality_and_not_for_being_like_all_others() -> (
    None
):
    def of_twenty(over: int, **figures: Any) -> Evidence:
        return Evidence(pupils=20, over=over, others=4_000, others_over=720, **figures)

    # Eighteen in a hundred are over the line everywhere: four or seven of twenty are no news, eight are.
    assert [over for over in range(3, 12) if of_twenty(over).reasons()] == [8, 9, 10, 11]
    assert [over for over in range(3, 12) if of_twenty(over).still()] == [6, 7, 8, 9, 10, 11]
    assert Evidence(pupils=20, over=3, others=100, others_over=18).reasons() == ["several"]
    # Six points more than before is the class's own only as far as absence did not rise everywhere.
    rise = {"recent": Tally(1000, 1000, 140), "earlier": Tally(1000, 1000, 80), "has_past": True}
    assert of_twenty(0, **rise).reasons() == ["rising"]
    assert of_twenty(0, **rise, rise_everywhere=Fraction(2)).reasons() == []
    assert of_twenty(0, **rise, rise_everywhere=Fraction(-3)).reasons() == ["rising"]


def test_three_over_ten_percent_are_a_pattern_until_it_is_clearly_over(
    cast: Cast, members: list[Pupil]
) -> None:
    days = school_days(BEFORE)[:35]
    early = dict(zip(members[:3], (6, 6, 6), strict=True))
    attended(cast.class_7b, days[:20], early)
    # Three of twenty are fifteen percent.
    assert clusters.find(days[19]) == clusters.Found(1, 0)
    found = the_cluster()
    assert (found.why, found.school, found.found_on) == (["several"], cast.school, days[19])
    assert (found.evidence["over"], found.evidence["pupils"]) == (3, 20)
    assert clusters.find(days[19]) == clusters.Found(0, 0)
    # One has come down: two are left of twenty, ten percent, and the class stands.
    attended(cast.class_7b, days[20:35], {members[0]: 6, members[1]: 6})
    assert clusters.find(days[34]) == clusters.Found(0, 0)
    assert (the_cluster().latest["over"], the_cluster().evidence["over"]) == (2, 3)
    # Of the last four weeks nobody registered anything: whatever the rest says, nobody knows, and the class stands.
    later = school_days(DAY)[35:115]
    attended(cast.class_7b, later[:-20], {})
    assert clusters.find(later[-1]) == clusters.Found(0, 0)
    assert the_cluster().latest["over"] == 0
    attended(cast.class_7b, later[-20:], {})
    assert clusters.find(later[-1]) == clusters.Found(0, 1)
    assert Cluster.objects.get().ended_on == later[-1]


def test_two_away_on_the_same_days_again_and_again_are_a_pattern_and_one_influenza_is_not(
    cast: Cast, members: list[Pupil]
) -> None:
    days = school_days(BEFORE)[:120]
    aksel, freja, noah, zoe = members[:4]
    shared = [days[n] for n in (65, 66, 75, 85, 95, 105)]
    # Noah and Zoë had the same six days in a row; six of the class were away together in one week.
    row = days[110:116]
    away(cast, days, {aksel: shared, freja: shared, noah: row, zoe: row})
    crowd = days[90]
    for pupil in members[:6]:
        attended(cast.class_7b, [crowd], {pupil: 2})
    clusters.find(days[-1])
    found = the_cluster()
    assert found.why == ["together"]
    assert (found.evidence["pairs"], found.evidence["trios"], found.evidence["together"]) == (1, 0, 6)
    period = Period(days[60], days[-1] + timedelta(days=1))
    pairs = {pair.pupils: pair for pair in together.pairs(period, least=5)}
    two = pairs[aksel.pk, freja.pk]
    # The day on which more than a quarter was away is nobody's: 59 are known.
    assert (two.together, two.occasions, two.away, two.known) == (6, 5, (6, 6), 59)
    assert pairs[noah.pk, zoe.pk].occasions == 1


def test_a_class_that_is_away_more_than_its_own_year_is_a_pattern(cast: Cast, members: list[Pupil]) -> None:
    days = school_days(BEFORE)[:70]
    attended(cast.class_7b, days[:50], dict.fromkeys(members, 4))
    # 4 of 100 half-days before, and 6 of 40 since; the days spread over the weeks.
    for n, pupil in enumerate(members):
        attended(cast.class_7b, days[50 + n : 51 + n], {pupil: 2})
        other = days[50 + (n + 7) % 20]
        attended(cast.class_7b, [other], {pupil: 2, members[n - 7]: 2})
    clusters.find(days[-1])
    assert the_cluster().why == ["rising"]
    assert (the_cluster().evidence["earlier"], the_cluster().evidence["recent"]) == (40, 150)


def test_figures_are_for_all_who_may_open_it_and_names_for_those_who_see_the_pupils(
    cast: Cast, members: list[Pupil], inclusion: User
) -> None:
    days = school_days(BEFORE)
    [gone] = factories.pupils(["Nana Flyttet"], in_class=cast.class_7b)
    attended(cast.class_7b, days, dict.fromkeys([*members[:4], gone], 40))
    # She goes to another class of the school now.
    until = Enrolment.objects.get(pupil=gone).until
    Enrolment.objects.filter(pupil=gone).update(until=BEFORE)
    Enrolment.objects.create(pupil=gone, school_class=cast.class_2a, starts_on=BEFORE, until=until)
    clusters.find(BEFORE)
    url = reverse("cases:cluster", args=[the_cluster().uuid])
    listed = signed_in(inclusion).get(reverse("cases:classes")).content.decode()
    assert "4 af 20 elever har 10 % fravær eller mere" in listed.replace("\N{NO-BREAK SPACE}", " ")
    assert "Aksel" not in listed
    named = signed_in(inclusion).get(url).content.decode()
    assert "Aksel Bro" in named
    assert "Nana" not in named
    assert Event.objects.filter(subject="class-pattern", actor_id=inclusion.pk).count() == 1
    psychologist = factories.user("Pia Psykolog")
    factories.grant(psychologist, Role.PSYCHOLOGIST, cast.school)
    seen = signed_in(psychologist).get(url).content.decode()
    assert "Elever i klassen" in seen
    assert "Aksel" not in seen
    assert signed_in(cast.stranger).get(url).status_code == 404
    assert signed_in(cast.mette).get(url).status_code == 403
    assert signed_in(cast.mette).get(reverse("cases:classes")).status_code == 403


def begin(user: User, cast: Cast, **changed: Any) -> Any:
    data = {
        "key": uuid4(),
        "question": "Hvad sker der i frikvartererne?",
        "observed_from": "2026-02-16",
        "observed_to": "2026-02-20",
        "review_on": "2026-03-16",
    }
    return signed_in(user).post(reverse("cases:effort-begin", args=[cast.class_7b.pk]), data | changed)


def test_the_work_with_a_class_is_begun_written_and_closed_with_the_curve_beside_it(
    cast: Cast, inclusion: User
) -> None:
    days = school_days(DAY)
    watched = [day for day in days if day >= date(2026, 2, 23)]
    earlier = [day for day in days if day < date(2026, 2, 23)][-len(watched) :]
    attended(cast.class_7b, earlier, {cast.pupils[0]: len(earlier) * 2})
    attended(cast.class_7b, watched, {})
    assert begin(inclusion, cast, question="").status_code == 422
    assert begin(inclusion, cast, observed_to="2026-02-01").status_code == 422
    assert begin(inclusion, cast, key="x").status_code == 400
    key = uuid4()
    first = begin(inclusion, cast, key=key, observed_from="2026-02-23", observed_to="2026-02-27")
    assert first.status_code == 302
    assert begin(inclusion, cast, key=key).headers["Location"] == first.headers["Location"]
    # Another begins at the same time: her text comes back.
    refused = begin(cast.leader, cast, question="Min egen tekst")
    assert refused.status_code == 409
    assert "Min egen tekst" in refused.content.decode()
    effort = ClassEffort.objects.get()
    assert effort.responsible == inclusion
    written = {"key": uuid4(), "kind": "observation", "day": "2026-03-09", "text": "Uro efter frikvarteret."}
    url = reverse("cases:effort-entry", args=[effort.uuid])
    for _ in range(2):
        assert signed_in(inclusion).post(url, written).status_code == 302
    assert EffortEntry.objects.count() == 1
    page = signed_in(inclusion).get(first.headers["Location"]).content.decode().replace("\xa0", " ")
    assert "Nævn ingen elever" in page
    assert "Uro efter frikvarteret." in page
    # One of five away all the time before, and nobody since.
    assert "20,0 %" in page
    assert "−20,0 procentpoint" in page
    assert "Aksel" not in page
    end = reverse("cases:effort-end", args=[effort.uuid])
    closing = {"outcome": "Roligere klasse.", "follow_up_on": "2026-04-20"}
    assert signed_in(cast.social_worker).post(end, closing).status_code == 403
    assert signed_in(cast.leader).post(end, closing).status_code == 302
    late = signed_in(inclusion).post(url, written | {"key": uuid4(), "text": "For sent."})
    assert late.status_code == 409
    assert "For sent." in late.content.decode()
    effort.refresh_from_db()
    assert (effort.state, effort.follow_up_on) == ("closed", date(2026, 4, 20))
    assert begin(inclusion, cast).status_code == 302
    assert effort.opened_at >= MORNING
