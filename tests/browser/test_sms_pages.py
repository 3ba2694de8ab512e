"""The pages about SMS that show and choose, in a real browser at both widths."""

from __future__ import annotations

import pytest
from django.urls import reverse

from fravaer.accounts.roles import Role
from fravaer.sms import choices
from fravaer.sms.models import Halt
from tests import factories
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.looks import misfits
from tests.cast import DAY, MORNING, Cast
from tests.sms.conftest import HOURS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_everybody_can_read_and_use_what_is_chosen_about_sms_and_what_came_of_it(
    cast: Cast, visit: Visit
) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    Halt.objects.create(
        school=cast.school,
        school_class=cast.class_7b,
        day=DAY,
        unexplained=20,
        pupils=25,
        most_percent=30,
        found_at=MORNING,
    )
    chief = factories.user("Karen Holm")
    factories.grant(chief, Role.CHIEF, None)
    of_school = [
        reverse("sms:choices-of", args=[cast.school.pk]),
        reverse("sms:today"),
        reverse("sms:halts"),
        reverse("sms:stop", args=[cast.pupils[0].uuid]),
        reverse("sms:log"),
        reverse("sms:figures"),
    ]
    of_all = [reverse("sms:limits"), reverse("sms:health"), reverse("sms:monthly"), reverse("sms:figures")]
    for user, addresses in ((cast.leader, of_school), (chief, of_all)):
        page = visit(addresses[0], user=user)
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert (address, answer.status, misfits(page, PHONE, DESK)) == (address, 200, [])
