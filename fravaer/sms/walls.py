"""What does the database refuse of messages, replies and whom to ring?"""

from __future__ import annotations

from fravaer.core.walls import Wall
from fravaer.schools.walls import may, of_class, of_school, reached

_OF_UNIT = f"({of_school('school_id')} OR (school_class_id IS NOT NULL AND {of_class('school_class_id')}))"
_STATUS = f"({may('sms.status')} OR {may('sms.log')})"


def _of_message(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM sms_message seen WHERE seen.id = {table}.message_id)"


WALLS = {
    "sms_message": Wall(f"{_STATUS} AND {_OF_UNIT}"),
    "sms_attempt": Wall(_of_message("sms_attempt")),
    "sms_providerevent": Wall(_of_message("sms_providerevent")),
    "sms_transition": Wall(_of_message("sms_transition")),
    "sms_withheld": Wall(f"{_STATUS} AND {_OF_UNIT}"),
    "sms_deadnumber": Wall(f"{may('phone.read')} OR {may('phone.mend')} OR {may('sms.ring')}"),
    "sms_inbound": Wall(
        f"({may('sms.inbox')} OR {may('unexplained')}) AND (school_id IS NULL OR {of_school('school_id')})"
    ),
    "sms_ring": Wall(f"{may('sms.ring')} AND {of_school('school_id')}"),
    "sms_stop": Wall(reached("pupil_id")),
    "sms_drawn": Wall(reached("pupil_id")),
}

WITHOUT = {
    "sms_choice": "what a school has chosen about messages",
    "sms_circuit": "whether sending works",
    "sms_limits": "ceilings and prices",
    "sms_halt": "a school's morning in counts",
    "sms_optout": "keyed hashes of numbers",
    "sms_textversion": "texts of messages, before anybody's name is in them",
}
