"""The forms of an import."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.imports.columns import Columns
from fixaloop.imports.importer import Importer
from fixaloop.imports.kinds import name_of
from fixaloop.imports.money import UNSAID
from fixaloop.tables import Table

LARGEST = 50 * 1024 * 1024
ASIDE = "-"


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Que contient le fichier ?"),
        error_messages={"required": gettext_lazy("Dites ce que contient le fichier.")},
    )
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy("Un classeur .xlsx ou un fichier .csv, tel que votre logiciel l’a écrit."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.csv,.txt,.tsv"}),
        error_messages={
            "required": gettext_lazy("Choisissez le fichier à importer."),
            "empty": gettext_lazy("Ce fichier est vide : vérifiez que vous avez choisi le bon."),
        },
    )

    def __init__(self, *args: Any, kinds: Mapping[str, type[Importer]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind, name_of(importer)) for kind, importer in kinds.items()]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            message = _("Ce fichier pèse %(size)s ; %(most)s au plus. Coupez-le en plusieurs.")
            raise forms.ValidationError(
                message % {"size": filesizeformat(file.size or 0), "most": filesizeformat(LARGEST)}, "too_big"
            )
        return file


class OptionsForm(forms.Form):
    mode = forms.ChoiceField(
        label=gettext_lazy("Que faire des lignes ?"),
        choices=(
            ("upsert", gettext_lazy("Créer les nouvelles fiches et mettre à jour les autres")),
            ("create", gettext_lazy("Créer seulement : refuser les fiches qui existent")),
            ("update", gettext_lazy("Mettre à jour seulement : refuser les nouvelles")),
        ),
    )
    key = forms.ChoiceField(label=gettext_lazy("Reconnaître une fiche à"), required=False)
    template = forms.ChoiceField(label=gettext_lazy("Modèle des nouvelles fiches"), required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("Feuille"), required=False)
    unsaid = forms.ChoiceField(required=False)
    skip = forms.BooleanField(
        label=gettext_lazy("Prendre les bonnes lignes même si d’autres sont refusées"), required=False
    )
    lenient = forms.BooleanField(
        label=gettext_lazy("Laisser vide une valeur facultative fausse, plutôt que refuser sa ligne"), required=False
    )
    take_forgotten = forms.BooleanField(
        label=gettext_lazy("Reprendre aussi les clients anonymisés depuis un import précédent"), required=False
    )

    def __init__(self, *args: Any, importer: type[Importer], table: Table, columns: Columns, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = importer.key_labels()
        self._offer("key", [("", _("ce que la ligne a de plus sûr")), *keys.items()], wanted=bool(keys))
        unsaid = [("", _("le demander : refuser la ligne")), *UNSAID.items()]
        self._offer("unsaid", unsaid, wanted=bool(importer.paid_question))
        if "unsaid" in self.fields:
            self.fields["unsaid"].label, self.fields["unsaid"].help_text = importer.paid_question, importer.paid_reason
        names = importer.template_names()
        self._offer("template", [("", _("aucun")), *((name, name) for name in names)], wanted=bool(names))
        if not importer.forgetful:
            del self.fields["take_forgotten"]
        self._offer("sheet", [(name, name) for name in table.sheets], wanted=len(table.sheets) > 1)
        if "sheet" in self.fields:
            self.fields["sheet"].initial = table.sheet
        self.headers = {f"column_{index}": header for index, header in enumerate(table.headers) if header}
        self._offer_columns(importer, columns, table)
        self.understood = bool(columns.read)

    def _offer(self, name: str, choices: list[tuple[str, Any]], *, wanted: bool) -> None:
        if wanted:
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields[name]

    def _offer_columns(self, importer: type[Importer], columns: Columns, table: Table) -> None:
        shown = [(field.name, field.header) for field in importer.columns if field.offered]
        for name, header in self.headers.items():
            read = columns.read.get(int(name.removeprefix("column_")))
            understood = _("comme compris : %(field)s") % {"field": read.header} if read else _("laissée de côté")
            aside = [(ASIDE, _("laissée de côté"))] if read else []
            choices = [("", understood), *aside, *shown]
            self.fields[name] = forms.ChoiceField(label=header, required=False, choices=choices)

    def clean(self) -> dict[str, Any]:
        if not self.understood and not any(self.cleaned_data.get(name) for name in self.headers):
            message = _("Aucune colonne n’est comprise : dites plus bas ce que contient chacune.")
            raise forms.ValidationError(message, "columns")
        return self.cleaned_data

    @property
    def option_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("column_")]

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("column_")]

    def options(self) -> dict[str, Any]:
        chosen = {name: value for name, value in self.cleaned_data.items() if value and not name.startswith("column_")}
        told = {header: self.cleaned_data.get(name) for name, header in self.headers.items()}
        mapped = {header: "" if name == ASIDE else name for header, name in told.items() if name}
        return {**chosen, "mapped": mapped}


def initial_of(options: Mapping[str, Any], table: Table) -> dict[str, Any]:
    mapped = options.get("mapped", {})
    columns = {
        f"column_{index}": mapped[header] or ASIDE for index, header in enumerate(table.headers) if header in mapped
    }
    return {**{name: value for name, value in options.items() if name != "mapped"}, **columns}
