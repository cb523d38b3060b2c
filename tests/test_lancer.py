"""The first command, without installing anything: decisions, stamps, messages."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def lancer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A fresh copy of the module, which believes it lives in an empty directory."""
    spec = importlib.util.spec_from_file_location("lancer_essai", ROOT / "lancer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "lancer_essai", module)  # dataclasses look themselves up
    spec.loader.exec_module(module)
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMPS": tmp_path / ".venv" / ".etapes",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "DEMO": tmp_path / "pdf",
        "MODEL": tmp_path / "modele",
    }.items():
        monkeypatch.setattr(module, name, path)
    return module


def report(requires: list[str], version: str = "2.13.0") -> str:
    """What `pip install --dry-run --report -` prints for one package."""
    return json.dumps({"install": [{"metadata": {"version": version, "requires_dist": requires}}]})


@pytest.mark.parametrize(
    ("requires", "version", "cuda"),
    [
        (["filelock", "sympy>=1.13"], "2.13.0+cpu", False),
        (["filelock", 'nvidia-cublas==13.1; platform_system == "Linux"'], "2.13.0", True),
        (["filelock", "cuda-bindings<14,>=13; sys_platform == 'linux'"], "2.13.0", True),
        (["filelock"], "2.13.0+cu130", True),
        (["filelock"], "2.13.0", False),
    ],
)
def test_a_cuda_build_is_recognised_before_it_is_downloaded(
    lancer: ModuleType, requires: list[str], version: str, cuda: bool
) -> None:
    assert lancer.wants_cuda(report(requires, version)) is cuda


@pytest.mark.parametrize(
    ("platform", "code", "output", "source"),
    [
        ("linux", 0, report(["filelock"], "2.13.0+cpu"), []),
        ("linux", 0, report(["nvidia-cublas"]), ["--index-url"]),
        ("linux", 1, "", ["--index-url"]),
        ("linux", 0, "not json", ["--index-url"]),
        ("darwin", 1, "", []),
        ("win32", 1, "", []),
    ],
)
def test_pytorch_comes_from_the_processor_index_unless_the_registry_has_that_build(
    lancer: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    code: int,
    output: str,
    source: list[str],
) -> None:
    monkeypatch.setattr(lancer.sys, "platform", platform)
    monkeypatch.setattr(
        lancer.subprocess,
        "run",
        lambda *_args, **_options: SimpleNamespace(returncode=code, stdout=output),
    )
    chosen = lancer.torch_source()
    assert chosen[:1] == source
    assert chosen[1:] == ([lancer.CPU_INDEX] if source else [])


def test_when_neither_source_of_pytorch_answers_the_reader_is_told_why(
    lancer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lancer, "refresh_pip", lambda _note: None)
    monkeypatch.setattr(lancer, "torch_source", lambda: ["--index-url", lancer.CPU_INDEX])
    monkeypatch.setattr(lancer, "run_quietly", lambda *_args, **_kw: (1, ["Connection refused"]))
    with pytest.raises(lancer.SetupError) as caught:
        lancer.install_torch(lambda _line: None)
    assert "download.pytorch.org" in caught.value.remedy
    assert "NVIDIA" in caught.value.message


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "disque est plein"),
        ("Temporary failure in name resolution", "ne répond pas"),
        ("ReadTimeoutError: Read timed out.", "ne répond pas"),
        ("SSLError: CERTIFICATE_VERIFY_FAILED", "PIP_CERT"),
        ("PermissionError: Permission denied: '/opt'", "droits"),
        ("quelque chose d'inconnu", "Relancez"),
    ],
)
def test_the_advice_fits_what_pip_complains_of(
    lancer: ModuleType, complaint: str, advice: str
) -> None:
    assert advice in lancer.network_remedy(["Collecting torch", complaint])


def step(lancer: ModuleType, key: str, action: Callable[..., None], inputs: str = "1") -> object:
    return lancer.Step(key, f"Étape {key}", 1.0, inputs, lambda: True, action)


