"""How long a reader waits: `python -m eval.bancs.ecran --index DOSSIER`.

A real server on a real index, on 127.0.0.1; the index is copied, so that no conversation is kept
in it. First paint and the moment the question can be typed are Chromium's own figures; first
words are the first sentence of the stream of the API, and of the screen. Simultaneous users ask
as a browser does, through Gradio's queue, then through the stream of the API.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from eval.sets import load

PATIENCE_S: Final = 300.0
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
START: Final = "from assistant.cli import app; app()"


@contextmanager
def served(index: Path) -> Iterator[int]:
    """A server of its own, warm; gives its port."""
    with tempfile.TemporaryDirectory(prefix="banc-ecran-") as folder:
        copy = Path(folder) / "index"
        shutil.copytree(index, copy)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-c", START, "demarrer", "--port", str(port)],
            env=os.environ | {"ASSISTANT_INDEX_DIR": str(copy)},
            stdout=subprocess.DEVNULL,
        )
        try:
            limit = time.monotonic() + PATIENCE_S
            while not (_ok(port, "/") and _ok(port, "/v1/sante/pret")):
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit("Le serveur n’a pas démarré.")
                time.sleep(0.5)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 300
    except OSError:
        return False
    finally:
        connection.close()


def _post(port: int, path: str, body: Any) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body).encode(), headers)
    return connection.getresponse()


def by_api(port: int, question: str) -> tuple[float, float]:
    """Seconds to the first sentence (or the refusal), then to the end.

    Raises:
        RuntimeError: the server answered something else.
    """
    start = time.perf_counter()
    first = 0.0
    response = _post(port, "/v1/questions/flux", {"question": question})
    if response.status != 200:
        raise RuntimeError(f"statut {response.status}")
    ended = False
    for raw in response:
        line = raw.decode().strip()
        if line == "event: error":
            raise RuntimeError("événement « error »")
        if line in {"event: sentence", "event: answer"}:
            first = first or time.perf_counter() - start
            ended = line == "event: answer"
    if not ended:
        raise RuntimeError("réponse inachevée")
    return first, time.perf_counter() - start


class Screens:
    """The screens as a browser speaks to them, without one."""

    def __init__(self, port: int) -> None:
        self.port = port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", "/config")
        config = json.loads(connection.getresponse().read())
        connection.close()
        self.known = {one["id"]: one.get("props", {}) for one in config["components"]}
        button = self._named("demander")
        self.asking = next(
            one
            for one in config["dependencies"]
            if [button, "click"] in list(map(list, one["targets"]))
        )
        self.question = self._named("question")
        self.answer = self.asking["outputs"].index(self._named("reponse"))
        self.loading = next(
            one
            for one in config["dependencies"]
            if not one["inputs"] and "load" in [event for _, event in one["targets"]]
        )

    def opened(self) -> Callable[[str], tuple[float, float]]:
        """Somebody whose page is open: its session exists, as after the page's first event."""
        session = secrets.token_hex(6)
        for _ in self._events(session, self.loading["id"], []):
            pass
        return lambda question: self.ask(session, question)

    def _named(self, name: str) -> int:
        found: int = next(key for key, it in self.known.items() if it.get("elem_id") == name)
        return found

    def ask(self, session: str, question: str) -> tuple[float, float]:
        """Seconds to the first words shown, then to the end.

        Raises:
            RuntimeError: the event failed.
        """
        start = time.perf_counter()
        data = [
            question if one == self.question else self.known[one].get("value")
            for one in self.asking["inputs"]
        ]
        first = 0.0
        for event in self._events(session, self.asking["id"], data):
            # The answer alone: earlier ones are shown again below it.
            shown = (event.get("output") or {}).get("data") or [None]
            words = json.dumps(shown[self.answer :][:1], ensure_ascii=False)
            if not first and ("texte-reponse" in words or "class='absence" in words):
                first = time.perf_counter() - start
        if not first:
            raise RuntimeError("réponse sans mots")
        return first, time.perf_counter() - start

    def _events(self, session: str, function: int, data: list[Any]) -> Iterator[dict[str, Any]]:
        """Start an event and follow it to its end, as the page does."""
        joined = _post(
            self.port,
            "/gradio_api/queue/join",
            {"data": data, "fn_index": function, "session_hash": session},
        )
        if joined.status != 200:
            raise RuntimeError(f"statut {joined.status}")
        joined.read()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request("GET", f"/gradio_api/queue/data?session_hash={session}")
        with contextlib.closing(connection):
            for raw in connection.getresponse():
                line = raw.decode().strip()
                if not line.startswith("data:"):
                    continue
                event: dict[str, Any] = json.loads(line[5:])
                yield event
                if event["msg"] == "process_completed":
                    if not event["success"]:
                        raise RuntimeError("événement manqué")
                    return
        raise RuntimeError("réponse inachevée")


