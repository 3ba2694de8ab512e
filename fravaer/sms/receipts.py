"""What does the provider tell us of a message, and is it really the provider?

One public address for each message, unguessable and signed. Nothing but a valid signature over our own configured address
moves a state; the answer is the same whether the message exists or not. There is no time in the signature, so the same call
may come again at any time: it changes nothing then, because states only move forward.
"""

from __future__ import annotations

import logging
import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fravaer.core.access import public
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.sms import circuit, outbox, providers

LARGEST_BODY = 8 * 1024

logger = logging.getLogger(__name__)


@csrf_exempt
@public
@require_POST
def status(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Take over one status: 204, or 403 when the call is not the provider's."""
    gateway = providers.gateway()
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY or gateway is None:
        return HttpResponse(status=403)
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    told = request.POST.dict()
    if not gateway.signed(url, told, request.headers.get("X-Twilio-Signature", "")):
        logger.warning("sms %s: a status call was not signed by the provider", message_id)
        circuit.unsigned(gateway.name, timezone.now())
        return HttpResponse(status=403)
    code = told.get("ErrorCode", "")
    if told.get("MessageSid") and told.get("MessageStatus"):
        # The provider is nobody who reaches a pupil; the message is settled as the worker would.
        with acting_as(DatabaseRole.JOB):
            outbox.learn(
                message_id,
                provider=gateway.name,
                sid=told["MessageSid"],
                status=told["MessageStatus"],
                code=int(code) if code.isdecimal() else None,
                via="callback",
                now=timezone.now(),
            )
    return HttpResponse(status=204)
