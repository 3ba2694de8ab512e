"""Whose own child is a pupil, as the CPR numbers tell?

Where the roster tells the numbers of staff and of guardians, a keyed hash is kept of each and the number nowhere: two with the
same hash are one person, and that is all they are compared for. The only writer of the hashes. (Data protection act § 11;
forvaltningsloven § 3: nobody takes part in a matter of her own child.)
"""

from __future__ import annotations

from collections.abc import Mapping

from fravaer.accounts.models import CprHash
from fravaer.core import secrets

# Another hash than the pupils': what is kept of grown-ups finds no pupil.
PURPOSE = "cpr.adult"
BATCH = 5_000
# Every account and every pupil whose guardian the account's holder is, for a statement to begin with.
TOLD = """
WITH told AS (
SELECT DISTINCT account.id AS user_id, theirs.pupil_id
FROM accounts_cprhash of_staff
JOIN schools_staffmember member ON member.id = of_staff.staff_member_id
JOIN accounts_user account ON account.staff_key = member.roster_key AND account.is_active
JOIN accounts_cprhash of_guardian ON of_guardian.found_by = of_staff.found_by
JOIN schools_guardianship theirs ON theirs.guardian_id = of_guardian.guardian_id
)
"""


def keep(guardians: Mapping[int, str], staff: Mapping[int, str]) -> int:
    """Keep the hashes of these numbers, by guardian and by member of staff; how many were others than before.

    To be called in a transaction. A hash under an older key is made anew, so that two of the same person stay alike.
    """
    changed = 0
    for column, numbers in (("guardian_id", guardians), ("staff_member_id", staff)):
        rows = CprHash.objects.filter(**{f"{column}__in": numbers}).values_list(column, "found_by")
        standing = {key: bytes(found_by) for key, found_by in rows}
        hashes = {key: secrets.indexes(number, PURPOSE) for key, number in numbers.items()}
        changed += sum(standing.get(key) not in found for key, found in hashes.items())
        other = {key: found[0] for key, found in hashes.items() if standing.get(key) != found[0]}
        CprHash.objects.filter(**{f"{column}__in": other}).delete()
        CprHash.objects.bulk_create(
            [CprHash(**{column: key}, found_by=found_by) for key, found_by in other.items()], BATCH
        )
    return changed
