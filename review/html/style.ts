/** The page's only style: nothing is loaded, and what Plot would write into each chart stands here once. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #14171c);
  --panel: light-dark(#f5f6f8, #1c2027);
  --ink: light-dark(#1b1f24, #e7e9ec);
  --muted: light-dark(#555c66, #a7afba);
  --line: light-dark(#d5d9df, #3a414b);
  --staging: light-dark(#1d5fa8, #7db4f0);
  --production: light-dark(#8a5300, #e6ac5c);
  --good: light-dark(#17693d, #74cf9b);
  --good-side: light-dark(#e3efe8, #22352b);
  --bad: light-dark(#a8172e, #ff9aa2);
  --bad-side: light-dark(#fdf1f2, #2c1c20);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 72rem;
  background: var(--page); color: var(--ink);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
code { font: 0.875em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--staging); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--staging); outline-offset: 2px; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 0; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.1875rem; line-height: 1.3; margin: 0 0 0.75rem; font-weight: 650; }
h3 { font-size: 1.0625rem; line-height: 1.3; margin: 0 0 0.75rem; font-weight: 650; }
.sub { font-size: 1rem; margin: 1.5rem 0 0.5rem; font-weight: 650; }
p { margin: 0.5rem 0; max-width: 46rem; }
section { margin: 2.5rem 0 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.muted, .rest, .was, figcaption span, .note { color: var(--muted); }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 0.25rem; background: var(--page); padding: 0.25rem 0.5rem; }
.caution { color: var(--ink); font-weight: 600; }
figcaption .caution, figcaption code { color: var(--ink); }
.side-title { font-weight: 600; margin: 0 0 0.25rem; }

header.top { display: flex; gap: 0.25rem 1rem; align-items: center; justify-content: space-between; color: var(--muted); font-size: 0.875rem; margin-bottom: 1.25rem; }
button, input, select { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px; padding: 0.3rem 0.7rem; min-height: 2.25rem; max-width: 100%; }
button { cursor: pointer; white-space: nowrap; }
button:hover { background: var(--panel); }

.verdict { border: 1px solid var(--line); border-left: 6px solid var(--good); background: var(--panel); border-radius: 6px; padding: 1rem 1.25rem; }
.verdict.blocked { border-left-color: var(--bad); }
.verdict h1, .verdict h2 { margin: 0; }
.verdict p { margin: 0.375rem 0 0; max-width: none; }
.verdict .sign { color: var(--good); }
.verdict.blocked .sign { color: var(--bad); }
.warning { border: 1px solid var(--bad); border-left-width: 6px; border-radius: 6px; padding: 0.75rem 1.25rem; margin-top: 1rem; max-width: none; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0.875rem 0 0; font-size: 0.875rem; }
.pairs ul { display: grid; gap: 0.25rem; font-size: 1rem; }
.pair { margin-top: 3rem; }

.mark { font-weight: 600; }
td .mark, .finding .mark { white-space: nowrap; }
.passes { color: var(--good); }
.fails { color: var(--bad); }
.inconclusive { color: var(--ink); }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 4px; padding: 0 0.4em; font-size: 0.8125rem; font-weight: 600; }

ol.findings { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.625rem; }
.finding { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 6px; padding: 0.5rem 0.875rem 0.625rem; }
.finding.exempted { border-left-color: var(--line); }
.finding p { margin: 0; display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; max-width: none; }
.about { font-weight: 500; }
.finding dl { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 2rem; margin: 0.25rem 0 0; font-size: 0.875rem; }
.finding dl > div { display: grid; grid-template-columns: 4.25rem minmax(0, 1fr); }
.finding .whole { grid-column: 1 / -1; }
.finding dt { color: var(--muted); }
.finding dd { margin: 0; }

table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th { text-align: left; font-weight: 600; color: var(--muted); vertical-align: bottom; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid var(--line); }
td { vertical-align: top; }
thead th { overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
td.name { font-weight: 500; min-width: 9rem; }
.wide td.name { min-width: 14rem; }
td.text { min-width: 5.5rem; }
td.chart, th.chart { width: 13.5rem; }
td.chart > div { display: flex; align-items: center; min-height: 1.3125rem; }
.sides { table-layout: fixed; }
.sides th[scope="row"] { vertical-align: top; font-weight: 400; width: 24%; }
.sides thead th { border-bottom-width: 3px; color: var(--ink); }
.sides thead th.staging { border-bottom-color: var(--staging); }
.sides thead th.production { border-bottom-color: var(--production); }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 2.5rem; }
.columns > * { min-width: 0; }
.columns td.chart { width: 10.5rem; }
.group .sub { font-size: 0.875rem; color: var(--muted); font-weight: 600; margin: 0.75rem 0 0; }
.group ul { margin: 0.125rem 0 0; padding-left: 1.1rem; }
.group li { margin: 0.125rem 0; }
.side { font-weight: 650; border-bottom: 3px solid var(--staging); padding-bottom: 0.25rem; margin: 0; }
.side.production { border-bottom-color: var(--production); }
ul.plain { margin: 0.25rem 0; padding-left: 1.1rem; }

figure { margin: 1.25rem 0 0; }
figcaption { margin-bottom: 0.5rem; max-width: 62rem; }
svg { display: block; max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg text { white-space: pre; }
.beside { display: grid; grid-template-columns: 20rem minmax(0, 1fr); gap: 0.5rem 2rem; align-items: start; }
details { border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
details > summary { cursor: pointer; }
details > summary ~ * { margin-top: 0.5rem; }
.filter { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: end; margin-bottom: 0.75rem; }
.filter label { display: grid; gap: 0.125rem; font-size: 0.875rem; color: var(--muted); }
.filter input, .filter select { color: var(--ink); }
.filter p { margin: 0; padding-bottom: 0.4rem; }
footer { margin-top: 3.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.875rem; }
footer p { max-width: none; }

@media screen and (max-width: 44rem) {
  h1 { font-size: 1.375rem; }
  section { margin-top: 2rem; }
  .columns, .beside { grid-template-columns: minmax(0, 1fr); }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards tbody { display: block; }
  .cards tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.125rem 0.75rem; border-bottom: 1px solid var(--line); padding: 0.625rem 0; }
  .cards td { display: grid; grid-column: 1 / -1; grid-template-columns: 6.5rem minmax(0, 1fr); gap: 0.75rem; width: auto; min-width: 0; border: 0; padding: 0; }
  .cards td::before { content: attr(data-label); color: var(--muted); }
  .cards td.number { display: block; grid-column: auto; text-align: left; white-space: normal; }
  .wide .cards td.number { display: grid; grid-column: 1 / -1; }
  .cards td.name, .cards td.chart { display: block; padding-bottom: 0.125rem; }
  .cards td.name::before, .cards td.chart::before { content: none; }
  .cards td.empty { display: none; }
  td.chart svg { width: 100%; }
  .finding dl { grid-template-columns: minmax(0, 1fr); }
  .sides th[scope="row"] { width: 27%; }
  .filter label, .filter input, .filter select { width: 100%; }
}
@media print {
  :root { color-scheme: light !important; font-size: 12px; }
  body { max-width: none; padding: 0; }
  button, nav, .filter, .skip { display: none !important; }
  tr, .finding, figure svg { break-inside: avoid; }
  h2, h3, .sub, figcaption { break-after: avoid; }
  td.chart, th.chart { width: 10rem; }
  td.name, td.text { min-width: 0; }
  .beside { grid-template-columns: 18rem minmax(0, 1fr); }
  a { color: inherit; text-decoration: none; }
}
`;
