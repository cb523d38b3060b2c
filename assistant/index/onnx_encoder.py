"""Runs an exported encoder without PyTorch: starts in about a second, half the memory.

The graph (`onnx/encoder.onnx`, see `assistant.index.onnx_export`) takes the embeddings of the
tokens, not the tokens: the table of words, four fifths of the model, stays in
`model.safetensors`, mapped in memory, and only the rows that are asked for are ever read.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from tokenizers import Encoding

    FloatArray = npt.NDArray[np.float32]

_TABLE_TYPES: Final = {"F16": "<f2", "F32": "<f4"}


def safetensors_header(path: Path) -> tuple[dict[str, Any], int]:
    """Read the directory of a safetensors file.

    Returns:
        The entries (`dtype`, `shape`, `data_offsets`) by tensor name, and where data starts.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


def _map_table(path: Path, name: str) -> npt.NDArray[Any]:
    import numpy as np

    header, start = safetensors_header(path)
    entry = header[name]
    return np.memmap(
        path,
        dtype=_TABLE_TYPES[entry["dtype"]],
        mode="r",
        offset=start + entry["data_offsets"][0],
        shape=tuple(entry["shape"]),
    )


class OnnxEncoder:
    """Tokenizer, table of words and graph of one model. Safe to share between threads."""

    def __init__(self, model_dir: Path, *, threads: int = 0) -> None:
        # One process, one answer at a time: idle workers must not burn the other cores.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import onnxruntime
        from tokenizers import Tokenizer

        description = json.loads((model_dir / "onnx" / "encoder.json").read_text(encoding="utf-8"))
        self.max_tokens = int(description["max_tokens"])
        self._pad = int(description["pad_id"])
        self._tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._table = _map_table(model_dir / "model.safetensors", description["table"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads  # 0: as many as cores
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors only
        if hasattr(onnxruntime, "disable_telemetry_events"):
            onnxruntime.disable_telemetry_events()  # nothing is collected on Linux; say so anyway
        self._session = onnxruntime.InferenceSession(
            str(model_dir / "onnx" / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._shrink = onnxruntime.RunOptions()
        self._shrink.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._session.get_outputs()[0].shape[-1])

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of each text, special tokens included, never cut."""
        encodings: list[Encoding] = self._tokenizer.encode_batch(texts)
        return [encoding.ids for encoding in encodings]

    def run(self, batch: list[list[int]], *, release: bool = False) -> FloatArray:
        """Return one normalised vector a row of token ids.

        Args:
            batch: token ids, each at most `max_tokens` long.
            release: give the working memory of the batch back afterwards.
        """
        import numpy as np

        width = max(map(len, batch))
        ids = np.full((len(batch), width), self._pad, np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {
            "inputs_embeds": self._table[ids].astype(np.float32),
            "attention_mask": mask,
        }
        vectors: FloatArray = self._session.run(None, inputs, self._shrink if release else None)[0]
        return vectors
