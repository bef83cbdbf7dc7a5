"""What a face template is bound to: one made by another model is about other numbers, and must never be compared.

mobilefacenet-onnx@4e0cf05ea844f58f         the name of the model that makes vectors, and its digest
"""

from __future__ import annotations

from models.manifest import Models

VECTORS = "mobilefacenet-onnx"
DIGITS = 16


def face_binding(models: Models) -> str:
    """The name under which templates are sealed while ``models`` are in use."""
    return f"{VECTORS}@{models[VECTORS].files[0].sha256[:DIGITS]}"
