/**
 * The looks of a page: light and dark, on paper and on a phone. The page allows this text by its hash and no other style,
 * so a change here needs the new hash, which a test tells.
 */
export const STYLE = `
:root{color-scheme:light dark;--page:#ffffff;--text:#1b2733;--muted:#4d5b6b;--line:#c9d2dc;--panel:#f3f6f9;--link:#0a4fb3;--mark:#ffe08a;--mark-text:#1b2733;--bad:#a3161a;--doubt:#7a4a00;--good:#1b6333;--critical:#7d0a0e;--badge-text:#ffffff;--high:#b3261e;--medium:#8a5300;--low:#3c566e;--info:#4d5b6b}
@media (prefers-color-scheme:dark){:root{--page:#11171e;--text:#e4eaf0;--muted:#a5b2c0;--line:#37434f;--panel:#1a222b;--link:#8ebbff;--mark:#6b4e00;--mark-text:#ffffff;--bad:#ff9c96;--doubt:#f0c062;--good:#85d6a0;--critical:#ff8d88;--badge-text:#11171e;--high:#ff9f98;--medium:#f0c062;--low:#9fc3e4;--info:#a5b2c0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .3rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.4rem 0 .5rem}
h4{font-size:1rem;margin:0;display:inline}
p{margin:.4rem 0}
a{color:var(--link)}
ul{margin:.4rem 0;padding-left:1.3rem}
code,pre,th,td,li,p,h4{unicode-bidi:isolate;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
.muted{color:var(--muted)}
.bad{color:var(--bad)}
.verdict{font-weight:600;font-size:1.1rem}
.counts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:.8rem 0}
.badge{display:inline-block;border-radius:.3rem;padding:.05rem .5rem;font-size:.85rem;font-weight:600;color:var(--badge-text);background:var(--info)}
.critical{background:var(--critical)}
.high{background:var(--high)}
.medium{background:var(--medium)}
.low{background:var(--low)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0;padding:.5rem .8rem;background:var(--panel)}
details details{background:none;margin:.4rem 0}
summary{cursor:pointer}
dl{display:grid;grid-template-columns:5rem 1fr;margin:.5rem 0 0}
dt{color:var(--muted)}
dd{margin:0 0 .3rem;min-width:0;overflow-wrap:anywhere}
.place{margin-bottom:0}
pre{margin:.3rem 0 .6rem;padding:.5rem .6rem;overflow-x:auto;background:var(--page);border:1px solid var(--line);border-radius:.3rem;line-height:1.45}
.number{color:var(--muted);user-select:none}
mark{background:var(--mark);color:var(--mark-text);border-radius:.15rem}
.scroll{overflow-x:auto;margin:.6rem 0 1.2rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:600;padding:.3rem 0;overflow-wrap:anywhere}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--muted);font-size:.85rem;font-weight:600}
tbody th{font-weight:600;min-width:9rem}
tr.bad td:last-child{color:var(--bad);font-weight:600}
tr.doubt td:last-child{color:var(--doubt);font-weight:600}
tr.good td:last-child{color:var(--good)}
tr.bad,tr.good,tr.doubt{color:inherit}
tr.remarks td{border-top:0;padding-top:0;color:var(--muted);font-size:.9rem}
tr.remarks ul{margin:0 0 .3rem}
footer{margin-top:2.5rem;color:var(--muted);font-size:.85rem}
@media (max-width:44rem){body{padding:1rem}dl{grid-template-columns:4.7rem 1fr}thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}table,caption,tbody,tr,th,td{display:block}tbody tr{border-top:1px solid var(--line);padding:.4rem 0}tr.remarks{border-top:0;padding-top:0}th,td{border:0;padding:.1rem 0}td[data-title]::before{content:attr(data-title) ": ";color:var(--muted);font-size:.85rem;font-weight:400}}
@media print{:root{color-scheme:light;--page:#ffffff;--text:#000000;--muted:#333333;--line:#999999;--panel:#ffffff;--link:#000000;--mark:#dddddd;--mark-text:#000000;--bad:#000000;--doubt:#000000;--good:#000000;--critical:#000000;--badge-text:#ffffff;--high:#000000;--medium:#333333;--low:#333333;--info:#333333}body{max-width:none;padding:0;font-size:10pt}details{break-inside:avoid}details::details-content{content-visibility:visible;display:block;height:auto}pre{white-space:pre-wrap;overflow-wrap:anywhere}tr{break-inside:avoid}}
`

/** What the Content-Security-Policy of a page calls the style by. */
export const STYLE_HASH = 'sha256-jg5CsNddhdm5kcOQik2nqwiPz25prQEhQojSn1QOPq4='
