"""How somebody is recognised: by a key, by a session, or by a proxy that is trusted for it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from assistant.access.keys import KeyStore, clean_groups
from assistant.access.limits import Limiter
from assistant.access.model import Means, Person, Role
from assistant.access.sessions import SessionStore
from assistant.errors import AssistantError
from assistant.settings import Settings, SettingsError

FAILURES_AT_ONCE: Final = 10
FAILURE_EVERY_S: Final = 30.0
"""Wrong keys accepted from one address, at once then one every so often.

A right key is never refused because of the wrong ones that came from the same address: guessing
256 random bits is hopeless however fast it goes, while a whole site behind one address would be
locked out by anyone there.
"""

_ROLES_DOWN: Final = (Role.ADMINISTRATOR, Role.LEAD, Role.EVALUATOR, Role.READER)


class SignInRequiredError(AssistantError):
    """Nobody was recognised where somebody must be."""

    code = "connexion_requise"


class CredentialsRefusedError(AssistantError):
    """What was presented opens nothing: unknown, expired, revoked."""

    code = "cle_refusee"


class NoRoleError(AssistantError):
    """Somebody was recognised, and has no role here."""

    code = "sans_role"


class TooManyRequestsError(AssistantError):
    """Somebody asks too often.

    Attributes:
        wait_s: seconds before the next request may pass.
    """

    code = "trop_de_requetes"
    retryable = True

    def __init__(self, message: str, remedy: str, *, wait_s: float) -> None:
        super().__init__(message, remedy)
        self.wait_s = wait_s


class SignIn:
    """Recognises people, as the options say. Safe to share between threads.

    Attributes:
        on: whether anybody has to be recognised.
        keys: the keys.
        sessions: the sessions of browsers.
        requests: how often each may ask.
        failures: how often an address may be wrong.
    """

    def __init__(self, settings: Settings) -> None:
        """Read the options.

        Raises:
            SettingsError: they contradict each other.
        """
        _check(settings)
        self.settings = settings
        self.on = settings.sign_in != "aucune"
        self.keys = KeyStore(settings.index_dir)
        self.sessions = SessionStore(settings.index_dir, hours=settings.session_hours)
        rate = settings.requests_per_minute
        self.requests = Limiter(rate, rate / 60) if rate else None
        self.failures = Limiter(FAILURES_AT_ONCE, 1 / FAILURE_EVERY_S)
        self._proxies = [_network(one) for one in settings.trusted_proxies]

    def by_key(self, secret: str, address: str) -> Person:
        """Whose key this is.

        Args:
            secret: what was presented.
            address: where from.

        Raises:
            CredentialsRefusedError: nobody's.
            TooManyRequestsError: nobody's, and too many came from this address.
            StorageError: the disk refuses.
            AccessFileError: the file of the keys is damaged.
        """
        found = self.keys.verify(secret)
        if found is None:
            raise self.refused(address)
        return found

    def refused(self, address: str) -> AssistantError:
        """Count a wrong key, and say it."""
        wait_s = self.failures.use(address)
        if wait_s:
            return TooManyRequestsError(
                "Trop de clés refusées sont venues de votre adresse.",
                "Vérifiez votre clé, puis réessayez dans une minute.",
                wait_s=wait_s,
            )
        return CredentialsRefusedError(
            "Cette clé n’ouvre rien : elle est inconnue, expirée ou révoquée.",
            "Vérifiez qu’elle est entière, ou demandez-en une à l’administrateur de l’assistant.",
        )

    def count(self, who: Person, address: str) -> None:
        """Count a request.

        Raises:
            TooManyRequestsError: too many have come.
        """
        wait_s = self.requests.use(who.id or f"adresse:{address}") if self.requests else 0.0
        if wait_s:
            raise TooManyRequestsError(
                "Trop de requêtes en peu de temps.",
                "Réessayez dans quelques secondes, ou espacez-les.",
                wait_s=wait_s,
            )

    def trusts(self, address: str) -> bool:
        """Whether the headers that this address sends are believed."""
        try:
            number = _address(address)
        except ValueError:
            return False
        return any(number in network for network in self._proxies)

    def origin(self, peer: str, forwarded: Iterable[str]) -> str:
        """Where a request comes from: the first address, from ours, that is no trusted proxy.

        Args:
            peer: the address that is connected.
            forwarded: the addresses of `X-Forwarded-For`, as written.
        """
        for address in reversed(list(forwarded)):
            if not self.trusts(peer):
                break
            try:
                peer = str(_address(address.strip()))
            except ValueError:
                break
        return peer

    def vouched(
        self, means: Means, subject: str, name: str, roles: Iterable[str], groups: Iterable[str]
    ) -> Person:
        """Somebody whom a proxy or a provider has recognised.

        Args:
            means: which of them.
            subject: their stable identifier there.
            name: as it is shown.
            roles: what they are there.
            groups: the groups they belong to there.

        Raises:
            NoRoleError: none of these roles is one here.
        """
        names = self.settings.role_names or {role.value: role for role in Role}
        given = {names[value.strip()] for value in roles if value.strip() in names}
        role = next((one for one in _ROLES_DOWN if one in given), self.settings.default_role)
        if role is None:
            raise NoRoleError(
                "Votre compte est reconnu, mais il n’a aucun rôle dans l’assistant.",
                "Demandez-en un à l’administrateur de l’assistant.",
            )
        return Person(f"{means}:{subject}", name or subject, role, clean_groups(groups), means)


def _check(settings: Settings) -> None:
    """Refuse options that would let everybody in, or nobody.

    Raises:
        SettingsError: they contradict each other.
    """
    url = urlsplit(settings.public_url)
    if settings.public_url and not (url.scheme in {"http", "https"} and url.hostname):
        raise SettingsError(
            f"« public_url » n’est pas une adresse : {settings.public_url}.",
            "Écrivez-la comme dans un navigateur : https://assistant.ars.example.",
        )
    for one in settings.trusted_proxies:
        _network(one)
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104  # named to be told apart
    if everywhere and settings.sign_in != "aucune" and not (settings.hosts or settings.public_url):
        raise SettingsError(
            f"Écouter sur « {settings.host} » demande aussi « public_url » ou « hosts » : les noms "
            "sous lesquels les personnes appellent ce serveur.",
            'Ajoutez par exemple : public_url = "https://assistant.ars.example".',
        )
    if settings.sign_in == "mandataire" and not settings.trusted_proxies:
        raise SettingsError(
            "« sign_in = mandataire » demande « trusted_proxies » : sans elles, aucun en-tête "
            "n’est cru et personne n’est reconnu.",
            "Donnez l’adresse IP du serveur mandataire.",
        )
    if settings.sign_in == "oidc":
        wanted = ("oidc_issuer", "oidc_client_id", "public_url")
        missing = [name for name in wanted if not getattr(settings, name)]
        if missing:
            raise SettingsError(
                f"« sign_in = oidc » demande aussi : {', '.join(missing)}.",
                "Ajoutez-les à assistant.toml.",
            )
        issuer = urlsplit(settings.oidc_issuer)
        local = issuer.hostname in {"127.0.0.1", "localhost", "::1"}
        if not issuer.hostname or (issuer.scheme != "https" and not (local and issuer.scheme)):
            raise SettingsError(
                "« oidc_issuer » doit être une adresse https : ce qui en vient dit qui est qui.",
                "Corrigez l’adresse du fournisseur d’identité.",
            )


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise SettingsError(
            f"« trusted_proxies » : « {text} » n’est ni une adresse IP ni un réseau.",
            "Écrivez 10.0.0.5 ou 10.0.0.0/24.",
        ) from error
    if network.prefixlen == 0:
        raise SettingsError(
            "« trusted_proxies » ne peut pas être toutes les adresses : n’importe qui se dirait "
            "n’importe qui.",
            "Donnez l’adresse IP du serveur mandataire.",
        )
    return network


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address, an IPv4 one written as IPv6 being the IPv4 one.

    Raises:
        ValueError: it is none.
    """
    number = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    return mapped or number
