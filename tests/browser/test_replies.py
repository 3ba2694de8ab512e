"""A guardian's reply, settled by the office in a real browser without a hand on the mouse."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from fravaer.absence.models import Known
from fravaer.schools.models import Pupil
from fravaer.sms import numbers, optouts, replies
from fravaer.sms.models import Inbound
from fravaer.sms.states import How
from tests.browser.conftest import PHONE, Visit
from tests.browser.looks import inaccessible, overflowing, too_small
from tests.cast import DAY, Cast
from tests.sms.test_replies import OURS, number_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wrote(sid: str, pupil: Pupil, body: str) -> None:
    replies.receive(sid=sid, sender=number_of(pupil), to=OURS, body=body, day=DAY, now=timezone.now())


def test_two_replies_are_settled_by_a_letter_each(cast: Cast, visit: Visit) -> None:
    freja, noah, zoe = cast.pupils[1:4]
    noah.guardianships.create(guardian=freja.guardianships.get().guardian, custody=True)
    wrote("SM1", freja, "Noah er syg i dag, han har haft det dårligt hele natten og bliver hjemme")
    wrote("SM2", zoe, "Kan I ringe til mig?")
    phone = visit("/sms/inbox/", PHONE, user=cast.secretary)
    assert not inaccessible(phone) + overflowing(phone) + too_small(phone)
    page = visit("/sms/inbox/", user=cast.secretary)
    assert not inaccessible(page) + overflowing(page)
    page.locator("[data-pupil]").first.focus()
    for key in ("2", "s"):
        page.keyboard.press(key)
    expect(page.get_by_text("Noah Lund: Meldt syg.")).to_be_visible()
    # The next reply has the focus by itself.
    expect(page.locator("[data-pupil]").first).to_be_focused()
    page.keyboard.press("t")
    expect(page.get_by_text("Ingen svar venter.")).to_be_visible()
    assert Known.objects.get().pupil == noah
    assert dict(Inbound.objects.values_list("provider_sid", "outcome")) == {"SM1": "ill", "SM2": "rung"}
    numbers.learn(number_of(cast.pupils[0]), 30005, timezone.now())
    optouts.note(number_of(zoe), How.SMS, timezone.now())
    phone = visit("/sms/numbers/?show=all", PHONE, user=cast.leader)
    assert not inaccessible(phone) + overflowing(phone) + too_small(phone)
