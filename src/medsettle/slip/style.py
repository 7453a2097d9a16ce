"""How the page looks: on a screen a sheet of paper, on paper A4; in black and white as well."""

from __future__ import annotations

import string
from typing import Final

_CHINESE: Final = (
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", '
    '"Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif'
)
_LATIN: Final = '"Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, '
_SONG: Final = (
    '"Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Songti SC", "STSong", '
    '"SimSun", serif'
)

_PLAIN: Final = frozenset(string.ascii_letters + string.digits + " /._-")


def style(*, chinese: bool, foot: str) -> str:
    """Return the style sheet; `foot` stands at the foot of every printed page.

    Only letters, digits and a few signs of it: it stands inside quotes of the style sheet.

    Nothing in it is fetched: no font, no image, no other sheet.
    """
    foot = "".join(char for char in foot if char in _PLAIN)
    body = _CHINESE if chinese else _LATIN + _CHINESE
    heading = _SONG if chinese else f'"Georgia", "Noto Serif", {_SONG}'
    return (
        _SHEET.replace("$BODY", body).replace("$HEADING", heading).replace("$FOOT", foot)
    ).strip()


_SHEET: Final = """
:root { --ink: #1b1f23; --soft: #56606a; --rule: #c9d1d6; --deep: #14505c; --wash: #f1f5f6; }
* { box-sizing: border-box; }
html { background: #e9edef; color: var(--ink); font: 10pt/1.5 $BODY;
  font-variant-numeric: tabular-nums lining-nums; -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 210mm; margin: 8mm auto; padding: 14mm; background: #fff;
  box-shadow: 0 1px 8px rgb(0 0 0 / .18); overflow-wrap: anywhere; }
h1, h2, h3, h4, p, dl, dd, table { margin: 0; }
h1, h2, .due strong { font-family: $HEADING; }
h1 { font-size: 20pt; line-height: 1.25; font-weight: 700; }
h2 { margin: 8mm 0 3mm; padding-bottom: 1mm; border-bottom: 1.5pt solid var(--deep);
  color: var(--deep); font-size: 13.5pt; line-height: 1.3; break-after: avoid; }
h3, caption { margin: 0; padding: 0 0 1mm; font-size: 10pt; font-weight: 700; text-align: start;
  break-after: avoid; }
h3 { margin-top: 5mm; }
.policy { color: var(--deep); font-weight: 700; }
.facts { display: flex; flex-wrap: wrap; gap: 0 6mm; margin-top: 2mm; }
.facts div { display: flex; gap: 2mm; max-width: 100%; }
.facts dt { flex: none; color: var(--soft); }
.due { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 3mm; }
.due strong { font-size: 28pt; line-height: 1.2; }
.soft, .note { color: var(--soft); }
.note { display: block; font-size: .88em; line-height: 1.3; }
.code { font-size: .94em; letter-spacing: .02em; }
.bar { display: block; width: 100%; height: auto; margin: 3mm 0 2mm; }
.swatch { width: 3.4mm; height: 3.4mm; margin-inline-end: 2mm; vertical-align: -.5mm; }
.meter { width: 16mm; height: 2.1mm; }
table { width: 100%; border-collapse: collapse; line-height: 1.4; }
table + table { margin-top: 5mm; }
.pair > table { margin-top: 0; }
p.soft + table, table + p.soft { margin-top: 3mm; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .9mm 1.5mm; border-bottom: .5pt solid var(--rule); text-align: start;
  vertical-align: baseline; font-weight: 400; }
th:first-child { padding-inline-start: 0; }
td:last-child, th:last-child { padding-inline-end: 0; }
.chunk { display: inline-block; max-width: 100%; margin-inline-end: .6em; }
thead th, thead td { border-bottom: 1pt solid var(--ink); color: var(--soft); font-size: 8.5pt;
  vertical-align: bottom; }
.n { text-align: end; white-space: nowrap; }
.total th, .total td { border-top: 1pt solid var(--ink); border-bottom: 0; font-weight: 700; }
.cash th, .cash td { font-weight: 700; }
.sub th, .sub td { color: var(--soft); }
.sub th:first-child { padding-inline-start: 5.4mm; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 5mm 10mm; align-items: start; }
.layer { margin-top: 4mm; padding: 2mm 3mm 2mm; border-inline-start: 2.5pt solid var(--deep);
  background: var(--wash); }
.layer h4 { display: flex; justify-content: space-between; gap: 4mm; font-size: 10.5pt;
  break-after: avoid; }
.layer h4 .n { flex: none; }
.layer h4 .code { color: var(--soft); font-size: 7.5pt; font-weight: 400; }
.layer th, .layer td { padding-block: .4mm; border-bottom: .5pt dotted var(--rule); }
.layer tr:last-child > * { border-bottom: 0; }
.layer .in1 th { padding-inline-start: 5mm; }
.layer .in2 th { padding-inline-start: 10mm; }
.layer .said th { color: var(--soft); font-size: 8.5pt; }
.layer .pays > * { font-weight: 700; }
.layer tr { break-inside: avoid; }
.items { font-size: 8.5pt; line-height: 1.28; }
.items thead { display: table-header-group; }
.items tr { break-inside: avoid; }
.items th, .items td { padding: .5mm 1.1mm; }
.items .no { width: 8mm; color: var(--soft); text-align: end; white-space: nowrap; }
.items .what { width: 30%; }
.items .group th { padding-top: 2.5mm; color: var(--deep); font-weight: 700; break-after: avoid; }
.items .group, .items .group + tr { break-after: avoid; }
.items .sum > * { background: var(--wash); font-weight: 700; }
.items .sum { break-before: avoid; }
.proof { font-size: 8.5pt; }
.print { overflow-wrap: anywhere; font-family: "DejaVu Sans Mono", Consolas, Menlo, monospace;
  font-size: 7.5pt; }
@media (max-width: 640px) {
  main { margin: 0; padding: 5mm; box-shadow: none; }
  .pair { grid-template-columns: 1fr; }
  .wide { overflow-x: auto; }
  .items { min-width: 600px; }
}
@page { size: A4; margin: 13mm 14mm 15mm;
  @bottom-left { content: "$FOOT"; font: 7.5pt $BODY; color: #56606a; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 7.5pt $BODY;
    color: #56606a; }
}
@media print {
  html { background: none; font-size: 9pt; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  h2 { margin-top: 6mm; }
  .wide { overflow: visible; }
  .pair > *, .keep, .layer, tr { break-inside: avoid; }
  .layer, .sum > *, .bar, .swatch, .meter { print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
}
@media print and (monochrome) {
  .layer, .items .sum > * { background: none; }
}
"""
