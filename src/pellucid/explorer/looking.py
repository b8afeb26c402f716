"""What is looked at: the network, the input, the feature maps."""

from __future__ import annotations

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError
from pellucid.explorer.answers import unit_names
from pellucid.explorer.asked import Asked
from pellucid.explorer.entries import Entry
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.record import plain_data
from pellucid.views.colors import color_limits

__all__ = ["chosen_input", "maps", "network", "thumbnails"]

_THUMBNAIL = 56  # cells along an axis, at most
_FEW = 10  # maps of a layer
_UNITS = 400  # of a layer without spatial axes
_MANY = 256


def network(study: Study, asked: Asked) -> Response:
    """The boxes of the network, and what the samples are; `?closed=["inner"]` names models inside drawn as one box."""
    samples, closed = study.samples, asked.names("closed")
    told = {
        "name": samples.name,
        "count": len(samples),
        "chosen": study.chosen.number,
        "has_classes": samples.y is not None,
        "class_names": list(samples.class_names),
        "unit_names": list(unit_names(study)),
    }
    scene = study.drawing.scene(closed) if closed else study.scene
    inputs = [{"id": entry.id, "shape": entry.shape, "picture": _picture(study, entry)} for entry in study.entries]
    can_train = not study.training.why_not
    head = {"version": study.version, "scene": scene, "samples": told, "inputs": inputs, "can_train": can_train}
    return JSONResponse(plain_data(head))


def _picture(study: Study, entry: Entry) -> dict[str, object] | None:
    """What an input is like that is a picture: its size, and whether most of it is dark, as chalk on a board."""
    if entry.size is None:
        return None
    rows, columns, channels = entry.size
    few = np.asarray(study.samples.parts[entry.number][:64], np.float32)
    is_dark = float(few.mean()) < sum(entry.brightness) / 2
    return {"rows": rows, "columns": columns, "channels": channels, "is_dark": is_dark}


def chosen_input(study: Study, asked: Asked) -> Response:
    """The input of the moment, with its numbers; of several that which `?of=left` names."""
    entry = study.entry(asked.query.get("of", ""))
    chosen, record = study.chosen, study.maps(entry.id)
    part, (low, high) = chosen.parts[entry.number], record.brightness
    head = {"version": study.version, "source": part.source, "number": part.number, "label": chosen.label}
    return _bytes(packed({**head, "is_picture": record.is_picture, "black": low, "white": high}, {"x": record.maps}))


def thumbnails(study: Study, asked: Asked) -> Response:
    """A few maps of each layer, small: the first ones, each cell the number of largest magnitude that it stands for.

    `?layers=["conv", "pool"]` names them by their boxes; without, all are meant, of at most 256 boxes.
    """
    heads, arrays = {}, {}
    for name in asked.names("layers") or list(study.drawing.nodes)[:_MANY]:
        record = study.all_maps().get(study.node(name).id)
        if record is None:
            continue
        heads[name] = _head(record)
        arrays[name] = _small(record)
    return _bytes(packed({"version": study.version, "layers": heads}, arrays))


def maps(study: Study, asked: Asked) -> Response:
    """The maps of a layer: `?first=0&count=64` says which."""
    record = study.maps(asked.path["layer"])
    first, count = asked.whole("first", 0), asked.whole("count", 64, 1, _MANY)
    if first >= record.channels:
        raise ArgumentError(f'"{record.layer}" has maps 0 to {record.channels - 1}, got {first}')
    shown_maps = record.maps[..., first : first + count]
    limits = color_limits(shown_maps.reshape(-1, shown_maps.shape[-1]).T, "filter").tolist()
    head = {"version": study.version, "first": first, "limits": limits, **_head(record)}
    return _bytes(packed(head, {"maps": shown_maps}))


def _head(record: FeatureMaps) -> dict[str, object]:
    """What is told of maps beside the numbers; `limit` is the magnitude that is darkest in all of them."""
    low, high = record.brightness
    least, most = record.extremes or (0.0, 0.0)
    return {
        "layer": record.layer,
        "kind": record.kind,
        "shape": record.maps.shape,
        "is_picture": record.is_picture,
        "black": low,
        "white": high,
        "limit": max(abs(least), abs(most)),
        "least": least,
        "most": most,
    }


def _small(record: FeatureMaps) -> np.ndarray:
    """A few maps (rows, columns, maps), or units (1, units), not larger than a thumbnail."""
    few = record.maps[..., : _FEW if record.spatial else _UNITS]
    if record.is_picture:
        few = record.maps
    if few.ndim == 1:
        return few[None, :, None]
    if few.ndim == 2:
        few = few[None]
    while few.ndim > 3:
        few = few[few.shape[0] // 2]  # the plane in the middle
    for axis in (0, 1):
        few = fewer(few, axis)
    return few


def fewer(values: np.ndarray, axis: int) -> np.ndarray:
    """At most `_THUMBNAIL` along an axis, of several the one of largest magnitude."""
    size = values.shape[axis]
    step = -(-size // _THUMBNAIL)
    if step == 1:
        return values
    values = np.moveaxis(values, axis, 0)
    whole = size - size % step
    groups = values[:whole].reshape(-1, step, *values.shape[1:])
    high, low = groups.max(axis=1), groups.min(axis=1)
    if whole < size:  # the last group is smaller
        high = np.concatenate([high, values[whole:].max(axis=0, keepdims=True)])
        low = np.concatenate([low, values[whole:].min(axis=0, keepdims=True)])
    return np.moveaxis(np.where(high >= -low, high, low), 0, axis)


def _bytes(message: bytes) -> Response:
    return Response(message, media_type="application/octet-stream")
