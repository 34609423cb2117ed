"""What the benchmark reads and writes."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from benchmarks import report
from benchmarks.cases import CASES, make_site
from benchmarks.load import Figures, read
from benchmarks.servers import SERVERS

WRK = """\
Running 2s test @ http://127.0.0.1:9102/1k.html
  Latency Distribution
     50%   84.00us
     99%    1.15ms
  241019 requests in 2.10s, 318.41MB read
{faults}Requests/sec: 114756.21
"""


@pytest.mark.parametrize(
    ("faults", "failed"),
    [
        ("", 0),
        ("  Non-2xx or 3xx responses: 12\n", 12),
        ("  Socket errors: connect 1, read 500, write 2, timeout 3\n", 6),
    ],
)
def test_what_wrk_prints(faults, failed):
    assert read(WRK.format(faults=faults)) == Figures(114756.21, 0.084, 1.15, failed)


def test_what_wrk_can_not_do_is_told():
    with pytest.raises(RuntimeError, match="unable to connect"):
        read("", "unable to connect to 127.0.0.1")


ROWS = {
    "keep-alive-10": {
        "nginx": [Figures(100.0, 1, 2, 0), Figures(200.0, 1, 2, 0), Figures(300.0, 1, 2, 0)],
        "spindle": [Figures(50.0, 1, 2, 0), Figures(220.0, 1, 2, 0), Figures(240.0, 1, 9, 1)],
    }
}


def test_ratios_are_taken_within_each_round():
    row = ROWS["keep-alive-10"]
    assert report.ratio(row, "spindle") == 0.8  # 0.5, 1.1 and 0.8
    assert report.ratio(row, "caddy") is None
    assert report.middle(row["spindle"]) == Figures(220.0, 1, 2, 1)


def test_the_table_names_what_failed_and_the_goal():
    assert "| 1 KB, 10 connections | spindle | 220 | 0.80 | 1 | 1.00 | 2.00 | 1 |" in report.table(ROWS)


def test_the_chart_is_a_picture_with_a_bar_for_each_server():
    picture = ET.fromstring(report.chart(ROWS))
    widths = [float(bar.attrib["width"]) for bar in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(widths) == 2
    assert widths[0] > widths[1]  # the faster comes first


def test_every_case_asks_known_servers_for_what_is_there(tmp_path):
    make_site(tmp_path / "site")
    for case in CASES.values():
        assert set(case.servers) <= set(SERVERS)
        assert case.upload or (tmp_path / "site" / case.target[1:]).is_file()
    assert (tmp_path / "site" / "1k.html").stat().st_size == 1024
