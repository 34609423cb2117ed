"""When the pool is called saturated, recovered and full; the clock is the test's."""

from __future__ import annotations

from server_core.events import INFO, POOL, QUEUE, WARNING
from server_core.saturation import CALM_S, Saturation


class Watch:
    """A pool of two workers, as its figures tell."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, str]] = []
        self.saturation = Saturation(2, lambda *record: self.records.append(record))

    def see(self, busy: int, queued: int, at_s: float, refused: int = 0) -> None:
        self.saturation.update(busy, queued, refused, at_s)

    def news(self) -> list[tuple[str, str, str]]:
        news, self.records = self.records, []
        return news


def test_all_busy_with_an_empty_queue_is_not_saturated():
    watch = Watch()
    watch.see(2, 0, 0.0)
    watch.see(1, 1, 0.0)
    assert watch.news() == []


def test_saturation_is_reported_once():
    watch = Watch()
    for at_s in range(5):
        watch.see(2, 1, float(at_s))
    assert watch.news() == [(WARNING, POOL, "pool: 2/2 busy, 1 queued: saturated")]


def test_recovery_is_reported_when_it_lasts():
    watch = Watch()
    watch.see(2, 1, 0.0)
    watch.news()
    watch.see(1, 0, 1.0)
    watch.see(2, 1, 1.0 + CALM_S / 2)  # not yet: again
    watch.see(1, 0, 2.0)
    watch.see(1, 0, 2.0 + CALM_S * 0.9)
    assert watch.news() == []
    watch.see(1, 0, 2.0 + CALM_S)
    watch.see(0, 0, 9.0)
    assert watch.news() == [(INFO, POOL, "pool: 1/2 busy, 0 queued: recovered")]
    watch.see(2, 1, 10.0)
    assert len(watch.news()) == 1


def test_refusing_is_reported_once_and_lasts_until_it_has_been_calm():
    watch = Watch()
    for step in range(4):
        watch.see(2, 3, step * CALM_S / 2, refused=1)
        assert watch.saturation.refusing
    assert [record[:2] for record in watch.news()] == [(WARNING, POOL), (WARNING, QUEUE)]
    watch.see(2, 3, CALM_S * 2.4)
    assert watch.saturation.refusing
    watch.see(2, 3, CALM_S * 2.6)
    assert not watch.saturation.refusing
    watch.see(2, 3, CALM_S * 9, refused=5)
    assert [record[1] for record in watch.news()] == [QUEUE]
