"""Access cards in from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.cards.columns import COLUMNS
from access.cards.matching import StoredCards
from access.gate.credentials import digest, qr_text
from access.imports.headings import STATUSES
from access.imports.labels import find_tags, find_zones, known_zones, link, restore_links, split
from access.imports.owners import KEYS, Owners
from access.imports.rows import Made, changes_of, forget, keep, settle_match, signed
from access.models import AccessCard, CardSecret
from access.models.cards import DERIVED, CardStatus, username_key
from access.services import client_columns
from access.services.cards import check_move, tell_cards, told_of, told_of_new
from access.typed import parse_kind, read_card, wrong_order
from clients.models import Client
from fixaloop.imports.importer import Importer, Options, Overtaken
from fixaloop.imports.report import Action, Record
from fixaloop.imports.undo import remember
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Signature, record_history
from fixaloop.records.refusal import Refused
from fixaloop.words.text import normalise

READ = ("username", "badge_number", "valid_from", "valid_until", "hours")
BESIDE = ("zones", "tags", "secret_hash", "code")
# What rows are told of by another name than the column that keeps it.
NAMES = {"secret_hash": "qr_value"}
SHORTEST_CODE = 8


class CardImporter(Importer):
    """Cards, each with its client, told apart by their username."""

    kind = "card"
    model = AccessCard
    parts = (CardSecret,)
    columns = COLUMNS
    keys = KEYS

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.seen: dict[tuple[str, str], int] = {}
        self.zones = known_zones()
        self.today = timezone.localdate()

    def read(self, record: Record) -> None:
        typed = {name: text for name, text in record.typed.items() if text.strip()}
        kind = self._kind(record, typed)
        reading = read_card({name: typed[name] for name in READ if name in typed} | {"kind": kind})
        record.values = {name: value for name, value in reading.values.items() if value} | {"kind": kind}
        if typed.get("valid_until"):
            record.values["valid_until"] = reading.values.get("valid_until")
        for name, errors in reading.errors.items():
            for error in errors:
                record.refuse(name, " ".join(error.messages))
        self._read_rest(record, typed)

    @staticmethod
    def _kind(record: Record, typed: Mapping[str, str]) -> str:
        """The kind said, else told by what is filled."""
        if said := typed.get("kind"):
            try:
                return parse_kind(said)
            except ValidationError as error:
                record.refuse("kind", " ".join(error.messages))
        return "badge" if typed.get("badge_number") else "qr"

    def _read_rest(self, record: Record, typed: Mapping[str, str]) -> None:
        values = record.values
        if said := typed.get("status"):
            values["status"] = STATUSES.get(normalise(said))
            if not values["status"]:
                record.refuse("status", _("Statuts possibles : active, suspendue, perdue, révoquée."))
        if reason := typed.get("status_reason", "").strip():
            values["status_reason"] = reason[:200]
        if code := typed.get("qr_value", "").strip():
            values["secret_hash"] = digest(qr_text(code))
            if len(code) < SHORTEST_CODE:
                record.refuse(
                    "qr_value", _("Ce code QR est trop court pour ne pas être deviné : 8 caractères au moins.")
                )
        for name in ("zones", "tags"):
            if name in typed:
                values[name] = split(typed[name])

    def settle(self, records: Sequence[Record]) -> None:
        """Find each row's client and card; a username, a badge and a code belong to one card."""
        owners = Owners(records, self.options.key)
        stored = StoredCards(records)
        for record in records:
            client = owners.of(record)
            card = stored.named(record.values["username"])
            if client is None or self._repeated(record) or not self._fits(record, client, card, stored):
                continue
            record.values["client_id"] = client.pk
            self._note_new_zones(record)
            settle_match(self, record, card, partial(_differences, stored))
            if card is not None:
                record.values = {
                    name: value for name, value in record.values.items() if NAMES.get(name, name) in record.changes
                }

    def _repeated(self, record: Record) -> bool:
        values = record.values
        badge = values.get("badge_number", "").lstrip("0")
        marks = (
            ("username", username_key(values["username"])),
            ("badge_number", badge),
            ("qr_value", values.get("secret_hash", "")),
        )
        for name, mark in marks:
            first = self.seen.setdefault((name, mark), record.number) if mark else record.number
            if first != record.number:
                message = _("Déjà à la ligne %(row)d de ce fichier, aux zéros de tête près.")
                plain = _("Déjà à la ligne %(row)d de ce fichier.")
                record.refuse(name, (message if name == "badge_number" else plain) % {"row": first})
                return True
        return False

    @staticmethod
    def _fits(record: Record, client: Client, card: AccessCard | None, stored: StoredCards) -> bool:
        """Whether nothing of the row belongs to somebody else."""
        if not client.email:
            record.refuse("client", _("Ce client n’a pas d’adresse e-mail : une carte en demande une."))
        if card is not None and card.client_id != client.pk:
            record.refuse(
                "username", _("Déjà le nom d’utilisateur d’une carte de %(client)s.") % {"client": card.client}
            )
        if card is not None:
            _check_changes(record, card)
        other = stored.with_badge(record.values.get("badge_number", ""))
        if other is not None and other != card:
            message = _("Déjà le badge de la carte « %(card)s » (%(number)s), de %(client)s.")
            shown = {"card": other, "number": other.badge_number, "client": other.client}
            record.refuse("badge_number", message % shown)
        holder = stored.with_secret(record.values.get("secret_hash", ""))
        if holder is not None and (card is None or holder != card.pk):
            record.refuse("qr_value", _("Ce code QR est déjà celui d’une autre carte."))
        return not record.errors

    def _note_new_zones(self, record: Record) -> None:
        for name in record.values.get("zones", ()):
            if name.lower() not in self.zones:
                self.zones[name.lower()] = None  # type: ignore[assignment]
                record.note("zones", _("La zone « %(name)s » n’existait pas : elle est créée.") % {"name": name})

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update in bulk; zones and tags that were missing are made."""
        tags = find_tags(name for record in records for name in record.values.get("tags", ()))
        zones = find_zones(name for record in records for name in record.values.get("zones", ()))
        creations = [record.values for record in records if record.action is Action.CREATE]
        fresh = [AccessCard(**self._new(values), created_at=at, updated_at=at, status_at=at) for values in creations]
        changed = changes_of(records)
        _check_moves(changed)
        columns = {key: _columns(values) | _since(values, at) for key, values in changed.items()}
        made = keep(AccessCard, fresh, columns, DERIVED, signed(batch, at))
        rows = dict(zip(made.created, creations, strict=True)) | changed
        found: tuple[tuple[str, Mapping[str, Any]], ...] = (("zones", zones), ("tags", tags))
        for name, known in found:
            chosen = {pk: [known[text.lower()].pk for text in row[name]] for pk, row in rows.items() if name in row}
            made.add_before(name, link(AccessCard, name, chosen))
        made.add_before("code", _keep_codes(rows, at))
        remember(batch, created=made.created, changed=made.changed)
        client_columns.follow(made.clients)
        names = {record.target: set(record.changes) for record in records if record.target in changed}
        _tell(made, names, signed(batch, at))

    def _new(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a new card; one that ended before today did not begin today."""
        first = values.get("valid_from") or min(self.today, values.get("valid_until") or date.max)
        return _columns(values) | {"valid_from": first, "everywhere": not values.get("zones")}

    @classmethod
    def mark(cls, row: Any) -> str:
        return str(row.version)

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        columns = {pk: {name: value for name, value in row.items() if name not in BESIDE} for pk, row in before.items()}
        sign = signed(batch, at)
        made = keep(AccessCard, [], columns, DERIVED, sign)
        restore_links(AccessCard, ("zones", "tags"), before)
        _restore_codes({pk: row["code"] for pk, row in before.items() if "code" in row})
        client_columns.follow(made.clients)
        taken = {pk: was for pk, (was, _mark) in made.changed.items()}
        names = {pk: {name for name in was if was[name] != columns[pk][name]} for pk, was in taken.items()}
        _tell(made, names, sign, sign.reason)

    @classmethod
    def remove(cls, ids: Sequence[int], batch: ImportBatch, at: datetime) -> None:
        cards = AccessCard.objects.filter(pk__in=ids)
        clients = list(cards.values_list("client", flat=True))
        record_history(cards, "-", signed(batch, at))
        CardSecret.objects.filter(card__in=ids).delete()
        forget(cards, AccessCard.zones.through, AccessCard.tags.through)
        client_columns.follow(clients)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept on the card itself."""
    columns = {name: value for name, value in values.items() if name not in BESIDE}
    return columns | ({"everywhere": not values["zones"]} if "zones" in values else {})


def _since(values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {"status_at": at} if "status" in values else {}


def _check_changes(record: Record, card: AccessCard) -> None:
    """What a row leaves out stays, and must go with what it says; statuses follow one another as everywhere."""
    values = record.values
    if not record.typed.get("kind", "").strip() and not values.get("badge_number"):
        values["kind"] = card.kind
    first, last = values.get("valid_from") or card.valid_from, values.get("valid_until", card.valid_until)
    if last is not None and last < first:
        record.refuse("valid_until" if values.get("valid_until") else "valid_from", wrong_order(first, last))
    if card.status == CardStatus.REVOKED and values.get("secret_hash"):
        record.refuse("qr_value", _("Cette carte est révoquée pour toujours : émettez-en une autre."))
    status = values.get("status", card.status)
    if status == card.status:
        return
    # The reason is that of the status: it goes with it, and is not the new one's because the file still holds it.
    if status == CardStatus.ACTIVE and values.get("status_reason") == card.status_reason:
        del values["status_reason"]
    values.setdefault("status_reason", "")
    try:
        check_move(card, status)
    except Refused as refusal:
        record.refuse("status", str(refusal))


def _check_moves(changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Somebody may have lost, found or revoked a card since its row was settled."""
    moved = {pk: values["status"] for pk, values in changed.items() if "status" in values}
    for card in AccessCard.objects.select_for_update(of=("self",)).filter(pk__in=moved).order_by("pk"):
        try:
            check_move(card, moved[card.pk])
        except Refused as refusal:
            raise Overtaken from refusal


