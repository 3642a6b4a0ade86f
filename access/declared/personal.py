"""What access holds of clients, column by column."""

from django.db.models import Value

from access.models import (
    AccessCard,
    CardDefaults,
    CardPeriod,
    CardSecret,
    CardUse,
    Device,
    Driver,
    Entry,
    Event,
    FormerPlate,
    Payment,
    Read,
    RollCall,
    RollCallLine,
    SpecialDay,
    StaleClient,
    Tag,
    Tariff,
    Vehicle,
    Zone,
)
from fixaloop.records.personal import Table, numbered, unless_blank

# No username is typed with a “#”, and no plate is so long: neither can be somebody else's.
USERNAME, PLATE, BADGE = "anonyme#", "ANONYME-", "ANONYME"
REASON = "anonymisé"
PAYMENT = "id number hash kind amount method paid_on opposite_of words words_digest created_at"

TABLES = (
    Table(Tag, plain="id", untied="name"),
    Table(
        Zone,
        plain="id name parent capacity hours anti_passback repeat_seconds turn_seconds longest_stay reset_at open_to"
        " closed_on_holidays path version",
    ),
    Table(
        Device,
        plain="id name zone direction presented enabled at_counter repeat_seconds turn_seconds token_hash"
        " former_token_hash token_at last_seen_at version created_at",
    ),
    Table(
        SpecialDay,
        plain="id zone first_day last_day spans any_card_hour withdrawn version created_at",
        untied="reason",
    ),
    Table(
        Tariff,
        plain="id name starts_on free_minutes steps day_cap zone_names tag_names version created_at",
    ),
    Table(Tariff.zones.through, plain="id tariff zone"),
    Table(Tariff.free_tags.through, plain="id tariff tag"),
    Table(
        AccessCard,
        client="client",
        kind="card",
        plain="id client kind status status_at valid_from valid_until everywhere hours one_inside starts_at ends_at"
        " periods max_visits visits use_count last_used_at used_before last_day over_at version created_at updated_at",
        derived="username_key search_text",
        instead={
            "username": numbered(USERNAME),
            "badge_number": unless_blank("badge_number", numbered(BADGE)),
            "status_reason": unless_blank("status_reason", Value(REASON)),
            "visitor": "",
        },
    ),
    Table(AccessCard.zones.through, plain="id accesscard zone"),
    Table(AccessCard.tags.through, plain="id accesscard tag"),
    Table(CardPeriod, plain="id card starts_at ends_at"),
    Table(CardSecret, plain="id card issued_at revoked_at", apart="secret_hash"),
    Table(CardDefaults, plain="template days"),
    Table(CardDefaults.zones.through, plain="id carddefaults zone"),
    Table(
        Vehicle,
        client="client",
        kind="vehicle",
        plain="id client country make model is_active everywhere hours valid_until make_key model_key version"
        " created_at updated_at",
        derived="plate_key plate_mark color_key search_text",
        instead={"plate": numbered(PLATE), "year": None, "color": ""},
    ),
    Table(Vehicle.tags.through, plain="id vehicle tag"),
    Table(Vehicle.zones.through, plain="id vehicle zone"),
    Table(Driver, plain="id", apart="vehicle client"),
    Table(FormerPlate, plain="id", apart="vehicle client plate_key"),
    Table(
        Entry,
        client="client",
        kind="entry",
        plain="id client card vehicle zone device_in device_out entered_at exited_at estimated anomalies to_check"
        " parked person voided_at amount_due paid_amount balance payment_status priced_by pricing",
        instead={"note": ""},
        aged={
            **dict.fromkeys(("client", "card", "vehicle")),
            "note": "",
            "anomalies": [],
            "pricing": {},
            "estimated": False,
            "person": 0,
            "to_check": False,
        },
    ),
    Table(Payment, plain=f"{PAYMENT} entry", team="by"),
    Table(
        Event,
        plain="id at recorded_at kind said client card vehicle device zone entry direction reasons anomalies",
        team="actor",
        apart="inputs plate_read text",
    ),
    Table(Event.tags.through, plain="id event tag"),
    Table(StaleClient, plain="id client_key"),
    Table(CardUse, plain="id card_key uses at"),
    Table(Read, plain="id device nonce body_hash created_at zone direction read_at", apart="answer subject"),
    Table(RollCall, plain="id started_at ended_at", team="started_by ended_by", untied="note"),
    Table(RollCallLine, plain="id roll_call person entry safe_at", team="safe_by"),
)
