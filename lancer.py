#!/usr/bin/env python3
"""Les deux commandes du projet, sans rien installer à la main.

    python3 lancer.py          installe, charge le corpus de démonstration, ouvre l'assistant
    python3 lancer.py tests    installe de même, puis vérifie et teste le projet

Standard library only: this file runs before anything is installed. Every step leaves a stamp
in `.venv/.etapes/` once it has succeeded, last, so that the next run skips it and an
interrupted one starts it again.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (the whole point: say it before a SyntaxError would)
    sys.exit(
        "Il faut Python 3.11 ou plus récent ; celui-ci est le "
        + sys.version.split()[0]
        + ".\nInstallez-le (paquet « python3.11 » ou https://www.python.org/downloads/), puis "
        + "relancez avec lui : python3.11 lancer.py"
    )

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMPS = VENV / ".etapes"
WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
ASSISTANT = SCRIPTS / ("assistant.exe" if WINDOWS else "assistant")
MODEL = ROOT / "models" / "e5-small"
DEMO = ROOT / "corpus" / "demo" / "pdf"
INDEX = Path(os.environ.get("ASSISTANT_INDEX_DIR", ROOT / "index"))

TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


# Compiling every module of every library ahead costs minutes and 360 MB; Python compiles those
# that are used the first time they are, which `install_project` provokes.
INSTALL = ("install", "--no-compile")
USED_AT_START = "gradio fastapi uvicorn typer rich bm25s faiss Stemmer pypdf pypdfium2 onnxruntime"


class SetupError(Exception):
    """A step failed: what happened, and what to do, in French."""

    def __init__(self, message: str, remedy: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details


@dataclass(frozen=True)
class Step:
    """One step of the set-up.

    Attributes:
        key: name of its stamp.
        title: what is shown.
        seconds: how long it takes on an ordinary two-core machine, for the estimate.
        inputs: whatever it depends on; another value means doing it again.
        present: whether its result is still there.
        action: does it; told where to show a line of progress.
    """

    key: str
    title: str
    seconds: float
    inputs: str
    present: Callable[[], bool]
    action: Callable[[Callable[[str], None]], None]

    @property
    def done(self) -> bool:
        """Whether a previous run has done exactly this."""
        try:
            return self.present() and (STAMPS / self.key).read_text("utf-8") == self.inputs
        except OSError:
            return False

    def mark(self) -> None:
        """Record success: written last, replaced whole."""
        STAMPS.mkdir(parents=True, exist_ok=True)
        partial = STAMPS / f"{self.key}.partiel"
        partial.write_text(self.inputs, encoding="utf-8")
        partial.replace(STAMPS / self.key)


def duration(seconds: float) -> str:
    """Say a duration the way a person would: « 8 s », « 1 min 05 s »."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def fingerprint(*parts: str | Path) -> str:
    """Hash texts and files, in order; a missing file counts as such."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            digest.update(part.read_bytes() if part.is_file() else b"absent")
        else:
            digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


class Display:
    """Shows the current step, the time spent and the time left.

    On a terminal one line is rewritten every second; elsewhere (a log) a line is printed when
    a step starts and ends, and every thirty seconds in between.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._terminal = sys.stdout.isatty()
        self._start = time.monotonic()
        self._expected_done = 0.0
        self._measured = 0.0
        self._message = ""

    def run(self, number: int, step: Step) -> None:
        """Do a step under the display; its own errors pass through."""
        head = f"[{number}/{len(self._steps)}] {step.title}"
        self._message = ""
        began = time.monotonic()
        if not self._terminal:
            print(f"{head}… ({self._left(number, step, 0.0)})", flush=True)
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over, head, number, step, began))
        ticker.start()
        try:
            step.action(self._note)
        finally:
            over.set()
            ticker.join()
            self._clear()
        spent = time.monotonic() - began
        self._expected_done += step.seconds
        self._measured += spent
        print(f"{head} : fait en {duration(spent)}.", flush=True)

    def skip(self, number: int, step: Step) -> None:
        """Say that a step was already done."""
        print(f"[{number}/{len(self._steps)}] {step.title} : déjà fait.", flush=True)

    def _note(self, message: str) -> None:
        self._message = message

    def _left(self, number: int, step: Step, spent: float) -> str:
        # This machine's pace so far corrects the durations expected of the steps to come.
        pace = self._measured / self._expected_done if self._expected_done > 30 else 1.0
        pace = min(max(pace, 0.2), 10.0)
        left = max(step.seconds * pace - spent, 1.0) + pace * sum(
            later.seconds for later in self._steps[number:] if not later.done
        )
        return f"reste environ {duration(left)}"

    def _tick(
        self, over: threading.Event, head: str, number: int, step: Step, began: float
    ) -> None:
        while not over.wait(1.0 if self._terminal else 30.0):
            spent = time.monotonic() - began
            line = f"{head} – {duration(spent)} écoulées, {self._left(number, step, spent)}"
            if self._message:
                line += f" – {self._message}"
            if self._terminal:
                width = shutil.get_terminal_size().columns - 1
                print("\r" + line[:width].ljust(width), end="", flush=True)
            else:
                print(f"  … {line}", flush=True)

    def _clear(self) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * width + "\r", end="", flush=True)


