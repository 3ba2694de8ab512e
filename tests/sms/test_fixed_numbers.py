"""Telephone numbers lie fixed in their tables: compared by the database, and read by the product alone."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from fravaer.core import resealing, secrets
from fravaer.core.secrets import Unreadable
from fravaer.schools import contacts
from fravaer.schools.models import Phone, StaffMember
from fravaer.sms import numbers, replies
from fravaer.sms.models import DeadNumber, Inbound, Message
from tests import factories
from tests.cast import DAY, MORNING, Cast, assemble
from tests.sms import messaging

FIRST, SECOND = "+4520123456", "+46701740605"


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    """Keys of this test's own, to be changed. What other tests remember of the cast was fixed with others."""
    folder = tmp_path / "keys"
    secrets.make(folder)
    secrets.use(folder)
    yield folder
    secrets.use(Path(settings.FIELD_KEYS))


def everything() -> str:
    """What stands in every table with numbers, as a dump would have it."""
    found = []
    with connection.cursor() as cursor:
        for table in ("schools_phone", "schools_staffmember", "sms_message", "sms_deadnumber", "sms_inbound"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def rotated(keys: Path) -> None:
    secrets.make(keys, ["contact.keys"], rotate=True)
    secrets.use(keys)


def test_no_table_holds_a_number_and_every_room_reads_them(keys: Path, db: None) -> None:
    cast = assemble()
    pupil = cast.pupils[0]
    Phone.objects.filter(guardian__guardianships__pupil=pupil).update(e164=FIRST)
    other = factories.guardian(pupil, name="Bo Bro", phone=FIRST)
    factories.phone_of(cast.mette, SECOND)
    messaging.about(pupil)
    numbers.learn(FIRST, 30005, MORNING)
    replies.receive(sid="SM1", sender=FIRST, to="+4568000001", body="Hej", day=DAY, now=MORNING)
    stored = everything()
    for number in (FIRST, SECOND):
        assert number[1:] not in stored
        assert number[3:] not in stored
    # Found by the database, in one table and across them.
    assert (
        Phone.objects.filter(e164=FIRST).count()
        == Phone.objects.filter(e164__in=[FIRST, SECOND]).count()
        == 2
    )
    assert StaffMember.objects.exclude(phone="").get().phone == SECOND
    assert Inbound.objects.get().pupil == pupil
    assert numbers.dead([FIRST, SECOND]) == {FIRST}
    assert Message.objects.get().to_e164 == FIRST
    told = contacts.told([pupil.pk])
    assert [contact.e164 for contact in told.contacts] == [FIRST]
    assert {one.why for one in told.untold if one.guardian_id == other.pk} <= {contacts.Why.SHARED_NUMBER}
    out = StringIO()
    call_command("dumpdata", "schools.phone", stdout=out)
    assert FIRST[3:] not in out.getvalue()


def test_a_number_is_found_whole_and_stands_there_fixed_or_not_at_all(cast: Cast) -> None:
    for lookup in ("e164__startswith", "e164__contains", "e164__regex", "e164__gt"):
        with pytest.raises(FieldError):
            Phone.objects.filter(**{lookup: "+45"})
    guardian = factories.guardian(cast.pupils[0], phone="")
    with (
        pytest.raises(IntegrityError, match="phone_is_fixed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO schools_phone (guardian_id, e164, rank) VALUES (%s, %s, 1)", [guardian.pk, FIRST]
        )
    fixed = secrets.fix(FIRST, secrets.NUMBER)
    assert secrets.unfix(fixed, secrets.NUMBER) == FIRST
    spoilt = fixed[:12] + ("A" if fixed[12] != "A" else "B") + fixed[13:]
    for wrong in (FIRST, "", "=", "=====", fixed[:-4], spoilt, secrets.fix(FIRST, "contact.other")):
        with pytest.raises(Unreadable) as refused:
            secrets.unfix(wrong, secrets.NUMBER)
        assert FIRST not in str(refused.value)


def test_79_while_the_key_changes_numbers_are_found_and_afterwards_none_stands_twice(
    keys: Path, db: None
) -> None:
    cast = assemble()
    pupil = cast.pupils[0]
    guardian = Phone.objects.get(guardian__guardianships__pupil=pupil).guardian
    Phone.objects.filter(guardian=guardian).update(e164=FIRST)
    numbers.learn(FIRST, 30005, MORNING)
    rotated(keys)
    # Half of them are under the newer key already: the same number once more, and another.
    guardian.phones.create(e164=FIRST, rank=2)
    guardian.phones.create(e164=SECOND, rank=3)
    assert Phone.objects.filter(e164=FIRST).count() == 2
    assert numbers.dead([FIRST]) == {FIRST}
    assert {phone.e164 for phone in guardian.phones.all()} == {FIRST, SECOND}
    call_command("reencrypt", stdout=StringIO())
    assert sorted(guardian.phones.values_list("e164", flat=True)) == [FIRST, SECOND]
    assert DeadNumber.objects.get().e164 == FIRST
    assert resealing.refix(resealing.numbers()) == 0
    path = keys / "contact.keys"
    path.write_text(path.read_text().splitlines()[-1])
    secrets.use(keys)
    assert Phone.objects.filter(e164=FIRST).count() == 1
    assert numbers.dead([FIRST, SECOND]) == {FIRST}
