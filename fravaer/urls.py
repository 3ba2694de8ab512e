"""Where is which page?"""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from fravaer.accounts import views as accounts
from fravaer.accounts.pages import emergencies, substitutes
from fravaer.core import device, gallery, health
from fravaer.navigation import home

handler400 = "fravaer.core.errors.bad_request"
handler403 = "fravaer.core.errors.forbidden"
handler404 = "fravaer.core.errors.not_found"
handler500 = "fravaer.core.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.process, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("sw.js", device.worker, name="worker"),
    path("manifest.webmanifest", device.manifest, name="manifest"),
    path("offline/", device.offline, name="offline"),
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("role/", accounts.choose_role, name="role"),
    path("language/", accounts.choose_language, name="language"),
    path("was/", accounts.accessibility_statement, name="was"),
    path("substitutes/", substitutes.substitutes, name="substitutes"),
    path("substitutes/<int:grant_id>/withdraw/", substitutes.withdraw, name="substitutes-withdraw"),
    path("emergency/", emergencies.emergency, name="emergency"),
    path("emergency/go-on/", emergencies.go_on, name="emergency-go-on"),
    path("emergency/end/", emergencies.end, name="emergency-end"),
    path("emergency/uses/", emergencies.uses, name="emergencies"),
    path("emergency/uses/<uuid:emergency_uuid>/", emergencies.use, name="emergencies-one"),
    path("", include("fravaer.accounts.urls")),
    path("dev/components/", gallery.components, name="components"),
    path("", include("fravaer.absence.urls")),
    path("sms/", include("fravaer.sms.urls")),
    path("cases/", include("fravaer.cases.urls")),
    path("reports/", include("fravaer.reports.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/login/", accounts.demo_login, name="demo-login"))
