"""Where is which page?"""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from fravaer.accounts import views as accounts
from fravaer.accounts.pages import access, emergencies, kept_away, lending, review, substitutes
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
    path("access/", access.access, name="access"),
    path("access/propose/", access.propose, name="access-propose"),
    path("access/proposals/<uuid:proposal_uuid>/approve/", access.approve, name="access-approve"),
    path("access/proposals/<uuid:proposal_uuid>/refuse/", access.refuse, name="access-refuse"),
    path("access/<int:grant_id>/revoke/", access.revoke, name="access-revoke"),
    path("access/lend/", lending.lending, name="access-lend"),
    path("access/lend/<int:grant_id>/end/", lending.take_back, name="access-lend-end"),
    path("access/review/", review.review, name="access-review"),
    path("access/review/answer/", review.answer, name="access-review-answer"),
    path("access/related/", kept_away.related, name="access-related"),
    path("access/blocks/", kept_away.kept_away, name="access-blocks"),
    path("access/blocks/<int:block_id>/lift/", kept_away.lift, name="access-blocks-lift"),
    path("dev/components/", gallery.components, name="components"),
    path("", include("fravaer.absence.urls")),
    path("sms/", include("fravaer.sms.urls")),
    path("cases/", include("fravaer.cases.urls")),
    path("reports/", include("fravaer.reports.urls")),
    path("oversight/", include("fravaer.oversight.urls")),
    path("keeping/", include("fravaer.keeping.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/login/", accounts.demo_login, name="demo-login"))
