"""Several questions in one request: what a page asks for after a change, it asks for at once, and draws at once.

A request of its own for each would cost more than most answers, and each answer would make the browser draw anew.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from pellucid.errors import ArgumentError
from pellucid.explorer.asked import Asked
from pellucid.explorer.study import Study

__all__ = ["Together"]

Answering = Callable[[Study, Asked], Response]
_PART = struct.Struct("<II")
_MOST = 32  # questions
_LONGEST = 20_000  # characters of one


class Together:
    """Answers a list of paths below /api/, each as if it had been asked for alone.

    Args:
        answers: who answers, by path.
        refusal: what is answered where that raises an error.
    """

    def __init__(self, answers: Mapping[str, Answering], refusal: Callable[[Exception], Response]) -> None:
        self._known = [(*compile_path(f"/{path}")[::2], answering) for path, answering in answers.items()]
        self._refusal = refusal

    def __call__(self, study: Study, asked: Asked) -> Response:
        """{"paths": ["answer", "maps/conv?count=8"]}: for each answer its status and length, and its bytes."""
        paths = asked.sent().get("paths")
        if (
            not isinstance(paths, list)
            or len(paths) > _MOST
            or not all(isinstance(each, str) and len(each) <= _LONGEST for each in paths)
        ):
            raise ArgumentError(f"paths are a list of at most {_MOST} paths of questions")
        parts = []
        for path in paths:
            answer = self._answer(study, path)
            parts += [_PART.pack(answer.status_code, len(answer.body)), bytes(answer.body)]
        return Response(b"".join(parts), media_type="application/octet-stream")

    def _answer(self, study: Study, asked: str) -> Response:
        path, _, query = asked.partition("?")
        path = unquote(path)
        try:
            for regex, convertors, answering in self._known:
                found = regex.match(f"/{path}")
                if found is not None:
                    named: dict[str, Any] = {name: convertors[name].convert(v) for name, v in found.groupdict().items()}
                    return answering(study, Asked(named, QueryParams(query), b""))
            raise HTTPException(404)
        except Exception as error:
            return self._refusal(error)
