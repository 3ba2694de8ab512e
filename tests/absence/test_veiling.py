"""What does somebody who may not know why a child is away meet in the register?"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from django.urls import reverse

from fravaer.absence import register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.foretold import report
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.knowing import one_day
from tests.cast import DAY, MORNING, Cast, signed_in

REASONS = ("Syg", "Fri", "Ulovligt")


def substitute(cast: Cast) -> User:
    user = factories.user("Vera Vikar")
    factories.grant(user, Role.SUBSTITUTE, cast.class_7b)
    return user


def register_of(cast: Cast) -> str:
    return reverse("absence:register", args=[cast.class_7b.pk, DAY, Checkpoint.START])


def posted(cast: Cast, letters: Mapping[int, str], version: int) -> dict[str, str]:
    chosen = {f"m-{pupil.uuid}": letters.get(pupil.pk, "T") for pupil in cast.pupils}
    return {"version": str(version), "key": str(uuid4()), **chosen}


def taken(cast: Cast, marks: Mapping[int, Mark]) -> None:
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks={pupil.pk: marks.get(pupil.pk, Mark.HERE) for pupil in cast.pupils},
        seen_version=0,
        key=uuid4(),
        user_id=cast.mette.pk,
        now=MORNING,
    )


def marked(cast: Cast, pupil: Pupil) -> Mark:
    return standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[pupil.pk]


def chosen(page: str, pupil: Pupil) -> str:
    """The letter that is chosen of the pupil on the page."""
    parts = page.split(f'name="m-{pupil.uuid}"')[1:]
    return next(part.split('value="')[1][0] for part in parts if " checked" in part.partition("/>")[0])


def test_a_substitute_is_told_who_is_away_and_of_nobody_why(cast: Cast) -> None:
    aksel, freja, noah, *_ = cast.pupils
    report(
        uuid=uuid4(),
        pupil_id=aksel.pk,
        period=one_day(DAY),
        source=Source.GUARDIAN_PHONE,
        scope=Scope(),
        now=MORNING,
    )
    client = signed_in(substitute(cast))
    page = client.get(register_of(cast)).content.decode()
    assert chosen(page, aksel) == "I"
    [said] = [part.partition("<")[0] for part in page.split('class="pupil-known">')[1:]]
    assert said.startswith("Ikke her")
    assert not any(word in said for word in REASONS)
    assert chosen(signed_in(cast.mette).get(register_of(cast)).content.decode(), aksel) == "S"

    assert client.post(register_of(cast), posted(cast, {aksel.pk: "I", freja.pk: "I"}, 0)).status_code == 303
    assert marked(cast, aksel) is Mark.ILL, "what was known beforehand is why"
    assert marked(cast, freja) is Mark.ABSENT
    assert marked(cast, noah) is Mark.HERE


def test_what_she_saves_again_keeps_the_reason_it_had(cast: Cast) -> None:
    aksel, freja, noah, zoe, _ = cast.pupils
    taken(cast, {aksel.pk: Mark.ILL, freja.pk: Mark.LEAVE})
    client = signed_in(substitute(cast))
    page = client.get(register_of(cast)).content.decode()
    assert [chosen(page, pupil) for pupil in (aksel, freja, noah)] == ["I", "I", "T"]

    letters = {aksel.pk: "I", freja.pk: "T", zoe.pk: "I"}
    assert client.post(register_of(cast), posted(cast, letters, 1)).status_code == 303
    assert [marked(cast, pupil) for pupil in (aksel, freja, zoe)] == [Mark.ILL, Mark.HERE, Mark.ABSENT]

    row = reverse("absence:row", args=[cast.class_7b.pk, DAY, Checkpoint.START])
    answer = {"version": "2", "key": str(uuid4()), f"m-{aksel.uuid}": "I"}
    said = client.post(row, answer, headers={"X-Fravaer-Row": "1"}).content.decode()
    assert marked(cast, aksel) is Mark.ILL
    assert 'data-letter="I"' in said
    assert not any(word in said for word in REASONS)


def test_a_substitute_is_not_shown_who_is_protected(cast: Cast) -> None:
    Pupil.objects.filter(pk=cast.pupils[0].pk).update(protected=True)
    assert "pupil-protected" in signed_in(cast.mette).get(register_of(cast)).content.decode()
    assert "pupil-protected" not in signed_in(substitute(cast)).get(register_of(cast)).content.decode()
