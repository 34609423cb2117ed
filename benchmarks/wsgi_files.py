"""The smallest honest file server as a WSGI application, for servers that bring none of their own: it opens
the file for each request and saves what is uploaded.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.util import FileWrapper

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

ROOT = Path(os.environ["BENCH_ROOT"])


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer GET with a file below ``BENCH_ROOT`` and POST by saving the body there."""
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        (ROOT / "uploads" / f"{uuid.uuid4()}.json").write_bytes(body)
        start_response("201 Created", [("Content-Length", "0")])
        return []
    file = ROOT / environ["PATH_INFO"].lstrip("/")
    size = file.stat().st_size
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(size))])
    wrapper = environ.get("wsgi.file_wrapper", FileWrapper)
    stream = file.open("rb")
    return wrapper(stream, 256 * 1024)  # type: ignore[no-any-return]


if __name__ == "__main__":
    import sys

    name, port = sys.argv[1], int(sys.argv[2])
    if name == "cheroot":
        from cheroot.wsgi import Server

        Server(("127.0.0.1", port), app, numthreads=10).start()
    elif name == "waitress":
        import waitress

        waitress.serve(app, host="127.0.0.1", port=port, threads=10, _quiet=True)
    else:
        from aiohttp import web

        application = web.Application()
        application.router.add_static("/", ROOT)
        web.run_app(application, host="127.0.0.1", port=port, print=None, access_log=None)
