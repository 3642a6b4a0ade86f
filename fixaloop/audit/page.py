"""`/journal/`: the audit journal as a list, with its filters and its file."""

from datetime import datetime
from html import escape
from typing import Any, ClassVar
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from fixaloop.audit.models import LONGEST, AuditEntry
from fixaloop.audit.words import details_of
from fixaloop.files.columns import FileColumn
from fixaloop.lists.days import SinceFilter, UntilFilter
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.people import PersonFilter
from fixaloop.lists.saved import Saved
from fixaloop.lists.several import SeveralChoicesFilter
from fixaloop.words.dates import moment_html
from fixaloop.words.text import person_name

Kind = AuditEntry.Kind


class AuditFilter(ListFilter):
    kind = SeveralChoicesFilter(label=_("Quoi"), choices=Kind.choices, empty_label=_("Tout"))
    after = SinceFilter(label=_("Depuis le"), field_name="at")
    before = UntilFilter(label=_("Jusqu’au"), field_name="at")
    user = PersonFilter(label=_("Qui"))
    subject = django_filters.CharFilter(
        label=_("Sur"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"placeholder": _("CLT-001, un identifiant…")}),
    )

    primary = ("kind", "after", "before", "user")


def kind_cell(entry: AuditEntry, at: datetime) -> str:
    same = {"subject": entry.subject} if entry.subject else {"kind": entry.kind}
    return f'<a class="who" href="/journal/?{urlencode(same)}">{escape(str(entry.get_kind_display()))}</a>'


def moment_cell(entry: AuditEntry, at: datetime) -> str:
    return moment_html(entry.at, at)


def who(entry: AuditEntry) -> str:
    """The name of the account; its login once it left with the demonstration, or where a command did it."""
    return person_name(entry.user) if entry.user else entry.login


def who_cell(entry: AuditEntry, at: datetime) -> str:
    return escape(who(entry)) or NOTHING


def text_cell(name: str) -> Any:
    return lambda entry, at: escape(str(getattr(entry, name) or "")) or NOTHING


class AuditList(ListPage):
    model = AuditEntry
    filterset_class = AuditFilter
    views = (
        Saved(_("Tout")),
        Saved(_("Connexions"), "kind=sign_in&kind=sign_in_failed&kind=sign_out"),
        Saved(_("Droits"), "kind=rights&kind=account_made&kind=account_closed&kind=account_opened"),
        Saved(_("Données sorties"), "kind=export&kind=archive"),
        Saved(_("Refus"), "kind=refused&kind=sign_in_failed"),
    )
    columns = (
        Column("kind", _("Quoi"), kind_cell, css="cell-main"),
        Column("at", _("Le"), moment_cell, sort="at", css="cell-rest"),
        Column("user", _("Qui"), who_cell, css="cell-rest"),
        Column("subject", _("Sur"), text_cell("subject"), css="cell-rest"),
        Column("values", _("Détail"), lambda entry, at: escape(details_of(entry)), css="cell-rest"),
        Column("address", _("Adresse"), text_cell("address"), css="cell-rest cell-spare num"),
    )
    orders: ClassVar = {"at": ("at", "id")}
    default_sort = "-at"
    title = _("Journal")
    noun = ngettext_lazy("%(count)s ligne", "%(count)s lignes", "number")
    nothing = _("Chaque connexion, export ou changement de droits y laissera une ligne.")
    export_permission = "fixaloop.export_auditentry"
    export_columns = (
        FileColumn("Le", lambda entry, at: entry.at, 18, seen_with="at"),
        FileColumn("Quoi", lambda entry, at: entry.get_kind_display(), 24, seen_with="kind"),
        FileColumn("Qui", lambda entry, at: who(entry), 24, seen_with="user"),
        FileColumn("Identifiant", lambda entry, at: entry.login, 20, seen_with="user"),
        FileColumn("Sur", lambda entry, at: entry.subject, 24, seen_with="subject"),
        FileColumn("Détail", lambda entry, at: details_of(entry), 60, seen_with="values"),
        FileColumn("Adresse", lambda entry, at: entry.address or "", 18, seen_with="address"),
    )

    def shown(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        names = ("username", "first_name", "last_name")
        return queryset.select_related("user").only(
            *(field.name for field in AuditEntry._meta.concrete_fields), *(f"user__{name}" for name in names)
        )
