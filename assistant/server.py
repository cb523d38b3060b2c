"""Start the server: port first, screens next, embedding model last.

Importing Gradio takes some five seconds on two cores and loading the embedding model about
as long. The interpreter runs one of them at a time, so doing both at once would delay
both: the page comes first because a person is waiting for it, and the model loads while they
type. The API answers from the first second.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from assistant import egress, logs
from assistant import stopping as stopping_now
from assistant.access import current
from assistant.access.model import LOCAL
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.audit.store import open_log
from assistant.errors import AssistantError, IndexMissingError, cause
from assistant.index.in_use import serving
from assistant.settings import Settings, address

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from assistant.engine import Assistant

logger = logging.getLogger("assistant.server")

BACKLOG = 128
"""Connections that wait while the server is busy starting."""

RELOAD_EVERY_S = 5.0
"""Seconds between two looks for a new generation of the index."""

STOP_WITHIN_S = 5
"""Seconds left to the answers under way when the server is told to stop."""


class PortUnavailableError(AssistantError):
    """The address cannot be listened on."""

    code = "port_indisponible"


class HostForbiddenError(AssistantError):
    """Listening beyond this machine would open the documents to anyone."""

    code = "adresse_interdite"


def serve(settings: Settings) -> None:
    """Serve the screens and the API until SIGINT or SIGTERM.

    Args:
        settings: the options; `host` and `port` say where to listen.

    Raises:
        HostForbiddenError: `host` is not a loopback address, and nobody has to sign in.
        SettingsError: the options contradict each other.
        PortUnavailableError: the port is taken or may not be used.
        StorageError: the folder of the index refuses.
        RestorationUnfinishedError: a restoration was interrupted.
    """
    egress.quiet_environment()
    egress.install()
    listener = listen(settings.host, settings.port, sign_in=settings.sign_in != "aucune")
    held = contextlib.ExitStack()
    try:
        new = not settings.index_dir.exists()
        with contextlib.suppress(OSError):  # said when the index is opened
            settings.index_dir.mkdir(parents=True, exist_ok=True)
        held.enter_context(serving(settings.index_dir))
        import uvicorn

        from assistant.api.app import create_app
        from assistant.engine import Assistant

        logs.configure(settings.log_format)
        stopping_now.forget()
        audit = open_log(settings)
        trail.install(audit, acting=current.person)
        assistant = Assistant.open(settings, empty=True)
        if not os.access(settings.index_dir, os.W_OK):
            _say(
                f"Le dossier « {settings.index_dir} » est en lecture seule : les questions ont "
                "leur réponse, mais rien n’est gardé (conversations, fiches, journal)."
            )
        _say_refusal(assistant, settings, new=new)
        app = create_app(assistant, settings)
        config = uvicorn.Config(
            app,
            # Errors only, in our form: an access log would keep who read what.
            log_level="error",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who is connected is who is connected: what a proxy says of others is believed, or
            # not, in one place (`assistant.api.access`).
            proxy_headers=False,
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
        server = _server(config)
        trail.note(Action.START, person=LOCAL, details={"connexion": settings.sign_in})
        _say(f"Assistant ouvert sur {address(settings.host, settings.port)}")
        _say("Les écrans puis le modèle se chargent. Pour arrêter : Ctrl + C.")
        stopping = threading.Event()
        threading.Thread(
            target=_prepare,
            args=(app, assistant, settings, server, stopping),
            name="preparation",
            daemon=True,
        ).start()
        # uvicorn stops properly on a signal, then repeats it for whoever set a handler before:
        # with the default one, the process would die there instead of ending.
        signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                server.run(sockets=[listener])
        finally:
            stopping.set()
            if audit is not None:
                trail.note(Action.STOP, person=LOCAL)
                if not audit.flush():
                    _say(f"{audit.late} entrées du journal d’audit n’ont pas pu être écrites.")
        _say("Assistant arrêté.")
    finally:
        held.close()
        listener.close()


def _server(config: uvicorn.Config) -> uvicorn.Server:
    """The server, which tells the answers under way to end before it waits for them."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            stopping_now.request()
            super().handle_exit(sig, frame)

    logging.getLogger("uvicorn.error").addFilter(_not_cut)
    return Server(config)


def _not_cut(record: logging.LogRecord) -> bool:
    """Leave out that the streams of open screens were cut: stopping is what was asked for."""
    raised = record.exc_info[1] if record.exc_info else None
    cut = isinstance(raised, asyncio.CancelledError) or str(record.msg).startswith("Cancel ")
    return not (cut and stopping_now.requested())


