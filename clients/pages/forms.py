"""The forms of a client. `clients.typed` says what a value must be; forms carry the errors to the fields."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.pages.contacts import ContactsField
from clients.pages.picker import ClientField
from clients.payers import COLUMNS as PAYER, settled_payer
from clients.services.choosing import GROUPS, KEPT, LOST
from clients.services.duplicates import BLOCK, CONFIRM, Duplicate, find_duplicates
from clients.typed import NO_EMAIL, SUBSCRIPTION, read_client, requires_email, subscription_error
from clients.values.contacts import shown_rows
from fixaloop.forms.fields import DayField
from fixaloop.forms.submissions import SubmissionField, VersionedForm, tell_conflict
from fixaloop.words.dates import end_of
from fixaloop.words.text import clean

IDENTITY = ("kind", "first_name", "last_name", "company_name", "siret")
CONTACT = ("email", "phone", "other_contacts")
ADDRESS = ("street", "street_extra", "postal_code", "city", "country")
FOLLOW_UP = (
    "company",
    "payer",
    "payer_since",
    "language",
    "channel",
    "no_messages",
    *SUBSCRIPTION,
    "external_reference",
    "description",
)
STATUS = ("status_mode", "status_until", "status_reason")
LAST_YEAR = 2099


def spoken(current: str) -> list[tuple[str, Any]]:
    """The languages that messages are written in, and the one that a client has already."""
    return [choice for choice in Client.Language.choices if choice[0] in (*dict(settings.LANGUAGES), current)]


class StatusForm(VersionedForm):
    status_until = forms.DateField(
        label=gettext_lazy("Jusqu’au"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Ce jour compris ; ensuite le statut redevient automatique. Vide : sans limite."),
        error_messages={"invalid": gettext_lazy("Ce n’est pas une date : écrivez par exemple 21/11/2026.")},
    )

    class Meta:
        model = Client
        fields = STATUS
        labels = {"status_mode": gettext_lazy("Statut"), "status_reason": gettext_lazy("Motif")}
        widgets = {"status_mode": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.status_until:
            last_instant = self.instance.status_until - timedelta(seconds=1)
            self.initial["status_until"] = timezone.localdate(last_instant)

    def clean_status_mode(self) -> str:
        mode: str = self.cleaned_data["status_mode"] or self.instance.status_mode
        return mode

    def clean_status_until(self) -> date | None:
        day: date | None = self.cleaned_data["status_until"]
        if day and day.year > LAST_YEAR:
            raise ValidationError(_("Choisissez un jour avant %(year)d, ou laissez vide.") % {"year": LAST_YEAR + 1})
        return day

    def clean_status_reason(self) -> str:
        return clean(self.cleaned_data["status_reason"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "status_mode" not in self.fields or "status_mode" not in cleaned:
            return cleaned
        if cleaned["status_mode"] == Client.StatusMode.AUTOMATIC:
            return cleaned | {"status_until": None, "status_reason": ""}
        if not cleaned.get("status_reason"):
            self.add_error("status_reason", _("Dites pourquoi : ce motif s’affiche partout où le statut est montré."))
        if day := cleaned.get("status_until"):
            cleaned["status_until"] = end_of(day)
            # An end that has passed stays on the client until it is changed: saving the rest must not stumble on it.
            if cleaned["status_until"] <= timezone.now() and {"status_mode", "status_until"} & set(self.changed_data):
                self.add_error(
                    "status_until", _("Le %(day)s est passé : choisissez un jour à venir.") % {"day": f"{day:%d/%m/%Y}"}
                )
        return cleaned


class ClientForm(StatusForm):
    """The fields of both kinds are always there, so that switching the kind loses nothing."""

    siret = forms.CharField(
        label=gettext_lazy("SIRET"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("14 chiffres. Recommandé : il identifie l’établissement sur les factures."),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Recommandé : pour les messages, et pour envoyer une carte d’accès."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Téléphone"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=gettext_lazy("Recommandé : 06 12 34 56 78, ou +32… à l’étranger."),
    )
    other_contacts = ContactsField(
        label=gettext_lazy("Autres téléphones et e-mails"),
        required=False,
        help_text=gettext_lazy("Une ligne chacun. La recherche les trouve tous."),
    )
    company = ClientField(
        label=gettext_lazy("Rattaché à l’entreprise"),
        required=False,
        companies_only=True,
        help_text=gettext_lazy("Son employeur ou l’entreprise qui règle."),
    )
    payer = forms.ChoiceField(
        label=gettext_lazy("Qui paie"),
        required=False,
        choices=Client.Payer.choices,
        help_text=gettext_lazy("Ses interventions et ses séjours figurent sur le relevé de qui les paie."),
    )
    payer_since = DayField(
        label=gettext_lazy("Payeur depuis le"),
        required=False,
        help_text=gettext_lazy("Avant ce jour, c’est l’autre qui paie. Vide : depuis toujours."),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Canal préféré"), required=False, choices=Client.Channel.choices, initial=Client.Channel.NONE
    )
    no_messages = forms.BooleanField(
        label=gettext_lazy("Ne veut pas de messages"),
        required=False,
        help_text=gettext_lazy("Avant de lui écrire, le logiciel demande confirmation."),
    )
    subscribed_from = DayField(
        label=gettext_lazy("Abonné du"), required=False, help_text=gettext_lazy("Vide : depuis toujours.")
    )
    subscribed_until = DayField(
        label=gettext_lazy("Abonné jusqu’au"),
        required=False,
        help_text=gettext_lazy("Ce jour compris : ses visites, et celles de ses membres, ne coûtent rien."),
    )
    confirm_duplicate = forms.BooleanField(required=False, label=gettext_lazy("C’est bien un autre client"))

    field_order = (*IDENTITY, *CONTACT, *ADDRESS, *FOLLOW_UP, *STATUS)

    class Meta(StatusForm.Meta):
        fields: tuple[str, ...] = (*IDENTITY, *CONTACT, *ADDRESS, *FOLLOW_UP, *STATUS)  # type: ignore[assignment]
        labels = StatusForm.Meta.labels | {
            "kind": gettext_lazy("Type de client"),
            "street": gettext_lazy("Adresse"),
            "description": gettext_lazy("Description libre"),
        }
        widgets: dict[str, Any] = StatusForm.Meta.widgets | {
            "kind": forms.RadioSelect,
            "description": forms.Textarea(attrs={"rows": 3}),
            "street_extra": forms.TextInput,
        }

    def __init__(self, *args: Any, may_force: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duplicates: list[Duplicate] = []
        self.payer_was_reset = False
        if self.instance.pk:
            self.initial["phone"] = self.instance.phone_display
            self.initial["other_contacts"] = shown_rows(self.instance.other_contacts, self.instance.country_code)
        if not self.instance.company_id:
            self.initial["payer"] = Client.Payer.COMPANY
        if requires_email(self.instance):
            self.fields["email"].required = True
            self.fields["email"].error_messages["required"] = NO_EMAIL
            self.fields["email"].help_text = _("Obligatoire pour chaque client.")
        if not may_force:
            for name in STATUS:
                self.fields.pop(name, None)
        else:
            self.fields["status_mode"].required = False
        self.fields["language"].choices = spoken(self.initial.get("language") or self.instance.language)  # type: ignore[attr-defined]
        for name in ("first_name", "last_name", "company_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        self.cleaned_data = super().clean()
        typed = self.typed(*(name for name in self.Meta.fields if name not in SUBSCRIPTION))
        if self.instance.pk and "phone" not in self.changed_data:
            # How it is shown depends on the country, which may have been changed.
            typed["phone"] = self.instance.phone
        if self.instance.pk and "other_contacts" not in self.changed_data:
            typed["other_contacts"] = self.instance.other_contacts
        reading = read_client(typed)
        if comment := reading.comments.get("phone"):
            message = _("« %(comment)s » ne fait pas partie du numéro : mettez-le dans la description.")
            reading.refuse("phone", ValidationError(message, "comment", {"comment": comment}))
        self.take(reading)
        if error := subscription_error(*(self.cleaned_data.get(name) for name in SUBSCRIPTION)):
            self.add_error("subscribed_until", error)
        self._check_duplicates(self.cleaned_data)
        self._check_company(self.cleaned_data)
        self.cleaned_data |= self._payer(self.cleaned_data.get("company"))
        return self.cleaned_data

    def clean_channel(self) -> str:
        return self.cleaned_data["channel"] or self.instance.channel

    def _check_duplicates(self, values: dict[str, Any]) -> None:
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        company = values.get("company")
        self.duplicates = find_duplicates(texts, self.instance.pk, company.pk if company else None)
        for duplicate in self.duplicates:
            sentence = duplicate.sentence
            unchanged = duplicate.field not in self.changed_data
            if duplicate.level == BLOCK:
                self.add_error(duplicate.field, ValidationError(sentence, "duplicate"))
            elif duplicate.level == CONFIRM and not values.get("confirm_duplicate") and not unchanged:
                self.add_error(duplicate.field, ValidationError(sentence, "confirm"))

    def _check_company(self, values: dict[str, Any]) -> None:
        company = values.get("company")
        if company and company.pk == self.instance.pk and self.instance.pk:
            self.add_error("company", _("Un client ne peut pas être sa propre entreprise."))
        if self.instance.pk and values.get("kind") == Client.Kind.INDIVIDUAL and self.instance.members.exists():
            self.add_error(
                "kind", _("Des clients sont rattachés à cette entreprise : elle ne peut pas devenir un particulier.")
            )

    def _payer(self, company: Client | None) -> dict[str, Any]:
        before = Client.objects.filter(pk=self.instance.pk).first()
        is_other = before is not None and before.company is not None and before.company != company
        names = (name for name in PAYER if name in self.cleaned_data and self.add_prefix(name) in self.data)
        said = {name: self.cleaned_data[name] for name in names if not is_other or name in self.changed_data}
        found = settled_payer(company.pk if company else None, before, said, timezone.localdate())
        self.payer_was_reset = is_other and company is not None and "payer_since" not in said
        return {name: value for name, value in found.items() if name not in self.errors}

    def _get_validation_exclusions(self) -> set[str]:
        """`clean` compares both, with a link to the other client; the database constraints have the last word."""
        return super()._get_validation_exclusions() | {"email", "external_reference"}  # type: ignore[misc]


def conflict_context(form: StatusForm, client: Client) -> dict[str, Any]:
    """What somebody else changed since the form was opened, and the version with which it can be sent again."""
    return tell_conflict(form, ClientForm(instance=Client.objects.get(pk=client.pk), may_force=True))


class MergeForm(forms.Form):
    """The other client; then whose value is taken where both have one, and which versions were compared."""

    other = ClientField(label=gettext_lazy("Client à fusionner dans celui-ci"))
    confirm = forms.BooleanField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    other_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def chosen(self, may_force: bool) -> dict[str, str]:
        """Group → whose value is taken. Whoever may not force a status gives none."""
        sides = {group.name: self.data.get(f"take_{group.name}", "") for group in GROUPS}
        return {name: side for name, side in sides.items() if side in (KEPT, LOST) and (may_force or name != "status")}
