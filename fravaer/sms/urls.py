from django.urls import path

from fravaer.sms import inbound, receipts, views
from fravaer.sms.pages import figures, health, inbox, log, numbers, ringing, texts, unexplained

app_name = "sms"

urlpatterns = [
    path("", views.messages, name="messages"),
    path("unexplained/", unexplained.unexplained, name="unexplained"),
    path("unexplained/undo/", unexplained.undo, name="unexplained-undo"),
    path("unexplained/<uuid:pupil_uuid>/phones/", unexplained.phones, name="phones"),
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/mend/", numbers.mend, name="numbers-mend"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/reopen/", inbox.reopen, name="inbox-reopen"),
    path("texts/", texts.entry, name="texts"),
    path("texts/<str:unit>/", texts.of_unit, name="texts-of"),
    path("texts/<str:unit>/<str:name>/<str:language>/", texts.text, name="text"),
    path("texts/<str:unit>/<str:name>/<str:language>/propose/", texts.propose, name="text-propose"),
    path("texts/<str:unit>/<int:version_id>/approve", texts.approve, name="text-approve"),
    path("texts/<str:unit>/<int:version_id>/retire", texts.retire, name="text-retire"),
    path("ring/", ringing.board, name="ring"),
    path("ring/call/", ringing.call, name="ring-call"),
    path("ring/undo/", ringing.undo, name="ring-undo"),
    path("log/", log.log, name="log"),
    path("log/find/", log.find, name="log-find"),
    path("log/<uuid:message_id>/", log.message, name="log-message"),
    path("log/<uuid:message_id>/again/", log.again, name="log-again"),
    path("log/pupil/<uuid:pupil_uuid>/", log.pupil, name="log-pupil"),
    path("log/pupil/<uuid:pupil_uuid>/csv/", log.pupil_csv, name="log-pupil-csv"),
    path("figures/", figures.figures, name="figures"),
    path("figures/csv/", figures.as_csv, name="figures-csv"),
    path("health/", health.health, name="health"),
    path("health/stop/", health.stop, name="health-stop"),
    path("health/start/", health.start, name="health-start"),
    path("health/close/", health.close, name="health-close"),
    path("status/<uuid:message_id>", receipts.status, name="status"),
    path("inbound", inbound.reply, name="inbound"),
]
