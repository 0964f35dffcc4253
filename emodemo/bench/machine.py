"""What the figures were measured on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil

from model import processor
from model.release import ReleaseFolder

FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")  # of matrix products
PACKAGES = ("onnxruntime", "torch", "transformers", "gradio", "numpy", "sqlalchemy")


def facts(release: ReleaseFolder) -> dict[str, Any]:
    """Processor, memory, versions, and the size of the release measured."""
    flags = processor.flags()
    size = sum(file.stat().st_size for file in release.folder.iterdir())
    return {
        "cpu": processor.stated("model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),  # above the number of cores the figures are of a busy machine
        "flags": " ".join(flag for flag in FLAGS if flag in flags),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: found for name in PACKAGES if (found := _version(name))},
        "release": release.name,
        "release_mb": round(size / 1e6, 1),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
