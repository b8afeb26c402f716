"""The requests that the page makes, and what answers them.

To add one: a function of (study, request) here or in a file of its subject, and a line in `_ROUTES`. Functions run in
threads, so they may compute; what they raise of Pellucid's errors is told to the page in its words.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from pellucid.errors import PellucidError
from pellucid.explorer import (
    answers,
    comparing,
    editing,
    effects,
    filters,
    inputs,
    keeping,
    live,
    looking,
    steps,
    teaching,
    touching,
    training_requests,
)
from pellucid.explorer.asked import Asked
from pellucid.explorer.study import Study
from pellucid.explorer.telling import without_folders
from pellucid.explorer.together import Together
from pellucid.inspection.record import plain_data

__all__ = ["app_of"]

PAGE = Path(__file__).with_name("page")
Answering = Callable[[Study, Asked], Response]

_ROUTES: dict[str, Answering] = {
    "GET network": looking.network,
    "GET input": looking.chosen_input,
    "POST input": inputs.choose_input,
    "POST input/file": inputs.send_input,
    "POST input/pixels": inputs.draw_input,
    "GET thumbnails": looking.thumbnails,
    "GET maps/{layer:path}": looking.maps,
    "GET answer": answers.answer,
    "GET filters/{layer:path}": filters.all_filters,
    "GET filter/{layer:path}": filters.opened,
    "GET filter-words/{layer:path}": filters.described,
    "GET filter-draw/{layer:path}": filters.draw,
    "GET filter-film/{layer:path}": filters.film,
    "GET filter-patches/{layer:path}": effects.patches,
    "GET filter-gradient/{layer:path}": effects.gradient,
    "GET kernels/{layer:path}": editing.kernels,
    "GET edits": editing.edits,
    "GET edits/changes": effects.changes,
    "POST edits": editing.edit,
    "POST edits/undo": editing.undo,
    "POST edits/redo": editing.redo,
    "POST edits/reset": editing.reset,
    "GET value/{layer:path}": touching.value,
    "GET field/{layer:path}": touching.field,
    "GET way/{layer:path}": touching.way,
    "GET partial/{layer:path}": touching.partial,
    "GET training": training_requests.training,
    "POST training": training_requests.order,
    "GET training/curves": training_requests.curves,
    "GET training/confusion": training_requests.confusion,
    "GET training/step/{layer:path}": steps.step,
    "GET training/flow": steps.flow,
    "GET training/filters/{layer:path}": live.kernels,
    "POST training/watch": live.watch,
    "GET compare/choices": comparing.choices,
    "GET compare": comparing.comparison,
    "GET compare/filters/{layer:path}": comparing.filters,
    "GET compare/maps/{layer:path}": comparing.maps,
    "GET compare/pair/{layer:path}": comparing.pair,
    "GET lessons": teaching.listed_lessons,
    "GET lessons/{number}": teaching.lesson,
    "GET lessons/{number}/page": teaching.book_page,
    "GET keep/model": keeping.kept_model,
    "GET keep/report": keeping.kept_report,
    "POST keep/report/stop": keeping.stop_report,
    "GET keep/picture": keeping.kept_picture,
}
"""By method and path below /api/."""

_KINDS = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}
"""Of the page's files."""

_LOOK_EVERY_S = 0.5  # whether the page is still there
_AT_ONCE_S = 0.01  # what happens within it is told at once
_SILENT_S = 15.0
"""So often something is sent even if nothing happens, by which either side notices that the other has gone."""


def app_of(study: Study) -> Starlette:
    """The application that answers for a study; `Guard` stands before it."""
    looks = {key.removeprefix("GET "): answering for key, answering in _ROUTES.items() if key.startswith("GET ")}
    every: dict[str, Answering] = {**_ROUTES, "POST together": Together(looks, _refusal)}
    routes = [
        Route(f"/api/{key.split()[1]}", _endpoint(study, answering), methods=[key.split()[0]])
        for key, answering in every.items()
    ]
    index = Route("/", _file(PAGE / "index.html"))
    events = Route("/api/events", _events(study))
    static = [Route(f"/page/{path.name}", _file(path)) for path in sorted(PAGE.iterdir()) if path.is_file()]
    handlers: Any = {PellucidError: _refused, HTTPException: _refused, Exception: _refused}
    return Starlette(routes=[index, *static, events, *routes], exception_handlers=handlers)


def _file(path: Path) -> Any:
    """Answers with a file of the page: they are a table, so that no path from a request reaches the file system; and
    read once, since a page asks for all of them before it shows anything."""
    content, kind = path.read_bytes(), _KINDS[path.suffix]

    async def endpoint(request: Request) -> Response:
        return Response(content, media_type=kind)

    return endpoint


def _endpoint(study: Study, answering: Answering) -> Any:
    async def endpoint(request: Request) -> Response:
        body, gone = await request.body(), threading.Event()
        asked = Asked(request.path_params, request.query_params, body, gone.is_set)
        watching = asyncio.create_task(_until_gone(request, gone))
        try:
            return await run_in_threadpool(_answered, answering, study, asked)
        except Exception as error:  # answered here, since the connection ends where it is left to Starlette
            return _refusal(error)
        finally:
            watching.cancel()

    return endpoint


async def _until_gone(request: Request, gone: threading.Event) -> None:
    """Note when who asked has gone: behind the body nothing else comes."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _answered(answering: Answering, study: Study, asked: Asked) -> Response:
    """The answer; the training hears how long it took, so that pages never slow it down by much."""
    began = time.thread_time()
    try:
        return answering(study, asked)
    finally:
        study.training.watched(time.thread_time() - began)


def _events(study: Study) -> Any:
    async def endpoint(request: Request) -> Response:
        return StreamingResponse(_lines(study, request), media_type="text/event-stream")

    return endpoint


async def _lines(study: Study, request: Request) -> AsyncIterator[str]:
    """What happens, as it happens, as server-sent events."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(came.set)

    subscription, silent, look = study.events.subscribe(wake), 0.0, 0.0
    try:
        hello = json.dumps(plain_data({"version": study.version, "sample": study.chosen.number}))
        yield f"event: hello\ndata: {hello}\n\n"
        while True:
            if loop.time() >= look:
                if await request.is_disconnected():
                    return
                look = loop.time() + _LOOK_EVERY_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(came.wait(), _LOOK_EVERY_S)
            came.clear()
            lines = subscription.waiting()
            silent = 0.0 if lines else silent + _LOOK_EVERY_S
            if lines:
                yield "".join(lines)
                await asyncio.sleep(_AT_ONCE_S)
            elif silent >= _SILENT_S:
                silent = 0.0
                yield ": still here\n\n"
    finally:
        study.events.leave(subscription)


async def _refused(request: Request, error: Exception) -> Response:
    return _refusal(error)


def _refusal(error: Exception) -> Response:
    """What is answered where something went wrong; paths and lines of the program are for the terminal alone."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    if isinstance(error, PellucidError):
        return JSONResponse({"error": without_folders(str(error))}, 400)
    traceback.print_exception(error)
    return JSONResponse({"error": f"something went wrong ({type(error).__name__}); the terminal says more"}, 500)
