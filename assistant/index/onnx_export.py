"""Exports a sentence-transformers encoder to a computation graph that starts fast.

Importing PyTorch and sentence-transformers costs seconds and hundreds of megabytes; answering
a question needs neither. This module runs once, at set-up: it loads the model with
sentence-transformers, writes everything that follows the embedding table as
`onnx/encoder.onnx`, and checks the graph against the original on real sentences. The table
itself stays in `model.safetensors`, read in place by `assistant.index.onnx_encoder`, so it is
neither duplicated on disk nor loaded whole in memory.

`onnx/encoder.json` binds the graph to the exact model it came from.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import AssistantError

if TYPE_CHECKING:
    import torch

MIN_COSINE: Final = 0.9999
"""Below this agreement with sentence-transformers the graph is not kept."""

PROBES: Final = (
    "Quels services l’établissement ouvre-t-il ?",
    "Montant maximal : 150 000 € par projet, dépôt avant le 30 septembre 2025.",
    "Le comité de pilotage se réunit chaque trimestre.\n- suivi des usages ;\n- budget ;\n- "
    "calendrier de déploiement des outils auprès des équipes soignantes et administratives.",
    "é",
    " ".join(["Une longue phrase de contrôle répétée pour atteindre la taille maximale."] * 60),
)
"""Short, long, accented, multi-line and truncated texts that the graph is checked on."""


class ExportError(AssistantError):
    """The model cannot be turned into a faithful graph; sentence-transformers still serves it."""

    code = "export_impossible"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What the export gave.

    Attributes:
        path: the graph.
        min_cosine: worst agreement with sentence-transformers over `PROBES`.
    """

    path: Path
    min_cosine: float


def _encoder_module(model: Any) -> torch.nn.Module:
    """Wrap transformer, pooling and normalisation as one module fed with embeddings."""
    import torch

    transformer = model[0]
    bert = getattr(transformer, "auto_model", None) or transformer.model
    # The fused attention kernels do not export; this one computes the same sums.
    bert.set_attn_implementation("eager")

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert
            self.after = torch.nn.ModuleList(list(model)[1:])

        def forward(
            self, inputs_embeds: torch.Tensor, attention_mask: torch.Tensor
        ) -> torch.Tensor:
            hidden = self.bert(inputs_embeds=inputs_embeds, attention_mask=attention_mask)
            features = {
                "token_embeddings": hidden.last_hidden_state,
                "attention_mask": attention_mask,
            }
            for module in self.after:
                features = module(features)
            sentence: torch.Tensor = features["sentence_embedding"]
            return sentence

    return Encoder().eval()


def _table_name(model_dir: Path, rows: int, columns: int) -> str:
    from assistant.index.onnx_encoder import safetensors_header

    header, _start = safetensors_header(model_dir / "model.safetensors")
    for name, entry in header.items():
        if name.endswith("word_embeddings.weight") and entry["shape"] == [rows, columns]:
            return name
    raise ExportError("La table des mots du modèle n'a pas été trouvée dans ses poids.")


def export_encoder(model_dir: Path) -> ExportReport:
    """Write `onnx/encoder.onnx` and `onnx/encoder.json` beside a sentence-transformers model.

    Raises:
        ExportError: the architecture cannot be exported, or the graph disagrees with it.
    """
    import numpy as np
    import torch

    from assistant.index.embedding import (
        OnnxBackend,
        TorchBackend,
        model_fingerprint,
        sha256_of,
    )

    reference = TorchBackend(model_dir)
    model = reference.model
    target = model_dir / "onnx"
    work = Path(tempfile.mkdtemp(prefix=".onnx-", dir=model_dir))
    try:
        expected = reference.encode_documents(PROBES)
        module = _encoder_module(model)
        table = module.bert.get_input_embeddings().weight  # type: ignore[operator, union-attr]
        rows, columns = table.shape
        name = _table_name(model_dir, rows, columns)
        inputs = torch.zeros(2, 7, columns)
        mask = torch.ones(2, 7, dtype=torch.long)
        mask[1, 5:] = 0
        with warnings.catch_warnings(), torch.no_grad():
            # The tracer warns of every Python branch; the check below is what decides.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                (inputs, mask),
                str(work / "encoder.onnx"),
                dynamo=False,  # the other exporter needs a further package for the same graph
                opset_version=18,
                input_names=["inputs_embeds", "attention_mask"],
                output_names=["sentence_embedding"],
                dynamic_axes={
                    "inputs_embeds": {0: "batch", 1: "tokens"},
                    "attention_mask": {0: "batch", 1: "tokens"},
                    "sentence_embedding": {0: "batch"},
                },
            )
        description = {
            "table": name,
            "max_tokens": reference.max_tokens,
            "pad_id": int(model.tokenizer.pad_token_id),
            "model_fingerprint": model_fingerprint(model_dir),
            "sha256": sha256_of(work / "encoder.onnx"),
        }
        (work / "encoder.json").write_text(json.dumps(description, indent=2) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        work.chmod(0o755)  # a temporary directory is private; a model is not
        work.rename(target)
        actual = OnnxBackend(model_dir).encode_documents(PROBES)
        worst = float(np.sum(expected * actual, axis=1).min())
        if not worst >= MIN_COSINE:
            raise ExportError(f"Le graphe exporté s'écarte du modèle (cosinus {worst:.5f}).")
    except ExportError:
        shutil.rmtree(target, ignore_errors=True)
        raise
    except Exception as error:
        # Whatever an unknown architecture raises, the model itself remains usable.
        shutil.rmtree(target, ignore_errors=True)
        raise ExportError(f"Ce modèle ne s'exporte pas ({type(error).__name__}).") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return ExportReport(target / "encoder.onnx", worst)


def main(arguments: list[str] | None = None) -> int:
    """Export a model from the command line: `python -m assistant.index.onnx_export DOSSIER`."""
    import argparse
    import sys

    parser = argparse.ArgumentParser(description="Exporte le graphe de calcul d'un modèle.")
    parser.add_argument("dossier", type=Path)
    try:
        report = export_encoder(parser.parse_args(arguments).dossier)
    except AssistantError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr)
        return 1
    print(f"{report.path} : cosinus minimal {report.min_cosine:.7f} avec sentence-transformers")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
