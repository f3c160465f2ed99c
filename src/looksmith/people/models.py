"""The small networks that find people: ONNX files beside this one, run by onnxruntime.

``scripts/convert_people.py`` makes the files; ``NOTICE`` names their sources and licences.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    import onnxruntime

_THREADS = 2


@dataclass(frozen=True)
class CanonicalFace:
    """MediaPipe's canonical face: a mesh that every face's landmarks deform."""

    vertices: NDArray[np.float32]
    """``(468, 3)`` centimetres; x to the picture's right, y up, z towards the viewer."""
    uv: NDArray[np.float32]
    """``(468, 2)`` place on the face map in [0, 1], y down."""
    triangles: NDArray[np.int32]
    """``(898, 3)`` corners."""


def run(name: str, values: NDArray[np.floating[Any]]) -> list[NDArray[np.float32]]:
    """All outputs of the network ``name`` for its one input.

    Raises:
        LooksmithError: onnxruntime isn't installed.
    """
    session = _session(name)
    given = {session.get_inputs()[0].name: np.ascontiguousarray(values, np.float32)}
    outputs: list[NDArray[np.float32]] = session.run(None, given)
    return outputs


def output_names(name: str) -> list[str]:
    """Names of the outputs, in the order of ``run``."""
    return [output.name for output in _session(name).get_outputs()]


@cache
def _session(name: str) -> onnxruntime.InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise LooksmithError(text("people.extra")) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(_THREADS, os.cpu_count() or 1)
    # Threads that wait by turning take the core from what they wait for where cores are few.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        _content(f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )


@cache
def canonical_face() -> CanonicalFace:
    """The canonical face mesh."""
    return CanonicalFace(**load(_content("canonical_face.safetensors")))


def _content(file: str) -> bytes:
    return (resources.files("looksmith.people") / "models" / file).read_bytes()
