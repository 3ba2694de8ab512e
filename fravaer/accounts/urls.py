"""Where does one sign in, prove who one is, and see one's own account?"""

from __future__ import annotations

from django.urls import path

from fravaer.accounts.pages import account, confirm, links, outside, second

urlpatterns = [
    path("login/second/", second.second, name="login-second"),
    path("login/enrol/", second.enrol, name="login-enrol"),
    path("login/passkey/", second.by_passkey, name="login-passkey"),
    path("login/begin/", links.begin, name="login-begin"),
    path("login/begin/<str:token>/", links.followed, name="login-link"),
    path("login/oidc/", outside.begin, name="oidc-begin"),
    path("login/oidc/back/", outside.back, name="oidc-back"),
    path("login/oidc/ended/", outside.ended, name="oidc-ended"),
    path("logout/done/", outside.signed_out, name="signed-out"),
    path("confirm/", confirm.confirm, name="confirm"),
    path("confirm/send/<str:key>/", confirm.send, name="confirm-send"),
    path("account/", account.account, name="account"),
    path("account/end/", account.end, name="account-end"),
    path("account/add/", account.add, name="account-add"),
    path("account/remove/", account.remove, name="account-remove"),
    path("account/codes/new/", account.renew, name="account-codes-new"),
    path("account/codes/", account.codes, name="account-codes"),
    path("account/password/", account.password, name="account-password"),
    path("account/session/", account.session, name="account-session"),
    path("access/accounts/", links.accounts, name="access-links"),
    path("access/accounts/<uuid:link_uuid>/approve/", links.approve, name="access-links-approve"),
    path("access/accounts/<uuid:link_uuid>/withdraw/", links.withdraw, name="access-links-withdraw"),
]
