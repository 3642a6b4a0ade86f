"""Presets (models for similar clients): default values for new clients, and their pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.extensions import extensions
from clients.models import Client, ClientTemplate
from clients.pages.forms import spoken
from clients.pages.picker import ClientField
from clients.typed import read_client
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import TypedForm
from fixaloop.imports.importer import BadOption
from fixaloop.web.refusals import permission_required

DEFAULTS = ("kind", "company_id", "postal_code", "city", "language", "description")


def find_template(name: str) -> ClientTemplate:
    """The preset of this name, ignoring case. Raises BadOption with the existing names."""
    found = ClientTemplate.objects.filter(name__iexact=name.strip()).first()
    if found is None:
        names = ", ".join(ClientTemplate.objects.values_list("name", flat=True)) or _("aucun")
        message = _("Aucun modèle de client « %(name)s ». Modèles : %(names)s.")
        raise BadOption(message % {"name": name, "names": names})
    return found


def asked_template(text: str) -> ClientTemplate | None:
    return (
        ClientTemplate.objects.filter(pk=int(text)).first()
        if text.isascii() and text.isdigit() and len(text) < 10
        else None
    )


def defaults_of(template: ClientTemplate, *, by: AbstractBaseUser | None) -> dict[str, Any]:
    """The values of a new client made from a preset; a forced status only for users who may force one."""
    defaults = {name: getattr(template, name) for name in DEFAULTS}
    defaults["country"] = template.country.code
    may_force = by is None or by.has_perm("clients.force_status")  # type: ignore[attr-defined]
    if template.status_mode != Client.StatusMode.AUTOMATIC and may_force:
        defaults |= {"status_mode": template.status_mode, "status_reason": template.status_reason}
    return {name: value for name, value in defaults.items() if value}


def initial_of(template: ClientTemplate, *, by: AbstractBaseUser) -> dict[str, Any]:
    defaults = defaults_of(template, by=by)
    return defaults | {"company": defaults.pop("company_id", "")}


def presets(rows: QuerySet[ClientTemplate] | None = None) -> QuerySet[ClientTemplate]:
    found = (ClientTemplate.objects.all() if rows is None else rows).select_related("company")
    for extension in extensions():
        found = extension.load_presets(found)
    return found


def summary_of(preset: ClientTemplate) -> str:
    return " · ".join(filter(None, (extension.preset_summary(preset) for extension in extensions())))


def keep_preset(preset: ClientTemplate, values: Mapping[str, Any]) -> None:
    for extension in extensions():
        extension.keep_preset(preset, values)


FORCED = ("status_mode", "status_reason")


class OwnPresetForm(TypedForm):
    company = ClientField(
        label=gettext_lazy("Rattaché à l’entreprise"),
        required=False,
        companies_only=True,
        help_text=gettext_lazy("Son employeur ou l’entreprise qui règle."),
    )

    class Meta:
        model = ClientTemplate
        fields = (
            "name", "kind", "company", "postal_code", "city", "country", "language", "status_mode", "status_reason",
            "description",
        )  # fmt: skip
        widgets = {"kind": forms.RadioSelect, "description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "name": gettext_lazy("Ce qu’on lit dans « À partir de » : Salariés de Dupont, Abonnés du parking…"),
            "status_reason": gettext_lazy("Obligatoire pour un statut forcé."),
        }

    def __init__(self, *args: Any, may_force: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = spoken(self.instance.language)  # type: ignore[attr-defined]
        if self.instance.pk:
            for extension in extensions():
                self.initial.update(extension.preset_initial(self.instance))
        if not may_force:
            for name in FORCED:
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.take(read_client(self.typed("postal_code", "city", "country", "description")))
        forced = cleaned.get("status_mode", Client.StatusMode.AUTOMATIC) != Client.StatusMode.AUTOMATIC
        if forced and not cleaned.get("status_reason"):
            message = _("Dites pourquoi : ce motif s’affiche partout où le statut est montré.")
            self.add_error("status_reason", ValidationError(message, "required"))
        return cleaned


ADDED = tuple(extension.preset_form for extension in extensions() if extension.preset_form)
# A preset’s name and values, with the fields of the apps above.
ClientTemplateForm: Any = type("ClientTemplateForm", (*ADDED, OwnPresetForm), {})


@require_safe
@permission_required("clients.view_clienttemplate")
def templates(request: HttpRequest) -> HttpResponse:
    context = {
        "page_title": _("Modèles de clients"),
        "templates": [(template, summary_of(template)) for template in presets()],
        "may_add": request.user.has_perm("clients.add_clienttemplate"),
        "may_change": request.user.has_perm("clients.change_clienttemplate"),
        "may_use": request.user.has_perm("clients.add_client"),
    }
    return render(request, "clients/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("clients.add_clienttemplate")
def new_template(request: HttpRequest) -> HttpResponse:
    return _edit(request, ClientTemplate(), _("Nouveau modèle de clients"))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("clients.change_clienttemplate")
def edit_template(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(ClientTemplate, pk=pk), _("Modifier le modèle"))


@require_POST
@permission_required("clients.delete_clienttemplate")
def delete_template(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(ClientTemplate, pk=pk).delete()
    messages.success(request, _("Le modèle est supprimé ; les clients créés avec lui ne changent pas."))
    return redirect("clients:templates")


def _edit(request: HttpRequest, template: ClientTemplate, title: str) -> HttpResponse:
    may_force = request.user.has_perm("clients.force_status")
    form = ClientTemplateForm(sent(request), instance=template, may_force=may_force)
    if request.method == "POST" and form.is_valid():
        keep_preset(form.save(), form.cleaned_data)
        messages.success(request, _("Le modèle est enregistré."))
        return redirect("clients:templates")
    context = {"page_title": title, "form": form, "template": template}
    return render(request, "clients/template_form.html", context, status=422 if form.errors else 200)