def run_quietly(
    command: Sequence[str | Path],
    note: Callable[[str], None] = lambda _line: None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, list[str]]:
    """Run a command and keep what it says.

    Returns:
        Its exit code and its lines, standard error included.
    """
    lines: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=dict(environment) if environment is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip():
                    lines.append(line.rstrip())
                    note(line.strip())
        except BaseException:
            process.terminate()
            raise
    return process.returncode, lines


def network_remedy(lines: Iterable[str]) -> str:
    """Choose the advice that fits what pip complained of."""
    text = "\n".join(lines).lower()
    if "no space left" in text:
        return "Le disque est plein : libérez environ 3 Go, puis relancez la même commande."
    if "permission denied" in text:
        return "Ce dossier n'est pas accessible en écriture : vérifiez ses droits, puis relancez."
    if "certificate" in text or "ssl" in text:
        return (
            "Un certificat est refusé : derrière un serveur mandataire d'entreprise, indiquez le "
            "vôtre par la variable PIP_CERT, puis relancez."
        )
    if any(
        sign in text
        for sign in ("name resolution", "connection", "timed out", "timeout", "unreachable")
    ):
        return (
            "Le registre de paquets Python ne répond pas : vérifiez la connexion (ou la variable "
            "PIP_INDEX_URL de votre miroir interne), puis relancez la même commande."
        )
    return "Relancez la même commande ; si l'échec persiste, joignez ces lignes à votre demande."


def pip(arguments: Sequence[str], note: Callable[[str], None], what: str) -> None:
    """Run pip inside the environment, quietly unless it fails.

    Raises:
        SetupError: pip failed; its last lines are in `details`.
    """
    code, lines = run_quietly(
        [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments],
        lambda line: note(_pip_progress(line)) if _pip_progress(line) else None,
    )
    if code != 0:
        raise SetupError(
            f"L'installation a échoué ({what}).", network_remedy(lines), "\n".join(lines[-15:])
        )


def _pip_progress(line: str) -> str:
    """Keep of pip's chatter what tells a person something."""
    words = line.split()
    if line.startswith("Collecting ") and len(words) > 1:
        return words[1]
    if line.startswith("Installing collected packages"):
        return "écriture sur le disque"
    return ""


# Steps


