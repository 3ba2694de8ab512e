"""A sending process that dies, or freezes, at a chosen point of its second message.

    python -m tests.sms.dying POINT NOW GATEWAY-URL PUBLIC-URL

claimed   killed after the claim is committed          called    killed after the provider's answer, before it is written
marked    killed after the mark, before the call       settled   killed after the answer is written, before the rest
frozen    stopped between the mark and the call        hung      stopped in the call, before a byte has left
whole     lives to the end
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any


def main(point: str, now: datetime, gateway_url: str, public_url: str) -> None:
    import django

    django.setup()
    from fravaer.sms import delivery, outbox
    from fravaer.sms.delivery import Sender
    from fravaer.sms.gateway import Answer, Twilio
    from fravaer.sms.owner import Owner
    from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, SENDER

    calls = {"mark": 0, "send": 0, "ended": 0}

    def second(name: str) -> bool:
        calls[name] += 1
        return calls[name] == 2

    def halt(how: signal.Signals) -> None:
        os.kill(os.getpid(), how)

    def after(inner: Callable[..., Any], name: str, at: str, how: signal.Signals) -> Callable[..., Any]:
        def wrapped(*positions: Any, **names: Any) -> Any:
            done = inner(*positions, **names)
            if point == at and (name == "claim" or second(name)):
                halt(how)
            return done

        return wrapped

    class Dying(Twilio):
        def send(self, **message: Any) -> Answer:
            is_second = second("send")
            if is_second and point == "marked":
                halt(signal.SIGKILL)
            if is_second and point == "hung":
                halt(signal.SIGSTOP)
            answer = super().send(**message)
            if is_second and point == "called":
                halt(signal.SIGKILL)
            return answer

    outbox.claim = after(outbox.claim, "claim", "claimed", signal.SIGKILL)
    outbox.mark = after(outbox.mark, "mark", "frozen", signal.SIGSTOP)
    outbox.ended = after(outbox.ended, "ended", "settled", signal.SIGKILL)
    owner = Owner()
    sys.stdout.write(f"{owner.number}\n")
    sys.stdout.flush()
    gateway = Dying(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, sender=SENDER, base_url=gateway_url)
    delivery.drain(Sender(gateway, owner, lambda: now, public_url))
    owner.close()


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3], sys.argv[4])
