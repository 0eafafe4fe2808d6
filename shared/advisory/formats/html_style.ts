/** The page's one style sheet. Colours reach 7:1 on their ground and every use of one has words beside it. */
export const STYLE = `
:root{--ink:#1b2430;--soft:#4a5666;--line:#d5dbe3;--ground:#f6f8fa;--accent:#1f4e79;--danger:#8c1c13;--danger-bg:#fdf1ef;--caution:#6b4700;--caution-bg:#fdf6e3;--good:#14532d;--good-bg:#eff8f1;--unknown:#3f3a6b;--unknown-bg:#f2f1fa}
*{box-sizing:border-box}
html{font-size:16px;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:60rem;padding:2.5rem 1.5rem 4rem;color:var(--ink);background:#fff;font-family:"Noto Sans JP","Noto Sans CJK JP","Hiragino Sans","Yu Gothic UI","Yu Gothic",Meiryo,"Segoe UI",system-ui,sans-serif;line-height:1.75;overflow-wrap:anywhere}
[lang=en]{line-height:1.6}
h1{font-size:1.75rem;line-height:1.3;margin:0;letter-spacing:.01em}
h2{font-size:1.25rem;line-height:1.4;margin:3rem 0 1rem;padding-bottom:.35rem;border-bottom:2px solid var(--accent);color:var(--accent)}
h3{font-size:1.05rem;line-height:1.5;margin:2rem 0 .5rem}
p,ul,ol,dl,figure,pre{margin:.5rem 0 .9rem}
ul,ol{padding-left:1.4rem}
li{margin:.2rem 0}
a{color:var(--accent)}
code{font-family:"Noto Sans Mono","Noto Sans Mono CJK JP",ui-monospace,Consolas,Menlo,monospace;font-size:.9em;background:var(--ground);padding:.05em .3em;border-radius:3px}
.head{border-bottom:1px solid var(--line);padding-bottom:1rem}
.subtitle{color:var(--soft);margin:.35rem 0 1rem}
.identity{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:0;font-size:.875rem}
.identity div{display:flex;gap:.6rem}
.identity dt{color:var(--soft)}
dd{margin:0}
.contents{font-size:.875rem;margin:1rem 0 0}
.contents ol{columns:3;column-gap:2rem;list-style:none;padding:0;margin:0}
.contents a{text-decoration:none}
.contents a:hover,.contents a:focus{text-decoration:underline}
.decision h2{margin-top:1.75rem}
.answers{list-style:none;padding:0;margin:0;counter-reset:answer}
.answer{counter-increment:answer;position:relative;border:1px solid var(--line);border-left-width:6px;border-radius:6px;padding:.8rem 1.1rem .6rem;margin:0 0 .8rem;break-inside:avoid}
.answer h3{margin:0;font-size:.9rem;font-weight:600;color:var(--soft)}
.answer h3::before{content:counter(answer) ". "}
.answer .verdict{font-size:1.08rem;font-weight:600;margin:.2rem 0 .35rem}
.answer ul,.answer ol{margin:.25rem 0 .4rem;font-size:.925rem}
.answer p{margin:.25rem 0 .35rem}
.answer.danger{border-left-color:var(--danger)}.answer.caution{border-left-color:var(--caution)}.answer.good{border-left-color:var(--good)}.answer.unknown{border-left-color:var(--unknown);border-left-style:double}.answer.neutral{border-left-color:var(--soft)}
.badge{display:inline-block;border:1.5px solid currentColor;border-radius:4px;padding:0 .5em;font-size:.86em;font-weight:700;line-height:1.6;white-space:normal}
.badge.danger{color:var(--danger);background:var(--danger-bg)}.badge.caution{color:var(--caution);background:var(--caution-bg)}.badge.good{color:var(--good);background:var(--good-bg)}.badge.unknown{color:var(--unknown);background:var(--unknown-bg);border-style:dashed}.badge.neutral{color:var(--soft);background:#fff;font-weight:600}
.cite{font-size:.8em;text-decoration:none;white-space:nowrap;padding:0 .1em}
.cite:hover,.cite:focus{text-decoration:underline}
.facts{display:grid;gap:.25rem 0;margin:.6rem 0 1rem;font-size:.925rem}
.facts>div{display:grid;grid-template-columns:11rem 1fr;gap:1rem;border-bottom:1px solid var(--line);padding:.25rem 0}
.facts dt{color:var(--soft)}
.callout{border:1px solid var(--line);border-left:6px solid var(--soft);border-radius:6px;padding:.7rem 1.1rem .4rem;margin:.9rem 0;break-inside:avoid}
.callout.danger{border-left-color:var(--danger);background:var(--danger-bg)}.callout.caution{border-left-color:var(--caution);background:var(--caution-bg)}.callout.good{border-left-color:var(--good)}.callout.unknown{border-left-color:var(--unknown);border-left-style:double}
.callout-title{font-weight:700;margin:0 0 .3rem}
.steps{list-style:none;padding:0}
.step{border-left:2px solid var(--line);padding:.1rem 0 .5rem 1.1rem;margin:0 0 .6rem;break-inside:avoid}
.instruction{font-weight:600;margin:.2rem 0}
.number{display:inline-block;min-width:3.2rem;color:var(--accent)}
.run-on,.expected,.stop,.overwrite{margin:.2rem 0;font-size:.925rem}
.label{display:inline-block;color:var(--soft);min-width:7rem}
.overwrite{color:var(--danger)}
pre{overflow-x:auto;padding:.6rem .9rem;border:1px solid var(--line);border-radius:6px;background:var(--ground);line-height:1.5;white-space:pre-wrap}
pre code{background:none;padding:0}
pre.commands{background:#1b2430;color:#f3f6fa;border-color:#1b2430}
.scroll{overflow-x:auto;margin:1rem 0 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.55}
caption{text-align:left;font-weight:600;padding:0 0 .4rem}
th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--ground);border-bottom:2px solid var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:400}
tr.marked th,tr.marked td{background:var(--caution-bg)}
tr.marked th{box-shadow:inset 4px 0 0 var(--caution);font-weight:700}
figure{margin:1rem 0}
figure svg{display:block;width:100%;height:auto}
figcaption{font-size:.875rem;color:var(--soft);margin-top:.3rem}
.evidence{border-top:1px solid var(--line);padding:.6rem 0;break-inside:avoid}
.evidence-id{font-weight:700;color:var(--accent);margin:0}
.evidence .facts{font-size:.85rem;margin:.2rem 0 .4rem}
.evidence .facts>div{border:0;padding:0}
pre.log{font-size:.85rem}
.foot{margin-top:3rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem;align-items:start}
body.bilingual{max-width:96rem}
.second{color:var(--soft);font-weight:400;font-size:.85em;margin-left:.6em}
.bilingual .facts>div{grid-template-columns:8rem 1fr}
.pair>div{min-width:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:44rem){.contents ol{columns:1}.facts>div,.pair{grid-template-columns:1fr;gap:0}}
@page{size:A4;margin:18mm 16mm 20mm}
@media print{
html{font-size:10.5pt}
body{max-width:none;padding:0}
.contents{display:none}
h2,h3,.callout-title,caption{break-after:avoid}
h2{margin-top:1.6rem}
.section.decision{break-after:page;font-size:9pt;line-height:1.5}
.decision h2{margin:.7rem 0 .5rem;font-size:1.1rem}
.head{padding-bottom:.4rem}
.subtitle{margin:.1rem 0 .4rem}
.answer{padding:.4rem .9rem .3rem;margin-bottom:.5rem}
.answer .verdict{font-size:10pt;margin:.1rem 0 .2rem}
.answer ul,.answer ol,.answer p{font-size:9pt;margin:.15rem 0 .2rem}
.answer li{margin:.05rem 0}
.section.appendix:not(.appendix~.appendix){break-before:page}
.scroll{overflow:visible}
table{font-size:8.5pt}
thead{display:table-header-group}
tr,.facts>div{break-inside:avoid}
thead th{white-space:normal}
pre.commands{background:#fff;color:#000;border:1.5px solid #000}
a{color:inherit;text-decoration:none}
p,li{orphans:3;widows:3}
}
`.trim();
