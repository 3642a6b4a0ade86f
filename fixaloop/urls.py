"""The map of the site."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path
from django.views.generic import RedirectView

from access.firm.pages import firm_page
from access.reader.api import urls as api_urls
from access.urls import client_urls
from fixaloop.accounts import pages as accounts, second
from fixaloop.accounts.own import security, sign_out_session
from fixaloop.accounts.passwords import ChosenByLink, OwnPassword, forgotten
from fixaloop.accounts.proof import confirm
from fixaloop.accounts.provider_pages import leave, return_
from fixaloop.accounts.sign_in import SignInView, SignOutView, admin_sign_in
from fixaloop.audit.page import AuditList
from fixaloop.exports import views as exports
from fixaloop.forms.undo import undo
from fixaloop.imports import pages as imports
from fixaloop.imports.correcting import correct
from fixaloop.installation import logos
from fixaloop.lists import chosen, saved_pages as views
from fixaloop.notices import pages as notices
from fixaloop.search.pages import search
from fixaloop.watch.pages import metrics
from fixaloop.web.health import healthz, readyz
from fixaloop.web.profile import change_language, profile
from fixaloop.web.rights import my_rights
from interventions.dashboard import dashboard
from interventions.first_steps import put_away
from interventions.pages.list import ClientInterventionList
from interventions.statements.file import StatementFile, StatementPaper
from interventions.statements.members import Members, MembersFile
from interventions.statements.pages import statement

handler400 = "fixaloop.web.requests.misunderstood"
handler403 = "fixaloop.web.refusals.forbidden"
handler500 = "fixaloop.web.requests.failed"
import_urls = [
    path("", imports.imports, name="list"),
    path("new/", imports.new, name="new"),
    path("blank/<str:kind>/", imports.blank, name="blank"),
    path("jobs/<int:pk>/", imports.job, name="job"),
    path("jobs/<int:pk>/stop/", imports.stop, name="stop"),
    path("jobs/<int:pk>/delete/", imports.delete, name="delete"),
    path("jobs/<int:pk>/correct/", correct, name="correct"),
    path("jobs/<int:pk>/refused/", imports.refused, name="refused"),
    path("<int:pk>/undo/", imports.undo, name="undo"),
]
export_urls = [
    path("", exports.exports, name="list"),
    path("<int:pk>/download/", exports.download, name="download"),
    path("<int:pk>/stop/", exports.stop, name="stop"),
    path("<int:pk>/restart/", exports.restart, name="restart"),
    path("<int:pk>/delete/", exports.delete, name="delete"),
]
account_urls = [
    path("", accounts.accounts, name="list"),
    path("new/", accounts.new, name="new"),
    path("<int:pk>/", accounts.edit, name="edit"),
    path("<int:pk>/activate/", accounts.activate, name="activate"),
    path("<int:pk>/drop-factor/", accounts.drop_factor, name="drop-factor"),
    path("<int:pk>/invite/", accounts.send_invitation, name="invite"),
]
notice_urls = [
    path("", notices.notifications, name="list"),
    path("count/", notices.count, name="count"),
    path("read/", notices.read_all, name="read-all"),
    path("<int:pk>/read/", notices.read_one, name="read"),
]
view_urls = [
    path("columns/", chosen.columns, name="columns"),
    path("", views.views, name="list"),
    path("<int:pk>/rename/", views.rename, name="rename"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
# Read before the others, which name clients by its converter.
clients = path("clients/", include("clients.urls"))
urlpatterns = [
    path("", dashboard, name="dashboard"),
    # Before the list of members in clients.urls, which knows no periods.
    path("clients/<client:number>/members/", Members.as_view(), name="client-members"),
    path("clients/<client:number>/members/export/", Members.as_view(exporting=True), name="client-members-export"),
    path("clients/<client:number>/members/period/export/", MembersFile.as_view(), name="client-members-file"),
    clients,
    path("clients/<client:number>/interventions/", ClientInterventionList.as_view(), name="client-interventions"),
    path(
        "clients/<client:number>/interventions/export/",
        ClientInterventionList.as_view(exporting=True),
        name="client-interventions-export",
    ),
    path("clients/<client:number>/statement/", statement, name="client-statement"),
    path("clients/<client:number>/statement/export/", StatementFile.as_view(), name="client-statement-export"),
    path("clients/<client:number>/statement/pdf/", StatementPaper.as_view(), name="client-statement-pdf"),
    path("interventions/", include("interventions.urls")),
    path("access/", include("access.urls")),
    path("payments/", include("interventions.till.urls")),
    path("reports/", include("interventions.reports.urls")),
    path("clients/<client:number>/", include(client_urls)),
    path("imports/", include((import_urls, "imports"))),
    path("exports/", include((export_urls, "exports"))),
    path("notifications/", include((notice_urls, "notices"))),
    path("journal/", AuditList.as_view(), name="journal"),
    path("journal/export/", AuditList.as_view(exporting=True), name="journal-export"),
    path("views/", include((view_urls, "views"))),
    path("undo/", undo, name="undo"),
    path("search/", search, name="search"),
    path("firm/", firm_page, name="firm"),
    path("firm/logo/<str:digest>/", logos.show, name="firm-logo"),
    path("first-steps/", put_away, name="first-steps"),
    path("profile/", profile, name="profile"),
    path("rights/", my_rights, name="rights"),
    path("accounts/login/", SignInView.as_view(), name="login"),
    path("accounts/login/second/", second.second, name="second"),
    path("accounts/login/provider/", leave, name="provider"),
    path("accounts/login/provider/return/", return_, name="provider-return"),
    path("accounts/confirm/", confirm, name="confirm"),
    path("profile/security/app/", second.app, name="factor-app"),
    path("profile/security/passkey/", second.passkey, name="factor-passkey"),
    path("profile/security/codes/", second.new_codes, name="factor-codes"),
    path("profile/security/drop/", second.drop, name="factor-drop"),
    path("accounts/logout/", SignOutView.as_view(), name="logout"),
    path("accounts/password/", OwnPassword.as_view(), name="password_change"),
    path("accounts/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        ChosenByLink.as_view(),
        name="password_reset_confirm",
    ),
    path("profile/security/", security, name="security"),
    path("profile/security/sign-out/", sign_out_session, name="session-out"),
    path("accounts/forgotten/", forgotten, name="forgotten"),
    path("accounts/language/", change_language, name="set_language"),
    path("accounts/", include((account_urls, "accounts"))),
    path("api/v1/", api_urls),
    # Before the administration’s own: one door, where passwords are looked at in turn.
    path("admin/login/", admin_sign_in, name="admin-sign-in"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change"), name="admin-password"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