def create_environment(note: Callable[[str], None]) -> None:
    """Create `.venv`, replacing one that no longer runs."""
    if PYTHON.exists() and _python_works():
        return
    if VENV.exists() or VENV.is_symlink():
        if VENV.is_symlink() or not (VENV / "pyvenv.cfg").is_file():
            raise SetupError(
                f"« {VENV} » existe et n'est pas un environnement Python utilisable.",
                "Déplacez ou supprimez ce dossier, puis relancez.",
            )
        shutil.rmtree(VENV)
    code, lines = run_quietly([sys.executable, "-m", "venv", VENV], note)
    if code == 0 and _python_works():
        return
    # Debian ships venv apart, and leaves a half-made directory behind.
    shutil.rmtree(VENV, ignore_errors=True)
    note("module venv incomplet, essai avec virtualenv")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pip_code, pip_lines = run_quietly(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "virtualenv"]
        )
        if pip_code == 0:
            code, lines = run_quietly(
                [sys.executable, "-m", "virtualenv", VENV],
                environment={**os.environ, "PYTHONPATH": folder},
            )
            if code == 0 and _python_works():
                return
            shutil.rmtree(VENV, ignore_errors=True)
    if _may_use_apt():
        note("installation du paquet python3-venv")
        _apt(["python3-venv"])
        code, lines = run_quietly([sys.executable, "-m", "venv", VENV], note)
        if code == 0 and _python_works():
            return
        shutil.rmtree(VENV, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SetupError(
        "L'environnement Python n'a pas pu être créé : ce Python n'a ni venv complet, ni pip.",
        f"Sous Debian ou Ubuntu : sudo apt install python{version}-venv ; puis relancez.",
        "\n".join([*lines, *pip_lines][-10:]),
    )


def _python_works() -> bool:
    if not PYTHON.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return run_quietly([PYTHON, "-c", check])[0] == 0
    except OSError:
        return False


def refresh_pip(note: Callable[[str], None]) -> None:
    """Upgrade pip only when it is too old to say which build it would take."""
    check = "import pip; print(pip.__version__)"
    _code, lines = run_quietly([PYTHON, "-c", check])
    version = tuple(int(part) for part in lines[-1].split(".")[:2] if part.isdigit())
    if version < (23, 0):
        pip(["install", "--upgrade", "pip"], note, "mise à jour de pip")


def wants_cuda(report: str) -> bool:
    """Tell from pip's installation report whether this build of PyTorch brings CUDA along.

    Args:
        report: output of `pip install --dry-run --report - torch==…`.
    """
    packages = json.loads(report).get("install", [])
    needs = [
        requirement.lower()
        for package in packages
        for requirement in package.get("metadata", {}).get("requires_dist") or []
    ]
    versions = [str(package.get("metadata", {}).get("version", "")) for package in packages]
    return any(need.startswith(("nvidia-", "cuda-", "triton")) for need in needs) or any(
        "+cu" in version for version in versions
    )


def torch_source(python: str | Path | None = None) -> list[str]:
    """Choose where PyTorch comes from: pip's arguments that give a processor build.

    On Linux the public registry's build brings gigabytes of CUDA; a mirror may hold a
    processor build. pip is asked which one it would take, without taking it.
    """
    if not sys.platform.startswith("linux"):
        return []
    result = subprocess.run(
        [
            *(str(python or PYTHON), "-m", "pip", "--disable-pip-version-check"),
            *("install", "--quiet"),
            *("--dry-run", "--no-deps", "--ignore-installed", "--report", "-", TORCH),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if result.returncode == 0 and not wants_cuda(result.stdout):
            return []
    except ValueError:
        pass  # an unreadable report proves nothing: take the official processor build
    return ["--index-url", CPU_INDEX]


def install_torch(note: Callable[[str], None]) -> None:
    """Install the processor build of PyTorch, never a CUDA one by accident."""
    refresh_pip(note)
    note("choix de la version pour processeur")
    source = torch_source()
    try:
        # Without dependencies: they are pinned in requirements.txt, from the usual registry.
        pip([*INSTALL, "--no-deps", *source, TORCH], note, "PyTorch")
    except SetupError as error:
        if not source:
            raise
        raise SetupError(
            "Votre registre de paquets ne propose que la version de PyTorch pour cartes NVIDIA "
            f"(plusieurs Go), et le dépôt officiel de la version pour processeur ({CPU_INDEX}) "
            "ne répond pas.",
            "Autorisez l'accès à download.pytorch.org, ou déposez le fichier « torch-2.13.0+cpu » "
            "dans un dossier et indiquez-le par PIP_FIND_LINKS, puis relancez.",
            error.details,
        ) from error


def install_requirements(note: Callable[[str], None]) -> None:
    """Install the exact versions that were tested."""
    pip([*INSTALL, "-r", "requirements.txt"], note, "bibliothèques")


def install_project(note: Callable[[str], None]) -> None:
    """Make the `assistant` command of this checkout, and its first start an ordinary one."""
    options = ("--no-deps", "--no-build-isolation", "--editable", ".")
    pip(["install", *options], note, "assistant")
    note("préparation du premier démarrage")
    modules = ", ".join(USED_AT_START.split())
    code, lines = run_quietly([PYTHON, "-c", f"import {modules}"])
    if code != 0:
        raise SetupError(
            "Une bibliothèque installée ne se charge pas.",
            "Supprimez le dossier .venv, puis relancez la même commande.",
            "\n".join(lines[-15:]),
        )


def install_dev(note: Callable[[str], None]) -> None:
    """Install what the tests and checks need."""
    pip([*INSTALL, "-r", "requirements-dev.txt"], note, "outils de test")


def build_model(note: Callable[[str], None]) -> None:
    """Build the embedded model once."""
    code, lines = run_quietly(
        [PYTHON, "-m", "assistant.index.embedded_model", "--dossier", MODEL], note
    )
    if code != 0:
        raise SetupError(
            "Le modèle de représentation n'a pas pu être installé.",
            network_remedy(lines),
            "\n".join(lines[-15:]),
        )


def index_demo(note: Callable[[str], None]) -> None:
    """Read the demonstration corpus."""
    code, lines = run_quietly([ASSISTANT, "ingerer", DEMO], note)
    if code != 0:
        raise SetupError(
            "Le corpus de démonstration n'a pas pu être chargé.",
            "Lancez « .venv/bin/assistant diagnostic » pour en connaître la cause.",
            "\n".join(lines[-15:]),
        )


def _may_use_apt() -> bool:
    return not WINDOWS and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(packages: Sequence[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_quietly(["apt-get", "update", "-qq"], environment=environment)
    code, _lines = run_quietly(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        environment=environment,
    )
    return code == 0


def missing_tools() -> list[str]:
    """Debian packages whose programs the tests would use and that are absent."""
    missing = []
    browsers = ("chromium", "chromium-browser", "google-chrome")
    if not any(shutil.which(browser) for browser in browsers):
        missing.append("chromium")
    if not shutil.which("tesseract"):
        missing += ["tesseract-ocr", "tesseract-ocr-fra"]
    elif "fra" not in run_quietly(["tesseract", "--list-langs"])[1]:
        missing.append("tesseract-ocr-fra")
    return missing


def install_tools(note: Callable[[str], None]) -> None:
    """Install a browser and OCR for the tests; without them those tests are skipped."""
    missing = missing_tools()
    if missing:
        note(" ".join(missing))
        if not _apt(missing):
            note("indisponibles : les tests qui en dépendent seront passés")


def demo_fingerprint() -> str:
    """Identify the demonstration documents and the model they are indexed with."""
    return fingerprint(*sorted(DEMO.glob("*.pdf")), MODEL / "manifest.json")


def steps(*, for_tests: bool) -> list[Step]:
    """List what must be done, in order."""
    python = f"{sys.version_info.major}.{sys.version_info.minor} {ROOT}"
    environment = fingerprint(python)
    model_code = ROOT / "assistant" / "index"
    listed = [
        Step(
            key="environnement",
            title="Création de l'environnement Python",
            seconds=6,
            inputs=environment,
            present=_python_works,
            action=create_environment,
        ),
        Step(
            key="torch",
            title="Installation de PyTorch (version pour processeur)",
            seconds=45,
            inputs=fingerprint(environment, TORCH),
            present=PYTHON.exists,
            action=install_torch,
        ),
        Step(
            key="bibliotheques",
            title="Installation des bibliothèques",
            seconds=75,
            inputs=fingerprint(environment, ROOT / "requirements.txt"),
            present=PYTHON.exists,
            action=install_requirements,
        ),
        Step(
            key="projet",
            title="Installation de l'assistant",
            seconds=20,
            inputs=fingerprint(environment, ROOT / "pyproject.toml"),
            present=ASSISTANT.exists,
            action=install_project,
        ),
        Step(
            key="modele",
            title="Préparation du modèle de représentation",
            seconds=35,
            inputs=fingerprint(
                environment, model_code / "embedded_model.py", model_code / "onnx_export.py"
            ),
            present=(MODEL / "manifest.json").is_file,
            action=build_model,
        ),
    ]
    if for_tests:
        listed.append(
            Step(
                key="tests",
                title="Installation des outils de test",
                seconds=25,
                inputs=fingerprint(environment, ROOT / "requirements-dev.txt"),
                present=PYTHON.exists,
                action=install_dev,
            )
        )
        if _may_use_apt():
            listed.append(
                Step(
                    key="outils",
                    title="Installation d'un navigateur et de la reconnaissance optique",
                    seconds=45,
                    inputs="1",
                    present=lambda: True,  # tried once: a failure only skips some tests
                    action=install_tools,
                )
            )
    listed.append(
        Step(
            key="demonstration",
            title="Lecture du corpus de démonstration",
            seconds=25,
            inputs="",  # known only once the model is there; see `set_up`
            present=(INDEX / "CURRENT").exists,
            action=index_demo,
        )
    )
    return listed


def set_up(*, for_tests: bool) -> None:
    """Do every step that a previous run has not done.

    Raises:
        SetupError: one of them failed; those before it stay done.
    """
    listed = steps(for_tests=for_tests)
    display = Display(listed)
    for number, step in enumerate(listed, start=1):
        current = step
        if step.key == "demonstration":
            current = Step(
                step.key, step.title, step.seconds, demo_fingerprint(), step.present, step.action
            )
        if current.done:
            display.skip(number, current)
        else:
            display.run(number, current)
            current.mark()


def run_checks() -> int:
    """Check style, types, figures of the demonstration and behaviour; pytest speaks last.

    Returns:
        0 when everything passed, else the exit code of the first check that failed.
    """
    checks = (
        ("Style du code", [PYTHON, "-m", "ruff", "check", "."]),
        ("Mise en forme", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        ("Types", [PYTHON, "-m", "mypy"]),
        ("Barrière de publication", [PYTHON, "-m", "eval.porte"]),
    )
    first_failure = 0
    for title, command in checks:
        print(f"\n== {title}", flush=True)
        code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
        if code != 0:
            print(f"{title} : échec.", flush=True)
            first_failure = first_failure or code
    if first_failure:
        print("\nUne vérification a échoué (voir plus haut) ; les tests suivent.", flush=True)
    print("\n== Tests", flush=True)
    # Two workers, a file each: many tests wait for a browser, a server or a child process. In the
    # order of tests/conftest.py, the longest files first, so that both end together; left to
    # itself, xdist keeps those for the end, since they hold few tests.
    command = [str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "loadfile"]
    command.append("--no-loadscope-reorder")
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return first_failure or code


def start(port: int | None) -> int:
    """Open the assistant; returns only when it stops."""
    command = [str(ASSISTANT), "demarrer"]
    if port is not None:
        command += ["--port", str(port)]
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 (signals then reach the server itself)
    return subprocess.run(command, check=False).returncode


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="lancer.py",
        description="Installe l'assistant, charge le corpus de démonstration et ouvre le dialogue.",
        usage="python3 lancer.py [tests] [--sans-demarrer] [--port PORT]",
        add_help=False,
    )
    # argparse writes its own titles in English: these are ours.
    parser._positionals.title = "commande"
    parser._optionals.title = "options"
    parser.add_argument("-h", "--help", action="help", help="afficher cette aide")
    parser.add_argument(
        "commande",
        nargs="?",
        choices=["tests"],
        help="« tests » : vérifier et tester le projet au lieu de l'ouvrir",
    )
    parser.add_argument(
        "--sans-demarrer",
        action="store_true",
        help="installer et charger le corpus, sans ouvrir l'assistant",
    )
    parser.add_argument("--port", type=int, help="port d'écoute (défaut : 7860)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A French Windows console or a bare container may not be in UTF-8.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # Nothing is compiled ahead (see INSTALL): where an image forbids Python to keep what it
    # compiles, every process would compile every library again, ten seconds each.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    try:
        set_up(for_tests=options.commande == "tests")
    except SetupError as error:
        if error.details:
            print(f"\n{error.details}\n", file=sys.stderr)
        print(f"Échec : {error.message}\n→ {error.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nInterrompu. Ce qui est terminé reste acquis : relancez la même commande pour "
            "reprendre.",
            file=sys.stderr,
        )
        return 130
    print(f"Prêt en {duration(time.monotonic() - began)}.", flush=True)
    try:
        if options.commande == "tests":
            return run_checks()
        if options.sans_demarrer:
            print("Pour ouvrir l'assistant : .venv/bin/assistant demarrer")
            return 0
        return start(options.port)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
