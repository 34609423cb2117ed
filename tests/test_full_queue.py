from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.blackbox_server import running_server
from tests.test_concurrency import Answer, Site

if TYPE_CHECKING:
    from pathlib import Path

# So many bodies of small values, each judged as it arrives, are more than one worker can turn to within the time
# for which a request may wait for a place in a full queue.
UPLOADS = 32
SLOW_BODY = b"[" + b"0," * 1_000_000 + b"0]"


@pytest.mark.slow
def test_queue_that_stays_full_is_answered_503_and_recovers(tmp_path: Path) -> None:
    with running_server(tmp_path, "1", "--queue-size", "1") as server, ThreadPoolExecutor(UPLOADS) as clients:
        site = Site(server.base_url)
        uploads = [clients.submit(site.ask, site.post(SLOW_BODY)) for _ in range(UPLOADS)]
        meanwhile: list[Answer] = []
        while not all(upload.done() for upload in uploads):
            meanwhile += site.ask(site.get("/index.html"))
        (after,) = site.ask(site.get("/index.html"))
    uploaded = [answer for upload in uploads for answer in upload.result()]
    assert 503 in {answer.status for answer in meanwhile} <= {200, 503}
    assert 201 in {answer.status for answer in uploaded} <= {201, 503}
    refused = [answer for answer in (*meanwhile, *uploaded) if answer.status == 503]
    assert all(int(answer.fields["retry-after"]) > 0 for answer in refused)
    assert {answer.fields["connection"] for answer in refused} == {"close"}
    assert after.status == 200
