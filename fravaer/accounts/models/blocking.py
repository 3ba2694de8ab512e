"""Which child may a person never look at, whatever else she holds? The blocks."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models.people import User
from fravaer.schools.models import Guardian, Pupil, StaffMember


class Kind(models.TextChoices):
    OWN_CHILD = "own_child", _("Own child")
    FAMILY = "family", _("Family")
    COLLEAGUE = "colleague", _("Child of a close colleague")
    SELF_DECLARED = "self_declared", _("Another close relation")


class BlockOrigin(models.TextChoices):
    """By whose word somebody is kept away. What the CPR numbers tell is the night's job's alone, and beside what people say."""

    PERSON = "person", _("A person")
    CPR = "cpr", _("The CPR numbers")


class AccessBlock(models.Model):
    """The user reaches nothing about the pupil from `valid_from` until, and without, `valid_until`; null is until it is lifted.

    A refusal needs no end as a grant does: it beats every grant, those of a case and of an emergency too.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(
        max_length=8, choices=BlockOrigin, default=BlockOrigin.PERSON, db_default=BlockOrigin.PERSON
    )
    declared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="block_ends_after_start",
            ),
            # Who is kept away does not let herself in again.
            models.CheckConstraint(
                condition=Q(lifted_by=None) | ~Q(lifted_by=F("user")), name="block_is_lifted_by_another"
            ),
            models.UniqueConstraint(
                fields=["user", "pupil", "origin"],
                condition=Q(valid_until=None),
                name="one_open_block_a_pupil_and_origin",
            ),
            models.CheckConstraint(
                condition=Q(origin="person", declared_by__isnull=False)
                | Q(origin="cpr", kind="own_child", declared_by=None, lifted_by=None),
                name="block_says_by_whose_word",
            ),
        ]


class CprHash(models.Model):
    """The keyed hash of a grown-up's CPR number, a guardian's or a member of staff's; the number itself is kept nowhere."""

    guardian = models.OneToOneField(Guardian, models.CASCADE, null=True, related_name="+")
    staff_member = models.OneToOneField(StaffMember, models.CASCADE, null=True, related_name="+")
    found_by = models.BinaryField(max_length=32, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(guardian=None, staff_member__isnull=False)
                | Q(guardian__isnull=False, staff_member=None),
                name="cpr_hash_is_of_one",
            ),
        ]
