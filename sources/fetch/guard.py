"""Where a request may go: allowed hosts, and no address inside somebody's own network.

A name is resolved once for each connection, every address it resolves to is judged, and the
connection is made to one of those: a name that resolves otherwise a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sources.fetch.addresses import Place, place_of, shown
from sources.fetch.errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that IANA has given out as global unicast (RFC 4291, 2.4)."""

_RESERVED = tuple(
    ipaddress.ip_network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")
)
"""Protocol assignments, relays of 6to4 and documentation: not public in every Python's tables
(IANA, special-purpose address registries; RFC 6890, 7526, 9637)."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, each once, in the system's order.

    Raises:
        socket.gaierror: The name is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses.

    Attributes:
        hosts: Hosts that may be asked, lower case; ``host:port`` where the port is not the
            scheme's own.
        networks: Networks that may be asked though they are private, loopback or the like.
        resolver: Names to addresses.
    """

    hosts: frozenset[str]
    networks: tuple[Network, ...] = ()
    resolver: Resolver = resolve

    def check(self, url: str, came_from: str = "") -> Place:
        """Return where an address leads, if it may be asked.

        Args:
            url: Address.
            came_from: The address that redirected to it.

        Raises:
            FetchError: ``address_refused``, naming what would allow it.
        """
        try:
            place = place_of(url)
        except ValueError:
            raise self._refused(url, came_from, "only http and https") from None
        if came_from.startswith("https:") and place.scheme == "http":
            raise self._refused(url, came_from, "from https to http")
        if place.named_user:
            raise self._refused(url, came_from, "no user names in addresses")
        if place.name not in self.hosts:
            advice = f"add {place.name!r} to hosts of [sources.fetch] if it belongs to the source"
            raise self._refused(url, came_from, f"host not allowed; {advice}")
        return place

    def _refused(self, url: str, came_from: str, why: str) -> FetchError:
        via = f" (redirected from {shown(came_from)})" if came_from else ""
        return FetchError("address_refused", f"{shown(url)}{via}: {why}")

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve a host, and refuse it where one of its addresses is not public.

        Raises:
            socket.gaierror: The name is unknown.
            FetchError: ``address_refused``.
        """
        # Once more, as urllib3 read the address: two readers of one address can differ.
        name = host.lower().rstrip(".")
        shown_name = f"[{name}]" if ":" in name else name
        if not {shown_name, f"{shown_name}:{port}"} & self.hosts:
            raise FetchError("address_refused", f"{host}: host not allowed")
        found = self.resolver(host, port)
        for text in found:
            address = _plain(ipaddress.ip_address(text.partition("%")[0]))
            if not _is_public(address) and not any(address in one for one in self.networks):
                raise FetchError(
                    "address_refused",
                    f"{host}: resolves to {address}, which is not public; if that is meant, add "
                    "the network to networks of [sources.fetch]",
                )
        return found


def _is_public(address: Address) -> bool:
    """Tell whether an address is one that anybody's network can have, and no other use has."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _RESERVED)


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        teredo = address.teredo[1] if address.teredo else None
        return address.ipv4_mapped or address.sixtofour or teredo or address
    return address
