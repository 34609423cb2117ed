"""How the page of a folder looks: style, script, icons, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark;
  --paper: #fff; --ink: #1b2130; --quiet: #596273; --line: #e3e7ee; --touch: #f1f5fc; --accent: #1b5ecb }
@media (prefers-color-scheme: dark) { :root {
  --paper: #13161b; --ink: #e7eaf0; --quiet: #a2abba; --line: #2a303a; --touch: #1c222b; --accent: #8fb8ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100% }
a { color: inherit; text-decoration: none }
a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .25rem }
header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: end; justify-content: space-between }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.3; overflow-wrap: anywhere }
h1 a { color: var(--accent); padding: .15rem 0 }
h1 i { color: var(--quiet); font-style: normal; font-weight: 400; padding: 0 .3rem }
header p { margin: .25rem 0 0; color: var(--quiet); font-size: .9rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem }
.actions:empty { display: none }
.actions a { display: inline-flex; gap: .5rem; align-items: center; padding: .45rem .9rem; border-radius: .5rem;
  border: 1px solid var(--line); color: var(--accent); font-weight: 500; white-space: nowrap }
.actions a:hover { background: var(--touch); text-decoration: none }
table { width: 100%; margin-top: 1.5rem; border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
th { text-align: start; font-weight: inherit }
thead th { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--line);
  color: var(--quiet); font-size: .875rem }
thead a { display: inline-block; padding: .6rem 0 }
[aria-sort] { color: var(--ink); font-weight: 600 }
[aria-sort=ascending] a::after { content: " \\2191" }
[aria-sort=descending] a::after { content: " \\2193" }
td, thead th + th { padding-inline-start: 1.5rem; text-align: end; white-space: nowrap }
tbody tr { border-bottom: 1px solid var(--line) }
tbody tr:hover { background: var(--touch) }
tbody th a { display: flex; gap: .75rem; align-items: start; padding: .6rem 0; overflow-wrap: anywhere }
tbody th { width: 100% }
tbody bdi { min-width: 0 }
tbody svg { margin-top: .125rem }
td { padding-block: .75rem .6rem; vertical-align: top; color: var(--quiet); font-size: .9rem }
svg { flex: none; width: 1.25rem; height: 1.25rem; fill: none; stroke: var(--quiet); stroke-width: 1.6;
  stroke-linecap: round; stroke-linejoin: round }
svg[hidden] { display: none }
.folder svg, .actions svg { stroke: var(--accent) }
.folder svg { fill: var(--touch) }
.folder bdi { font-weight: 500 }
.note { margin: 1.5rem 0 0; padding: 1rem; border-radius: .5rem; background: var(--touch) }
@media (max-width: 40rem) {
  body { padding-top: 1.25rem }
  .actions { gap: .5rem }
  .actions a { gap: .4rem; padding: .4rem .65rem; font-size: .9375rem }
  table, thead, tbody { display: block }
  thead tr { display: flex; gap: 1.5rem; position: sticky; top: 0; background: var(--paper);
    border-bottom: 1px solid var(--line) }
  thead th, thead th + th { position: static; border: 0; padding: 0 }
  tbody tr { display: grid; grid-template-columns: auto 1fr; padding-bottom: .6rem }
  tbody th { grid-column: 1 / -1 }
  tbody th a { padding: .6rem 0 .1rem }
  td, td + td { padding: 0; text-align: start; font-size: .8125rem }
  td:nth-child(2) { padding-inline-start: 2rem }
  .file td + td::before { content: "\\b7"; padding: 0 .4rem }
  td:empty { padding-inline-start: 2rem }
}
@media print { .actions { display: none } }
"""

# Times are in UTC where this does not run.
SCRIPT = """
const form = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "short"});
for (const time of document.querySelectorAll("time")) time.textContent = form.format(new Date(time.dateTime));
document.getElementById("zone")?.remove();
"""

ICONS = {
    "folder": "M3 6.5A1.5 1.5 0 0 1 4.5 5h4.6l2 2.2h8.4A1.5 1.5 0 0 1 21 8.7v8.8a1.5 1.5 0 0 1-1.5 1.5h-15"
    "A1.5 1.5 0 0 1 3 17.5z",
    "file": "M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4",
    "text": "M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4M9 12h6M9 16h6",
    "image": "M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM4 17l5-5 4 4 3-3 4 4M15 9h.01",
    "audio": "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
    "video": "M4 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM15 10.5l6-3v9l-6-3",
    "archive": "M4 8.5h16V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM3 4.5h18v4H3zM10 12.5h4",
    "send": "M12 20V9M7 13.5l5-5 5 5M5 4h14",
    "save": "M12 4v11M7 10.5l5 5 5-5M5 20h14",
}


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# What a name could bring into the page by a fault of ours would still do nothing.
CONTENT_SECURITY_POLICY = (
    "Content-Security-Policy",
    f"default-src 'none'; img-src 'self'; style-src 'sha256-{_hash(STYLE)}'; "
    f"script-src 'sha256-{_hash(SCRIPT)}'; base-uri 'none'; form-action 'none'",
)
