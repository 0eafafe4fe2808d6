import type { Block, Document, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { frameOf } from './frame.ts';
import { blockHtml, htmlShell, words } from './html.ts';

/**
 * Both languages side by side for engineers who answer in both: Japanese left, English right, block by block. On
 * paper and on narrow screens the English follows the Japanese. The pairs are exact, because both documents are
 * made from one.
 */
export function bilingualPage(ja: Document<Words>, en: Document<Words>): string {
  const identity = pair(
    'dl',
    ja.identity.map((row) => `<div><dt>${words(row.term)}</dt><dd>${words(row.value)}</dd></div>`).join(''),
    en.identity.map((row) => `<div><dt>${words(row.term)}</dt><dd>${words(row.value)}</dd></div>`).join(''),
    'identity',
  );
  const sections = ja.sections.map((section, index) => {
    const other = en.sections[index];
    const heading = `${section.id}-heading`;
    const title = `<h2 id="${heading}"><span lang="ja">${words(section.heading)}</span> <span class="second" lang="en">${words(other?.heading ?? [])}</span></h2>`;
    const body = section.body.map((block, place) => blockPair(block, other?.body[place]));
    return `<section class="section ${section.place}" id="${section.id}" aria-labelledby="${heading}">${title}${body.join('')}</section>\n`;
  });
  return htmlShell(
    {
      language: 'ja',
      title: `${plain(ja.title)} / ${plain(en.title)}`,
      reportId: ja.reportId,
      style: 'bilingual',
    },
    [
      `<header class="head"><h1><span lang="ja">${words(ja.title)}</span> <span class="second" lang="en">${words(en.title)}</span></h1>${identity}</header>`,
      `<main id="main">${sections.join('')}</main>`,
      `<footer class="foot"><p>${words(ja.footer)}</p></footer>`,
    ],
  );
}

function pair(tag: string, left: string, right: string, name: string): string {
  return `<div class="pair"><${tag} class="${name}" lang="ja">${left}</${tag}><${tag} class="${name}" lang="en">${right}</${tag}></div>`;
}

const JA = frameOf('ja');
const EN = frameOf('en', false);

function blockPair(ja: Block<Words>, en: Block<Words> | undefined): string {
  if (ja.kind === 'group' && en?.kind === 'group') {
    const heading = `<h3><span lang="ja">${words(ja.heading)}</span> <span class="second" lang="en">${words(en.heading)}</span></h3>`;
    return `<div class="group" id="${ja.id}">${heading}${ja.body.map((block, index) => blockPair(block, en.body[index])).join('')}</div>`;
  }
  if (ja.kind === 'commands' || ja.kind === 'evidence') return blockHtml(ja, JA, 3);
  const right = en === undefined ? '' : blockHtml(en, EN, 3);
  return `<div class="pair"><div lang="ja">${blockHtml(ja, JA, 3)}</div><div lang="en">${right}</div></div>`;
}