def together(
    opened: Callable[[], Callable[[str], tuple[float, float]]],
    questions: Sequence[str],
    users: int,
    each: int,
) -> dict[str, Any]:
    """Users who ask at the same instant, one question after the other.

    Args:
        opened: makes a user, who asks one question and gives seconds to the first words and to
            the end.
        questions: taken in turn.
        users: how many.
        each: questions of each.
    """
    ready = threading.Barrier(users)
    people = [opened() for _ in range(users)]
    firsts: list[float] = []
    ends: list[float] = []
    errors: list[str] = []

    def user(rank: int) -> None:
        ready.wait()
        for turn in range(each):
            try:
                first, end = people[rank](questions[(rank * each + turn) % len(questions)])
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                errors.append(str(error))
            else:
                firsts.append(first)
                ends.append(end)

    threads = [threading.Thread(target=user, args=(rank,)) for rank in range(users)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "users": users,
        "answers": len(ends),
        "errors": len(errors),
        "said": sorted(set(errors)),
        "first_words_s": spread(firsts),
        "answer_s": spread(ends),
        "answers_per_s": round(len(ends) / (time.perf_counter() - start), 2),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile (nearest rank) and largest."""
    if not values:
        return {}
    ordered = sorted(values)
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    figures = {"p50": median(ordered), "p95": ordered[rank], "max": ordered[-1]}
    return {name: round(value, 3) for name, value in figures.items()}


def painted(port: int, questions: Sequence[str], loads: int) -> dict[str, Any]:
    """First paint, the moment a question can be typed, and first words on the screen."""
    from playwright.sync_api import sync_playwright

    paints, typed, words = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        for rank in range(loads):
            page = browser.new_context().new_page()
            page.set_default_timeout(PATIENCE_S * 1000)
            start = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
            page.get_by_role("button", name="Demander").wait_for()
            typed.append(time.perf_counter() - start)
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            paints.append(page.evaluate(entry) / 1000)
            # What the page still does once drawn (lists, model state) is not what is measured.
            page.wait_for_timeout(1500)
            page.get_by_label("Votre question").fill(questions[rank % len(questions)])
            start = time.perf_counter()
            page.get_by_role("button", name="Demander").click()
            page.locator("#reponse :is(.texte-reponse, .absence)").first.wait_for()
            words.append(time.perf_counter() - start)
            page.context.close()
        browser.close()
    return {
        "loads": loads,
        "first_paint_s": spread(paints),
        "question_ready_s": spread(typed),
        "first_words_on_screen_s": spread(words),
    }


def main() -> int:
    """Measure everything and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--jeu", default="reel", help="set of questions; its tuning half is asked")
    parser.add_argument("--utilisateurs", type=int, default=20)
    parser.add_argument("--chacun", type=int, default=3)
    parser.add_argument("--ouvertures", type=int, default=5)
    arguments = parser.parse_args()
    questions = [one.question for one in load(arguments.jeu, "dev") if one.answerable]
    with served(arguments.index) as port:
        for question in questions[:3]:
            by_api(port, question)
        found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
        found["page"] = painted(port, questions, arguments.ouvertures)
        alone = [by_api(port, question) for question in questions[3:23]]
        found["alone_by_api"] = {
            "first_words_s": spread([first for first, _ in alone]),
            "answer_s": spread([end for _, end in alone]),
        }
        users = (questions, arguments.utilisateurs, arguments.chacun)
        found["together_by_screens"] = together(Screens(port).opened, *users)
        found["together_by_api"] = together(lambda: lambda one: by_api(port, one), *users)
        found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