def _tell(made: Made, names: Mapping[int, set[str]], sign: Signature, reason: str = "") -> None:
    """Tell of new cards, and of others what changed (primary key → fields), by the reason they have or another."""
    told: list[tuple[AccessCard, str]] = []
    for card in AccessCard.objects.filter(pk__in=[*made.created, *made.changed]).order_by("pk"):
        if card.pk in made.created:
            texts = told_of_new(card)
        else:
            before, _mark = made.changed[card.pk]
            # Where there was no code yet, none was revoked.
            changed = names[card.pk] - (set() if before.get("code") else {"qr_value"})
            texts = told_of(card, changed, reason or card.status_reason)
        told += [(card, text) for text in texts]
    tell_cards(told, by=sign.by, at=sign.at)


def _keep_codes(rows: Mapping[int, Mapping[str, Any]], at: datetime) -> dict[int, int | None]:
    """The codes that another system printed; the one a card had before is known as revoked, and returned by card."""
    codes = {pk: row["secret_hash"] for pk, row in rows.items() if row.get("secret_hash")}
    same = set(CardSecret.objects.filter(secret_hash__in=codes.values()).values_list("secret_hash", flat=True))
    new = {pk: code for pk, code in codes.items() if code not in same}
    live = CardSecret.objects.filter(card__in=new, revoked_at=None)
    before: dict[int, int | None] = dict.fromkeys(new) | dict(live.values_list("card", "pk"))
    live.update(revoked_at=at)
    CardSecret.objects.bulk_create(CardSecret(card_id=pk, secret_hash=code, issued_at=at) for pk, code in new.items())
    return before


def _restore_codes(before: Mapping[int, int | None]) -> None:
    """Give cards their former codes back. Nobody was given another one since: that would have stopped the undoing."""
    CardSecret.objects.filter(card__in=before, revoked_at=None).delete()
    CardSecret.objects.filter(pk__in=[code for code in before.values() if code]).update(revoked_at=None)


def _differences(stored: StoredCards, card: AccessCard, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be."""
    names = [name for name in values if name not in BESIDE and getattr(card, name) != values[name]]
    found = {name: (str(getattr(card, name) or ""), str(values[name] or "")) for name in names}
    for name in ("zones", "tags"):
        if name in values:
            had = sorted(row.name.lower() for row in getattr(card, name).all())
            found[name] = ("|".join(had), "|".join(sorted(text.lower() for text in values[name])))
    if values.get("secret_hash") and stored.with_secret(values["secret_hash"]) is None:
        found["qr_value"] = ("", _("nouveau code"))
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}
