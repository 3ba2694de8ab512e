"""What does a provider's code mean, in words the office can use?

A hint for people only: no state follows from a code that is not told of here.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CODES = {
    20003: gettext_lazy("the account's credentials were refused"),
    20005: gettext_lazy("the account is closed"),
    21211: gettext_lazy("the number does not exist"),
    21212: gettext_lazy("the sender's name or number was refused"),
    21408: gettext_lazy("SMS to that country are not open"),
    21603: gettext_lazy("no sender was named"),
    21606: gettext_lazy("the sender's number is not ours"),
    21608: gettext_lazy("the account is a trial and may not write to the number"),
    21610: gettext_lazy("the recipient has said stop"),
    21611: gettext_lazy("the provider's queue for our sender is full"),
    21612: gettext_lazy("the number cannot be reached from our sender"),
    21614: gettext_lazy("the number is not a mobile number"),
    21617: gettext_lazy("the text was too long"),
    21635: gettext_lazy("the number is a landline"),
    30001: gettext_lazy("the provider's queue was full"),
    30003: gettext_lazy("the telephone was off or out of reach"),
    30004: gettext_lazy("the recipient or her carrier has blocked the message"),
    30005: gettext_lazy("the number is unknown or no longer in use"),
    30006: gettext_lazy("the number is a landline or its carrier takes no SMS"),
    30007: gettext_lazy("the carrier filtered the message away"),
    30008: gettext_lazy("the carrier gave no reason"),
    30500: gettext_lazy("a fault at the provider"),
}


def words(code: int | None) -> str:
    """The code's meaning with the code in brackets, `""` for none."""
    if code is None:
        return ""
    unknown = _("a code we do not know")
    return f"{CODES.get(code, unknown)} ({code})"


def of_circuit(reason: str) -> str:
    """Why the circuit is open: `trouble`, or the status and the code of the answer (`401/20003`)."""
    status, _sep, code = reason.partition("/")
    if code.isdecimal():
        return words(int(code))
    if status.isdecimal():
        return _("the provider answered with status %(status)s") % {"status": status}
    return _("too many calls of the provider got no proper answer")
