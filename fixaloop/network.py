"""How other machines of the network reach this one; `python -m fixaloop.network PORT` prints the addresses to type."""

import socket
import sys
from contextlib import suppress

LOCAL = ("localhost", "127.0.0.1", "[::1]")
# Reserved for documentation: nothing is sent, the system only says from which address it would be.
ELSEWHERE = ("192.0.2.1", 9)


def own_addresses() -> list[str]:
    """Addresses and names of this machine on its network, without those that only it understands."""
    name = socket.gethostname()
    found = [_outward(), *_named(name), name, f"{name.partition('.')[0]}.local"]
    return [text for text in dict.fromkeys(found) if text and text not in LOCAL and not text.startswith("127.")]


def _outward() -> str:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(ELSEWHERE)
        return str(probe.getsockname()[0])
    return ""


def _named(name: str) -> list[str]:
    with suppress(OSError):
        return socket.gethostbyname_ex(name)[2]
    return []


if __name__ == "__main__":
    for address in own_addresses():
        sys.stdout.write(f"  http://{address}:{sys.argv[1]}\n")
