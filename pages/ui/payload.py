"""Figures as bytes for the browser: a JSON header, then every array once, however often drawn."""

import dataclasses
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from pages.ui.figures.figure import Figure, Note

_PLAIN = frozenset({str, int, float, bool, type(None)})
_NAMES: dict[type, tuple[str, ...]] = {}  # of a record's fields: asked for at every move
_SINGLE_LIMIT = 1e30  # float32 ends near 3e38; leave room for Plotly's own arithmetic


def pack(
    items: Mapping[str, Figure | Note], *, ack: int, scale: float, serial: int = 0, wire: str = ""
) -> bytes:
    """Return the items as bytes: header length (uint32, little-endian), header, arrays.

    `serial` grows with every answer, so that an older one never overwrites a newer; `wire` is the
    token of the short way, if there is one.
    """
    store = _Arrays()
    header: dict[str, Any] = {
        "ack": ack,
        "scale": scale,
        "serial": serial,
        "wire": wire,
        "items": [
            _figure(key, item, store) if isinstance(item, Figure) else _note(key, item)
            for key, item in items.items()
        ],
        "arrays": store.described,
    }
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *store.blocks])


def _figure(key: str, figure: Figure, store: "_Arrays") -> dict[str, Any]:
    return {
        "key": key,
        "kind": "figure",
        "title": figure.title,
        "alt": figure.alt,
        "height": figure.height,
        "width": figure.width,
        "figure": store.take({"data": figure.data, "layout": figure.layout}),
        "handles": [_fields(handle) for handle in figure.handles],
        "legend": [_fields(entry) for entry in figure.legend],
        "play": store.take(_fields(figure.play)),
        "readout": _fields(figure.readout),
        "bar": _fields(figure.bar),
    }


def _note(key: str, note: Note) -> dict[str, Any]:
    return {"key": key, "kind": "note", "width": note.width, "lines": note.lines}


def unpack(content: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the header and the arrays of what was packed, as the browser reads them."""
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    start = 4 + length
    arrays = []
    for told in header["arrays"]:
        count = int(np.prod(told["shape"]))
        flat = np.frombuffer(content, "<" + told["kind"], count, start + told["offset"])
        arrays.append(flat.reshape(told["shape"]))
    return header, arrays


class _Arrays:
    """Replaces arrays by references, the same array by the same reference."""

    def __init__(self) -> None:
        self.described: list[dict[str, Any]] = []
        self.blocks: list[bytes] = []
        self._known: dict[int, tuple[int, np.ndarray]] = {}
        self._offset = 0

    def take(self, tree: Any) -> Any:
        kind = type(tree)
        if kind in _PLAIN:  # most of what there is
            return tree
        if kind is dict:
            return {
                name: one if type(one) in _PLAIN else self.take(one) for name, one in tree.items()
            }
        if isinstance(tree, np.ndarray):
            return {"$array": self._number(tree)}
        if isinstance(tree, list | tuple):
            return [self.take(one) for one in tree]
        if isinstance(tree, np.generic):
            return tree.item()
        if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
            return self.take(_fields(tree))
        return tree

    def _number(self, array: np.ndarray) -> int:
        known = self._known.get(id(array))
        if known is not None:
            return known[0]
        number = len(self.described)
        kind = _kind(array)
        block = np.ascontiguousarray(array, dtype="<" + kind).tobytes()
        self.described.append(
            {
                "kind": kind,
                "shape": list(array.shape),
                "offset": self._offset,
                "sum": zlib.crc32(block),
            }
        )
        block += b"\0" * (-len(block) % 8)
        self.blocks.append(block)
        self._offset += len(block)
        self._known[id(array)] = (number, array)  # holding the array keeps its id its own
        return number


def _kind(array: np.ndarray) -> str:
    """Surfaces travel in single precision where it can hold them; coordinates keep every digit."""
    if array.dtype == np.uint8:
        return "u1"
    if np.issubdtype(array.dtype, np.integer):
        return "i4"
    if array.ndim == 2 and np.fmax.reduce(np.abs(array), axis=None, initial=0.0) < _SINGLE_LIMIT:
        return "f4"
    return "f8"


def _fields(record: Any) -> dict[str, Any] | None:
    if record is None:
        return None
    kind = type(record)
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return {name: getattr(record, name) for name in _NAMES[kind]}
