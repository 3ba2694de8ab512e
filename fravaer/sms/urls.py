from django.urls import path

from fravaer.sms import receipts, views

app_name = "sms"

urlpatterns = [
    path("", views.messages, name="messages"),
    path("status/<uuid:message_id>", receipts.status, name="status"),
]