def listen(host: str, port: int, *, sign_in: bool = False) -> socket.socket:
    """Open the port, so that the first thing a person tries already waits for an answer.

    Args:
        host: a loopback address or name; any one where people have to sign in.
        port: the port; 0 lets the system choose one.
        sign_in: whether people have to sign in.

    Raises:
        HostForbiddenError: `host` is not a loopback address, and nobody has to sign in.
        PortUnavailableError: the port is taken or may not be used.
    """
    # An empty name means every interface to the system.
    if not host or not (sign_in or egress.EgressGuard().is_allowed(host)):
        raise HostForbiddenError(
            f"L'écoute sur « {host} » ouvrirait les documents à tout le réseau, sans mot de passe.",
            "Gardez 127.0.0.1, ou demandez aux personnes de se faire reconnaître : "
            'sign_in = "cles" dans assistant.toml, puis : assistant cles creer.',
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named: without it, every
    # answer waits some 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Restarting at once must not fail on the connections of the former run.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.set_inheritable(True)
    except OSError as error:
        listener.close()
        raise _unavailable(host, port, error) from error
    return listener


def _unavailable(host: str, port: int, error: OSError) -> PortUnavailableError:
    if error.errno == errno.EADDRINUSE:
        return PortUnavailableError(
            f"Le port {port} est déjà utilisé par un autre programme.",
            "Arrêtez-le, ou choisissez un autre port : "
            f"assistant demarrer --port {port + 1 if port < 65535 else port - 1}.",
        )
    if error.errno == errno.EACCES:
        return PortUnavailableError(
            f"Le système n'autorise pas l'écoute sur le port {port}.",
            "Choisissez un port supérieur à 1023 : assistant demarrer --port 7860.",
        )
    return PortUnavailableError(
        f"L'écoute sur {address(host, port)} a échoué ({cause(error)}).",
        "Vérifiez l'adresse et le port, ou gardez 127.0.0.1.",
    )


def _prepare(
    app: FastAPI,
    assistant: Assistant,
    settings: Settings,
    server: uvicorn.Server,
    stopping: threading.Event,
) -> None:
    """Build the screens, load the model, then watch for a new generation of the index."""
    started = time.monotonic()
    try:
        from ui.app import build_interface, mount

        mount(app, build_interface(assistant, settings, getattr(app.state, "library", None)))
        _say(f"Écrans prêts en {time.monotonic() - started:.0f} s.")
        assistant.warm_up()
        ready = f"Modèle prêt en {time.monotonic() - started:.0f} s"
        _say(f"{ready}." if assistant.refusal() else f"{ready} : posez vos questions.")
    except AssistantError as error:
        _say(f"{error.message} {error.remedy}")
    except Exception:
        logger.exception("Le démarrage a échoué")
        _say("Le démarrage a échoué : les écrans ou le modèle ne sont pas disponibles.")
        server.should_exit = True
        return
    failed = ""
    while not stopping.wait(RELOAD_EVERY_S):
        try:
            if assistant.reload():
                _say("Nouvel index pris en compte.")
            failed = ""
        except AssistantError as error:
            # Said once: the former generation goes on serving.
            if error.message != failed:
                failed = error.message
                _say(f"{error.message} {error.remedy}")
        except Exception:
            logger.exception("La mise à jour de l’index a échoué")


def _say_refusal(assistant: Assistant, settings: Settings, *, new: bool) -> None:
    """Say why every question will be refused, if so, and in which folder that is."""
    refusal = assistant.refusal()
    if refusal is None:
        return
    if isinstance(refusal, IndexMissingError):
        found = "n’existait pas : il vient d’être créé" if new else "ne contient aucun document"
        _say(
            f"Le dossier d’index « {settings.index_dir} » {found}. Si vous en attendiez un autre, "
            "arrêtez l’assistant et vérifiez l’option --index, ou ASSISTANT_INDEX_DIR."
        )
    _say(f"{refusal.message} Les questions sont refusées. {refusal.remedy}")


def _say(message: str) -> None:
    """Tell the person at the terminal; standard output stays for data."""
    for mark in ";?!":
        message = message.replace(f" {mark}", f"\u202f{mark}")
    print(message.replace(" :", "\u00a0:"), file=sys.stderr, flush=True)
