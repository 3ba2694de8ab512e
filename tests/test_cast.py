"""The tests' own municipality is as it says."""

from fravaer.accounts.scoping import scope_of
from fravaer.schools.models import Enrolment, Guardianship
from tests.cast import DAY, MORNING, Cast, signed_in


def test_the_cast_is_enrolled_and_each_of_its_people_has_one_role(cast: Cast) -> None:
    assert Enrolment.objects.on(DAY).filter(school_class=cast.class_7b).count() == 5
    assert Guardianship.objects.filter(pupil__in=cast.pupils, custody=True).count() == 5
    people = [cast.mette, cast.leader, cast.secretary, cast.social_worker, cast.area_manager, cast.stranger]
    assert [scope_of(person.pk, MORNING).role for person in people] == [
        "teacher",
        "leader",
        "secretary",
        "social_worker",
        "area_manager",
        "leader",
    ]


def test_a_signed_in_browser_is_not_sent_to_the_login_page(cast: Cast) -> None:
    assert signed_in(cast.mette).post("/role/", {"role": "teacher"}).headers["Location"] == "/"
