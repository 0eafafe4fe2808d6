/**
 * Looks at the HTML advisory in headless Chromium: axe finds no violation, nothing asks for the network, nothing is
 * wider than the page, and printed on A4 no table row, box or record is cut and the decision stands on page one. `npm run test:html`; Chromium is
 * Debian's package, or the one that CHROMIUM names. Exits 1 with a line per fault.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium, type Page } from 'playwright-core';
import { type Format, render } from '../../../shared/advisory/render.ts';
import { loadKnowledge } from '../../../shared/knowledge/load.ts';
import { cases } from '../cases.ts';
import { GENERATED_AT } from '../sample.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.error(
    `No Chromium at ${executablePath}. Install Debian's package chromium, or name one in CHROMIUM.`,
  );
  process.exit(2);
}

/** Height of an A4 page within the margins of the style sheet, in CSS pixels. */
const PAGE_HEIGHT = 974;

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: string[] }[] }[];
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const knowledge = await loadKnowledge();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const faults: string[] = [];
let pages = 0;

for (const [name, value] of Object.entries(cases(knowledge))) {
  for (const [language, format] of [
    ['ja', 'html'],
    ['en', 'html'],
    ['ja', 'bilingual'],
  ] as const satisfies readonly (readonly ['ja' | 'en', Format])[]) {
    const { body } = await render(value, knowledge, {
      language,
      format,
      generatedAt: GENERATED_AT,
      caseLabel: 'CASE-1',
    });
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, bypassCSP: true });
    page.on('request', (request) => {
      if (!request.url().startsWith('about:'))
        faults.push(`${name} ${language} ${format}: asks for ${request.url()}`);
    });
    await page.setContent(new TextDecoder().decode(body));
    for (const fault of [...(await accessibility(page)), ...(await layout(page))])
      faults.push(`${name} ${language} ${format}: ${fault}`);
    await page.close();
    pages += 1;
  }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${pages} pages looked at, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function accessibility(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const result = (await page.evaluate('axe.run()')) as AxeResult;
  return result.violations.map(
    (violation) =>
      `axe ${violation.id}: ${violation.help} (${violation.nodes
        .map((node) => node.target.join(' '))
        .slice(0, 3)
        .join('; ')})`,
  );
}

/** Parts that must not be cut when printed, page one, and the page must not be wider than the window. */
async function layout(page: Page): Promise<string[]> {
  const overflow = (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 672, height: PAGE_HEIGHT });
  const decision = (await page.evaluate(
    `document.querySelector('body:not(.bilingual) #summary')?.getBoundingClientRect().bottom ?? 0`,
  )) as number;
  const cut = (await page.evaluate(`[...document.querySelectorAll('.answer, tr, .step, .evidence, .callout')]
    .filter((part) => {
      const broken = getComputedStyle(part).breakInside;
      const wide = part.scrollWidth > document.documentElement.clientWidth + 1;
      return broken !== 'avoid' || wide;
    })
    .map((part) => part.className || part.tagName)`)) as string[];
  const wide = (await page.evaluate(
    `[...document.querySelectorAll('table')].filter((table) => table.scrollWidth > document.documentElement.clientWidth + 1).length`,
  )) as number;
  await page.emulateMedia({ media: 'screen' });
  return [
    ...(overflow > 0 ? [`is ${overflow} px wider than the window`] : []),
    ...(decision > PAGE_HEIGHT
      ? [`the decision is ${Math.round(decision - PAGE_HEIGHT)} px longer than page one`]
      : []),
    ...(cut.length > 0 ? [`may be cut in print: ${[...new Set(cut)].join(', ')}`] : []),
    ...(wide > 0 ? [`${wide} tables are wider than the printed page`] : []),
  ];
}
