"""What is odd about a stay, in words: pages that list who is inside say it at once, not only after the night."""

from datetime import datetime

from django.utils.translation import gettext as _

from access.gate.lapse import has_lapsed
from access.gate.reasons import anomaly_label
from access.gate.unread import Unread
from access.models import Entry


def doubts_about(stay: Entry, at: datetime, unread: Unread) -> list[str]:
    too_long = [_("présent depuis trop longtemps")] if stay.is_open and has_lapsed(stay, at) else []
    maybe_left = [_("sortie peut-être non lue : lecteur muet")] if unread.concerns(stay) else []
    return [*too_long, *maybe_left, *map(anomaly_label, dict.fromkeys(stay.anomalies))]
