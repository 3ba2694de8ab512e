"""What does a guardian write to the number we send from, and is it really the provider who says so?

One public address, signed like the calls about messages: the signature is computed over our own configured address, and covers
the number and the words. Whatever is written, the answer is the same and empty: nobody is told anything, and we send no reply.
The provider may repeat a call; each reply is kept once.
"""

from __future__ import annotations

import logging
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fravaer.accounts.middleware import day_in_view
from fravaer.core.access import public
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.sms import providers, replies

LARGEST_BODY = 16 * 1024
SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")

logger = logging.getLogger(__name__)


@csrf_exempt
@public
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Take one reply: 204, or 403 when the call is not the provider's."""
    gateway = providers.gateway()
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY or gateway is None:
        return HttpResponse(status=403)
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    told = request.POST.dict()
    if not gateway.signed(url, told, request.headers.get("X-Twilio-Signature", "")):
        logger.warning("sms: a reply was not signed by the provider")
        return HttpResponse(status=403)
    sid, sender = told.get("MessageSid", ""), told.get("From", "")
    # A sender without a number is nobody's guardian.
    if SID.fullmatch(sid) and NUMBER.fullmatch(sender):
        now = timezone.now()
        # Whose reply it is, is found among everybody's numbers.
        with acting_as(DatabaseRole.JOB):
            replies.receive(
                sid=sid,
                sender=sender,
                to=told.get("To", ""),
                body=told.get("Body", ""),
                day=day_in_view(timezone.localdate(now)),
                now=now,
            )
    return HttpResponse(status=204)
