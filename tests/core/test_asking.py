"""A question that is asked again answers as the query it was put together from, for whatever values."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F, QuerySet, Value

from fravaer.core.asking import LONGEST, question
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil, SchoolClass
from tests.cast import DAY, Cast

together: list[str] = []


@question
def pupils(scope: Scope, day: date, names: list[str], but: str | None) -> QuerySet[Pupil, Pupil]:
    """Pupils of these names, without the one of the family."""
    together.append("pupils")
    found = Pupil.objects.visible_to(scope, day).filter(given_name__in=names)
    return (found if but is None else found.exclude(family_name=but)).order_by("pk")


@question
def classes(scope: Scope, year_group: int) -> QuerySet[SchoolClass, tuple[int, str]]:
    """Classes of the year group, with their school."""
    return (
        SchoolClass.objects.visible_to(scope).filter(year_group=year_group).values_list("pk", "school__name")
    )


def all_names() -> list[str]:
    return list(Pupil.objects.order_by("pk").values_list("given_name", flat=True))


@pytest.mark.django_db
def test_it_answers_as_the_query_and_is_put_together_once_for_each_shape(cast: Cast) -> None:
    everything = Scope(persons=True, municipality=True)
    names = all_names()
    pupils.kept.clear()
    together.clear()
    for chosen in (names[:2], names[1:3], names[2:4]):
        for but in (None, Pupil.objects.get(given_name=chosen[0]).family_name):
            asked = pupils(everything, DAY, chosen, but)
            assert asked == list(pupils.compose(everything, DAY, chosen, but))
            assert asked
    # Twice for each of two shapes; the six other times are the comparison's.
    assert len(together) == 4 + 6


@pytest.mark.django_db
def test_nobody_gets_the_rows_of_another_scope_of_the_same_shape(cast: Cast) -> None:
    names = all_names()
    answers = {}
    for school_class in (cast.class_7b, cast.other_class, cast.class_7b):
        scope = Scope(persons=True, classes=frozenset({school_class.pk}))
        answers[school_class.pk] = {pupil.pk for pupil in pupils(scope, DAY, names, None)}
        enrolled = Pupil.objects.filter(enrolments__school_class=school_class)
        assert answers[school_class.pk] == set(enrolled.values_list("pk", flat=True))
    assert pupils(Scope(), DAY, names, None) == []
    assert pupils(Scope(municipality=True), DAY, names, None) == []


@pytest.mark.django_db
def test_many_values_are_asked_as_they_are(cast: Cast) -> None:
    names = all_names() + [f"Nobody {number}" for number in range(LONGEST)]
    found = pupils(Scope(persons=True, municipality=True), DAY, names, None)
    assert {pupil.given_name for pupil in found} == set(all_names())


@pytest.mark.django_db
def test_a_value_that_looks_like_a_stand_in_is_only_a_value(cast: Cast) -> None:
    scope = Scope(municipality=True)
    assert classes(scope, 10_000) == classes(scope, 10_001) == []
    assert {pk for pk, _school in classes(scope, 7)} == set(
        SchoolClass.objects.filter(year_group=7).values_list("pk", flat=True)
    )


@pytest.mark.django_db
def test_a_query_that_does_more_with_a_value_than_pass_it_on_is_refused() -> None:
    @question
    def containing(part: str) -> QuerySet[Pupil, Pupil]:
        """Pupils with a part of a name."""
        return Pupil.objects.filter(given_name__contains=part)

    @question
    def first(number: int) -> QuerySet[Pupil, Pupil]:
        """The first pupils."""
        return Pupil.objects.order_by("pk")[:number]

    @question
    def beyond(number: int) -> QuerySet[Pupil, Pupil]:
        """Pupils beyond."""
        return Pupil.objects.annotate(moved=F("pk") + Value(number * 2)).filter(moved__gt=0)

    with pytest.raises(ValueError, match="more with a value"):
        containing("a")
    with pytest.raises(ValueError, match="in the text"):
        first(2)
    with pytest.raises(ValueError, match="more with a value"):
        beyond(2)


@pytest.mark.django_db
def test_a_value_of_a_kind_it_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        classes(Scope(municipality=True), 7.5)  # type: ignore[arg-type]
