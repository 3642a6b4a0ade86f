"""The rows of a file as records: what is no data is left out, what a cell only shows is no value, strays are told."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.imports.columns import Columns
from fixaloop.imports.days import may_be_another, month_first
from fixaloop.imports.report import Action, Issue, Record, Report
from fixaloop.tables import UNCOMPUTED, Cell, Table, as_text, is_blank
from fixaloop.words.text import normalise

CHUNK = 1000
TOTAL = re.compile(
    r"(?:sous |grand )?tota(?:l|ux)(?: general)?"
    r"(?: (?:clients?|lignes?|fiches?|ttc|ht|encours|soldes?|ventes|creances))?(?: \d[\d ]*(?: \w+)?)?"
    r"|sous total .+|a reporter"
)
_BEGINNINGS = frozenset("TtSsGgAaÀà")
# What may stand beside “Total”: a count or an amount. A telephone begins with 0 or +.
SUM = re.compile(r"-?(?!0\d)\d[\d \u00a0\u202f.,]*(?:€|%|EUR| clients?| lignes?| fiches?)?", re.IGNORECASE)
# So many may stand in columns of something else: a count under a name.
_FEW = 2
EXCEL_ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!")
)
# How databases and programs write “nothing” into a file.
NOTHING = frozenset(("NULL", "null", "<NULL>", "(null)", "[NULL]", "\\N", "NaN", "nan", "N/A", "n/a", "undefined"))
# How people do: dashes and dots, or a word; how spreadsheets show an amount of zero (« -   € »).
_MARKS = frozenset("-–—_./…?* \u00a0\u202f€")
_SAID = re.compile(r"n[ée]ant|aucune?|inconnue?|non (?:renseign|communiqu)[ée]e?|n\.? ?c\.?|sans objet", re.IGNORECASE)
_LONGEST_SAID = 20
# What stands below and between lists: counts, dates of printing, numbers of pages, the alphabet, names of groups.
_COUNTED = ("lignes", "fiches", "enregistrements", "résultats")
_FOOTER = (
    r"(?:\d+ |nombre (?:de |d )?|total (?:de |des )?)(?:{counted})(?: \d+)?"
    r"|(?:liste |fichier |document |export )?(?:edite|imprime|exporte|genere|extrait|arrete)e? (?:le|par) .*"
    r"|page \d+(?: (?:sur |de |of )?\d+)?|moyennes?|[a-z]"
    r"|fin (?:de |du |d )?(?:la )?(?:liste|document|fichier|export|edition|etat)"
    # Between groups of rows: « Clients de Lyon », « Secteur : Nord ».
    r"|(?:{things}) (?:de|du|des|d|en|a|au|sur) .+|(?:secteur|tournee|categorie|commercial|representant) .+"
)


class Rows:
    """Reads the rows of a table, and tells the report about those that are left out.

    `things` is what programs call them in a count below the list.
    """

    def __init__(self, table: Table, columns: Columns, report: Report, things: Sequence[str]) -> None:
        self._table, self._report = table, report
        self._columns = columns
        self._fields = {index: field for index, field in columns.read.items() if not field.computed}
        self._wanted = [(index, field.name) for index, field in self._fields.items()]
        headers = table.headers
        self._unnamed = [index for index, header in enumerate(headers) if not header and index not in columns.read]
        self._named = [(index, header) for index, header in enumerate(headers) if header]
        # Columns left aside in which no value was seen yet, and the words for nothing that were told.
        self._silent = set(columns.doubted)
        # Where a blank is harmless; a zone or a last day without a value would open gates wider.
        self._blankable = {
            field.name: field.tell
            for field in columns.read.values()
            if field.optional or field.foreign or field.blankable
        }
        self._told: set[tuple[str, str]] = set()
        self._amounts = [
            (index, field.name)
            for index, field in columns.read.items()
            if field.seen_with == "money" and index in table.merged
        ]
        self._month_first = month_first(table, columns)
        self._footer = re.compile(_FOOTER.format(counted=_counted((*_COUNTED, *things)), things=_counted(things)))

    def chunks(self) -> Iterator[tuple[list[Record], dict[int, Sequence[Cell]]]]:
        """The records of a thousand rows at a time, and the cells of these rows by number."""
        rows = self._table.rows
        self._tell_hidden()
        self._tell_merged()
        self._report.read += self._table.header_row - 1
        self._report.counts[Action.IGNORE] += self._table.header_row - 1
        while chunk := list(islice(rows, CHUNK)):
            self._report.read += len(chunk)
            records = [record for number, cells in chunk if (record := self._record(number, cells))]
            self._report.counts[Action.IGNORE] += len(chunk) - len(records)
            yield records, dict(chunk)

    def _tell_hidden(self) -> None:
        """Tell what is read though a filter or a fold of the workbook hides it from whoever sent it."""
        table = self._table
        if table.hidden_rows:
            message = _(
                "Lignes masquées dans le classeur (filtre ou repli), lues aussi : %(count)s, à partir de celle-ci. Pour"
                " les laisser, copiez les seules cellules visibles dans un nouveau classeur."
            )
            said = message % {"count": number_format(table.hidden_rows)}
            self._report.warnings.append(Issue(table.first_hidden, "", "", said))
        read = {table.headers[index] for index, _name in self._wanted}
        for header in filter(read.__contains__, table.hidden_columns):
            said = _("Colonne masquée dans le classeur : elle est lue aussi.")
            self._report.warnings.append(Issue(table.header_row, header, "", said))

    def _tell_merged(self) -> None:
        said = _("Cellules fusionnées : la valeur de la première vaut aussi pour les suivantes, ici et plus bas.")
        for index in [index for index, _name in self._wanted if index in self._table.merged]:
            first = self._table.merged[index][0].rows.start
            self._report.warnings.append(Issue(first, self._table.headers[index], "", said))

    def _record(self, number: int, cells: Sequence[Cell]) -> Record | None:
        places = [(index, text) for index, cell in enumerate(cells) if (text := as_text(cell).strip())]
        filled = [text for _index, text in places]
        if not filled or self._is_header(cells):
            return None
        if self._is_total(places):
            words = ", ".join(filled)
            self._report.warnings.append(Issue(number, "", words, _("Ligne de total : elle n’est pas lue.")))
            return None
        if words := self._tells_of_list(filled):
            message = _("Ce n’est pas une ligne de données : elle n’est pas lue.")
            self._report.warnings.append(Issue(number, "", words, message))
            return None
        record = Record(number, {name: as_text(cells[index]) for index, name in self._wanted})
        self._doubt_days(record)
        self._refuse_shared(record, cells)
        self._empty(record)
        if self._silent:
            self._tell_unread(number, cells)
        if self._unnamed or len(cells) > len(self._table.headers):
            self._find_strays(record, cells)
        return record

    def _is_total(self, places: Sequence[tuple[int, str]]) -> bool:
        """Whether a row begins with the word and holds sums besides: not the telephone or postal code of a company."""
        (_index, first), *others = places
        if first[0] not in _BEGINNINGS or not TOTAL.fullmatch(normalise(first)):
            return False
        read = [field for index, _text in others if (field := self._fields.get(index)) and field.seen_with != "money"]
        alone = not read or (len(others) <= _FEW and not any(field.text for field in read))
        return alone and all(SUM.fullmatch(text) for _index, text in others)

    def _is_header(self, cells: Sequence[Cell]) -> bool:
        filled = [(index, as_text(cell)) for index, cell in enumerate(cells) if cell != ""]
        headers = self._table.headers
        if len(filled) < 2 or len(filled) > len(headers):
            return False
        return all(index < len(headers) and normalise(text) == normalise(headers[index]) for index, text in filled)

    def _empty(self, record: Record) -> None:
        """Empty the cells that only show an error or a word for nothing; an error refuses its row."""
        for name, text in record.typed.items():
            if text.startswith("#") and (text := text.strip()) in EXCEL_ERRORS:
                record.quoted[name], record.typed[name] = text, ""
                record.refuse(name, _("Le tableur affiche une erreur à la place de la valeur : corrigez la formule."))
            elif text == UNCOMPUTED:
                record.typed[name] = ""
                message = _("Formule sans résultat enregistré : ouvrez le classeur dans le tableur et enregistrez-le.")
                record.refuse(name, message)
            elif text in NOTHING or self._says_nothing(name, text):
                record.typed[name] = ""
                if (name, text) not in self._told:
                    self._told.add((name, text))
                    record.quoted[name] = text
                    record.note(name, _("« %(word)s » veut dire vide, ici et plus bas.") % {"word": text})

    def _doubt_days(self, record: Record) -> None:
        """Doubt days that may be others, where one of their column can only be read with the month first.

        Real days of a workbook too: a French spreadsheet takes 04/02/2026 for one, and leaves 03/25/2026 as text.
        """
        for name in self._month_first:
            if may_be_another(record.typed[name]):
                message = _(
                    "D’autres dates de cette colonne mettent le mois avant le jour : celle-ci est lue jour d’abord,"
                    " à vérifier."
                )
                record.note(name, message)

    def _refuse_shared(self, record: Record, cells: Sequence[Cell]) -> None:
        """Refuse an amount that one merged cell shows for several rows: it may be that of all of them together."""
        for index, name in self._amounts:
            has_figures = any(map(str.isdigit, record.typed[name]))
            if has_figures and self._table.is_merged(record.number, index, cells[index]):
                message = _("Montant d’une cellule fusionnée sur plusieurs lignes : écrivez celui de chaque ligne.")
                record.refuse(name, message)

    def _tells_of_list(self, filled: Sequence[str]) -> str:
        """The only text of a row that tells of the list and not of one of its things; "" for any other row."""
        alone = len(filled) == 1 and len(self._named) > 1
        return filled[0] if alone and self._footer.fullmatch(normalise(filled[0])) else ""

    def _says_nothing(self, name: str, text: str) -> bool:
        """Whether somebody wrote a dash or “néant” into a cell that may be blank. NC is a country too."""
        if name not in self._blankable or not means_nothing(text):
            return False
        tell = self._blankable[name]
        return not (tell and tell(text))

    def _tell_unread(self, number: int, cells: Sequence[Cell]) -> None:
        for index in [index for index in self._silent if not is_blank([cells[index]])]:
            self._silent.discard(index)
            header = self._table.headers[index]
            message = self._columns.reasons.get(index) or _("Colonne non comprise : laissée de côté, ici et plus bas.")
            self._report.warnings.append(Issue(number, header, as_text(cells[index]), message))

    def _find_strays(self, record: Record, cells: Sequence[Cell]) -> None:
        """Tell of values without a heading. In a text file, one past the last column means that others are shifted."""
        beyond = range(len(self._table.headers), len(cells))
        for index in (*self._unnamed, *beyond):
            if not is_blank([cells[index]]):
                record.strays.append((_("colonne %(rank)d") % {"rank": index + 1}, as_text(cells[index])))
        if self._table.format != "xlsx" and any(not is_blank([cells[index]]) for index in beyond):
            record.strays = []
            record.refuse(
                "", _("Cette ligne a plus de valeurs que d’en-têtes : un séparateur de trop décale les colonnes.")
            )


def _counted(things: Iterable[str]) -> str:
    return "|".join(f"{normalise(thing).removesuffix('s')}s?" for thing in things)


def holds_a_value(text: str) -> bool:
    """Whether something else stands there than an error, a formula without a result, or a word for nothing."""
    return (
        bool(text) and text not in EXCEL_ERRORS and text != UNCOMPUTED and not (text in NOTHING or means_nothing(text))
    )


def means_nothing(text: str) -> bool:
    """Whether people write this for “nothing”: “-”, “...”, “néant”."""
    text = text.strip()
    if len(text) > _LONGEST_SAID or not text:
        return False
    return _MARKS.issuperset(text) or _SAID.fullmatch(text) is not None
