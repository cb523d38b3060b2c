"""Which addresses a download may reach: public ones, named by the list, and no other.

A list of sources is a file anyone may edit or send; an address in it, or a redirection, must
not make this machine talk to its own network (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from assistant.errors import AssistantError, NetworkForbiddenError

_PORTS: Final = {"http": 80, "https": 443}


class ForbiddenAddressError(AssistantError):
    """An address is not one that may be fetched."""

    code = "adresse_interdite"


class UnknownHostError(AssistantError):
    """A host name has no address: no network, or a name that no longer exists."""

    code = "hote_introuvable"
    retryable = True


@dataclass(slots=True)
class AddressPolicy:
    """Decides which addresses may be fetched.

    Attributes:
        hosts: host names of the chosen sources, lower case.
        local: also accept addresses of this machine and of its network (tests, mirrors).
    """

    hosts: frozenset[str]
    local: bool = False
    _resolved: dict[str, frozenset[str]] = field(default_factory=dict)

    def check(self, url: str, *, after: str | None = None) -> str:
        """Host of an address that may be fetched.

        Args:
            url: the address.
            after: the address that redirects to it, if any.

        Raises:
            ForbiddenAddressError: wrong scheme, another host, https that becomes http…
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower().rstrip("."), parts.port
        except ValueError as error:
            raise ForbiddenAddressError(f"L’adresse « {url[:200]} » est mal écrite.") from error
        if parts.scheme not in _PORTS or not host:
            raise ForbiddenAddressError(
                f"L’adresse « {url[:200]} » n’est pas une adresse http ou https."
            )
        if parts.username is not None or parts.password is not None:
            raise ForbiddenAddressError("Une adresse ne doit pas contenir d’identifiant.")
        if after is not None and urlsplit(after).scheme == "https" and parts.scheme == "http":
            raise ForbiddenAddressError(
                f"Le serveur redirige vers une adresse non chiffrée («\u00a0{url[:200]}\u00a0»)."
            )
        if not self.local and port not in (None, _PORTS[parts.scheme]):
            raise ForbiddenAddressError(f"Le port {port} n’est pas celui d’un site public.")
        if host not in self.hosts and _bare(host) not in {_bare(name) for name in self.hosts}:
            raise ForbiddenAddressError(
                f"Le serveur redirige vers un autre site («\u00a0{host}\u00a0»).",
                "Vérifiez cette adresse, puis mettez-la dans la liste des sources.",
            )
        return host

    def resolve(self, host: str) -> frozenset[str]:
        """Addresses of a host, all of them public unless local ones are accepted.

        Raises:
            UnknownHostError: the name has no address.
            ForbiddenAddressError: one of its addresses is not public.
        """
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
        except NetworkForbiddenError:
            raise
        except OSError as error:
            raise UnknownHostError(
                f"Le nom «\u00a0{host}\u00a0» est introuvable.",
                "Vérifiez la connexion de cette machine, puis l’adresse de la source.",
            ) from error
        for address in sorted(found):
            if not self.local and not is_public(address):
                raise ForbiddenAddressError(
                    f"«\u00a0{host}\u00a0» désigne une adresse qui n’est pas publique ({address})."
                )
        self._resolved[host] = frozenset(found)
        return self._resolved[host]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, embedded IPv4 included."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if parsed in ipaddress.ip_network("64:ff9b::/96"):  # NAT64
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _bare(host: str) -> str:
    return host.removeprefix("www.")
