from django.urls import path

from fravaer.sms import inbound, receipts, views
from fravaer.sms.pages import inbox, unexplained

app_name = "sms"

urlpatterns = [
    path("", views.messages, name="messages"),
    path("unexplained/", unexplained.unexplained, name="unexplained"),
    path("unexplained/undo/", unexplained.undo, name="unexplained-undo"),
    path("unexplained/<uuid:pupil_uuid>/phones/", unexplained.phones, name="phones"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/reopen/", inbox.reopen, name="inbox-reopen"),
    path("status/<uuid:message_id>", receipts.status, name="status"),
    path("inbound", inbound.reply, name="inbound"),
]
