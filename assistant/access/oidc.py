"""People recognised by an OpenID Connect provider: authorization code, PKCE, state and nonce.

Authlib makes the requests and checks the identity token; what is decided here is what is asked,
of whom, and what is believed. The provider is the only machine that the server ever contacts for
it: the addresses that its own description gives must be on the same host.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from assistant import egress
from assistant.access.secrets import digest, new_secret, same
from assistant.errors import AssistantError
from assistant.settings import Settings

PENDING_S: Final = 600.0
MOST_PENDING: Final = 1_000
DESCRIBED_FOR_S: Final = 3600.0
TIMEOUT_S: Final = 10.0
LEEWAY_S: Final = 60
"""Seconds by which the clocks of the provider and of this machine may differ."""

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
"""Signatures believed: none made with a secret that both sides know, and never none at all."""

MAX_NAME: Final = 120
_MAX_GROUPS: Final = 500


class ProviderError(AssistantError):
    """The provider is absent, fails, or says what is not believed."""

    code = "fournisseur_identite"
    retryable = True


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of somebody.

    Attributes:
        subject: their stable identifier there.
        name: as it is shown, possibly empty.
        roles: what they are there.
        groups: the groups they belong to there.
    """

    subject: str
    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pending:
    state: str
    nonce: str
    verifier: str
    until: float


class Provider:
    """One identity provider. Safe to share between threads."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        """Bind to the provider of the options; nothing is asked yet.

        Args:
            settings: the options, checked by `SignIn`.
            clock: seconds since 1970.
        """
        self._settings = settings
        self._clock = clock
        self._issuer = settings.oidc_issuer
        self._host = urlsplit(self._issuer).hostname or ""
        self._redirect = settings.public_url.rstrip("/") + "/connexion/retour"
        self._pending: OrderedDict[bytes, _Pending] = OrderedDict()
        self._lock = threading.Lock()
        self._described: dict[str, Any] = {}
        self._keys: Any = None
        self._read_at = float("-inf")

    def begin(self) -> tuple[str, str]:
        """Start recognising somebody.

        Returns:
            The address to send the browser to, and what the browser must bring back.

        Raises:
            ProviderError: the provider does not answer, or badly.
        """
        from authlib.common.security import generate_token

        described = self._describe()
        kept, now = new_secret(), self._clock()
        pending = _Pending(new_secret(), new_secret(), generate_token(64), now + PENDING_S)
        with self._client() as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        with self._lock:
            self._pending[digest(kept)] = pending
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)
        return str(address), kept

    def finish(self, kept: str, *, state: str, code: str) -> Told:
        """Recognise somebody, once.

        Args:
            kept: what the browser brought back.
            state: as the provider sent it back.
            code: what the provider exchanges for an identity.

        Raises:
            ProviderError: nothing was begun, or what the provider says is not believed.
        """
        with self._lock:
            pending = self._pending.pop(digest(kept), None)
        if (
            pending is None
            or self._clock() > pending.until
            or not same(digest(pending.state), digest(state))
            or not code
        ):
            raise ProviderError(
                "Cette connexion n’a pas été demandée ici, ou l’a été il y a trop longtemps.",
                "Recommencez depuis la page de connexion.",
            )
        described = self._describe()
        with self._contacting(), self._client() as client:
            tokens = client.fetch_token(
                described["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=pending.verifier,
            )
        identity = tokens.get("id_token") if isinstance(tokens, dict) else None
        if not isinstance(identity, str):
            raise _unbelieved("il ne donne aucun jeton d’identité")
        return self._told(self._claims(identity, pending.nonce))

    def _claims(self, identity: str, nonce: str) -> dict[str, Any]:
        """What an identity token says, checked: signature, issuer, audience, times, nonce."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            token = jwt.decode(identity, self._keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                {"nonce": nonce, "client_id": self._settings.oidc_client_id},
            )
            claims.validate(now=int(self._clock()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            # The next sign-in reads the keys again: the provider may have changed them.
            self._read_at = float("-inf")
            raise _unbelieved("son jeton d’identité n’est pas recevable") from error
        return dict(claims)

    def _told(self, claims: dict[str, Any]) -> Told:
        named = [claims.get("name"), claims.get("preferred_username")]
        named.append(" ".join(str(claims.get(key, "")) for key in ("given_name", "usual_name")))
        name = next((one.strip() for one in named if isinstance(one, str) and one.strip()), "")
        return Told(
            str(claims["sub"]),
            "".join(char for char in name if char.isprintable())[:MAX_NAME],
            _values(claims.get(self._settings.oidc_role_claim)),
            _values(claims.get(self._settings.oidc_groups_claim)),
        )

    def _describe(self) -> dict[str, Any]:
        """The provider's description of itself and its keys; read again after an hour."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if self._clock() - self._read_at < DESCRIBED_FOR_S:
            return self._described
        with self._contacting(), self._client() as client:
            address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            described = _object(client.request("GET", address, withhold_token=True))
            # Exactly: another issuer's description here means its tokens would be believed.
            if described.get("issuer") != self._issuer:
                raise _unbelieved("il se dit d’une autre adresse (« issuer »)")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                url = urlsplit(str(described.get(name, "")))
                if (url.scheme, url.hostname) != (urlsplit(self._issuer).scheme, self._host):
                    raise _unbelieved(f"« {name} » est sur une autre machine que lui")
            try:
                keys = KeySet.import_key_set(
                    _object(client.request("GET", described["jwks_uri"], withhold_token=True))  # type: ignore[arg-type]
                )
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise _unbelieved("ses clés sont illisibles") from error
        self._described, self._keys, self._read_at = described, keys, self._clock()
        return described

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self._settings.oidc_client_secret.get_secret_value()
        return OAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=self._settings.oidc_scopes,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            # Neither a proxy of the environment nor a redirection leads anywhere else.
            trust_env=False,
            follow_redirects=False,
        )

    def _contacting(self) -> _Contact:
        return _Contact(self._host)


class _Contact:
    """Lets the provider be reached for the time of a request, and tells its failures as ours."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        guard = egress.guard()
        if guard is None or guard.is_allowed(self._host):
            return
        guard.allow([self._host])
        try:
            found = {str(item[4][0]) for item in socket.getaddrinfo(self._host, None)}
        except OSError as error:
            raise _silent() from error
        guard.allow(found)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import httpx2
        from authlib.common.errors import AuthlibBaseError

        if isinstance(error, AuthlibBaseError):
            # Neither its description nor ours of it: the code may stand in it.
            raise _unbelieved("il refuse l’échange") from None
        if isinstance(error, httpx2.HTTPError | OSError):
            raise _silent() from error


def _object(response: Any) -> dict[str, Any]:
    try:
        found = response.json() if response.status_code == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _unbelieved("sa description est illisible")
    return found


def _values(claim: object) -> tuple[str, ...]:
    """Values of an attribute, which providers write as a list or as words."""
    if isinstance(claim, str):
        return tuple(part for part in claim.replace(",", " ").split() if part)
    if isinstance(claim, list):
        return tuple(str(one) for one in claim[:_MAX_GROUPS] if isinstance(one, str))
    return ()


def _silent() -> ProviderError:
    return ProviderError(
        "Le fournisseur d’identité ne répond pas.",
        "Réessayez ; si cela dure, prévenez l’administrateur de l’assistant.",
    )


def _unbelieved(why: str) -> ProviderError:
    return ProviderError(
        f"La réponse du fournisseur d’identité n’est pas crue : {why}.",
        "Recommencez ; si cela dure, prévenez l’administrateur de l’assistant.",
    )