def test_a_step_done_is_skipped_and_a_step_that_failed_is_done_again(
    lancer: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []

    def fail(_note: object) -> None:
        calls.append("b")
        if calls.count("b") == 1:
            raise lancer.SetupError("Panne.", "Réessayez.")

    listed = [step(lancer, "a", lambda _note: calls.append("a")), step(lancer, "b", fail)]
    monkeypatch.setattr(lancer, "steps", lambda *, for_tests: listed)
    with pytest.raises(lancer.SetupError):
        lancer.set_up(for_tests=False)
    lancer.set_up(for_tests=False)
    lancer.set_up(for_tests=False)
    assert calls == ["a", "b", "b"]
    assert "[2/2] Étape b\u00a0: déjà fait." in capsys.readouterr().out


def test_a_step_whose_inputs_changed_is_done_again(lancer: ModuleType) -> None:
    first = step(lancer, "a", lambda _note: None, inputs="requirements 1")
    first.mark()  # type: ignore[attr-defined]
    assert first.done  # type: ignore[attr-defined]
    assert not step(lancer, "a", lambda _note: None, inputs="requirements 2").done  # type: ignore[attr-defined]


def test_an_interruption_leaves_no_stamp_and_says_how_to_resume(
    lancer: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_note: object) -> None:
        raise KeyboardInterrupt

    listed = [step(lancer, "a", interrupted)]
    monkeypatch.setattr(lancer, "steps", lambda *, for_tests: listed)
    assert lancer.main(["--sans-demarrer"]) == 130
    assert "reprendre" in capsys.readouterr().err
    assert not listed[0].done  # type: ignore[attr-defined]


def test_a_failed_set_up_shows_the_last_lines_and_the_remedy(
    lancer: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_note: object) -> None:
        raise lancer.SetupError(
            "L'installation a échoué.", "Libérez de la place.", "dernière ligne"
        )

    monkeypatch.setattr(lancer, "steps", lambda *, for_tests: [step(lancer, "a", fail)])
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert lancer.main(["tests"]) == 1
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ  # libraries are compiled as they are used
    error = capsys.readouterr().err
    assert error.index("dernière ligne") < error.index("Libérez de la place.")


def test_the_exit_code_is_that_of_the_first_check_that_failed_and_pytest_is_last(
    lancer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_options: object) -> SimpleNamespace:
        ran.append(command)
        return SimpleNamespace(returncode=2 if "mypy" in command else 0)

    monkeypatch.setattr(lancer.subprocess, "run", run)
    assert lancer.run_checks() == 2
    assert [command[2] for command in ran] == ["ruff", "ruff", "mypy", "eval.porte", "pytest"]


def test_an_environment_that_is_not_ours_is_never_deleted(lancer: ModuleType) -> None:
    lancer.VENV.mkdir()
    (lancer.VENV / "precieux.txt").write_text("à garder")
    with pytest.raises(lancer.SetupError, match="existe"):
        lancer.create_environment(lambda _line: None)
    assert (lancer.VENV / "precieux.txt").exists()


def test_the_demonstration_is_read_again_only_when_it_or_the_model_changes(
    lancer: ModuleType,
) -> None:
    lancer.DEMO.mkdir()
    (lancer.DEMO / "a.pdf").write_bytes(b"1")
    before = lancer.demo_fingerprint()
    assert lancer.demo_fingerprint() == before
    (lancer.DEMO / "a.pdf").write_bytes(b"2")
    changed = lancer.demo_fingerprint()
    assert changed != before
    lancer.MODEL.mkdir()
    (lancer.MODEL / "manifest.json").write_text("{}")
    assert lancer.demo_fingerprint() != changed


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (600, "10 min 00 s")]
)
def test_durations_read_naturally(lancer: ModuleType, seconds: float, text: str) -> None:
    assert lancer.duration(seconds) == text


def test_an_old_python_is_told_in_french_before_anything_else() -> None:
    """The version check stands before any syntax or import that an old Python lacks."""
    script = (
        "import sys; sys.version_info = (3, 9, 2, 'final', 0);"
        f"exec(compile(open({str(ROOT / 'lancer.py')!r}, encoding='utf-8').read(), 'l', 'exec'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "Il faut Python 3.11" in result.stderr


def test_pins_agree_with_what_the_project_declares() -> None:
    """A dependency added to pyproject.toml must reach requirements.txt (.ci/figer.py)."""
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for declared, file in (
        (project["dependencies"], "requirements.txt"),
        (project["optional-dependencies"]["dev"], "requirements-dev.txt"),
    ):
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        lines += (ROOT / file).read_text(encoding="utf-8").splitlines()
        pinned = [
            Requirement(line.split("#")[0].strip()) for line in lines if not line.startswith("#")
        ]
        pins = {pin.name: str(pin.specifier).removeprefix("==") for pin in pinned}
        for line in declared:
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            assert name in pins, f"{name} manque dans {file} : lancez .ci/figer.py"
            assert requirement.specifier.contains(pins[name])
