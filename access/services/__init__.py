"""What pages, commands and the admin do to cards, vehicles, places and entries, with its event."""

from access.services.calendar import save_special_day, withdraw_special_day
from access.services.cards import change_card_status, issue_card, reissue_card, update_card
from access.services.corrections import correct_exit, end_stays, settle, take_back, void
from access.services.events import add_note
from access.services.payments import oppose_payment, record_payment, return_to_tariff, set_amount, take_price_back
from access.services.places import provision_device, revoke_token, rotate_token, save_device, save_zone
from access.services.roll_calls import end_roll_call, mark_safe, start_roll_call
from access.services.tariffs import save_tariff
from access.services.vehicles import add_driver, add_vehicle, remove_driver, update_vehicle
from fixaloop.records.refusal import Refused, Stale
