import { stringify } from 'yaml';
import {
  checkKnowledge,
  knowledgeJsonSchema,
  listKnowledge,
  showKnowledge,
} from '../../shared/knowledge/inspect.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { CommandError, EXIT } from '../exit_codes.ts';
import { print } from '../terminal.ts';

interface KnowledgeOptions {
  knowledge: string[];
  lang: 'ja' | 'en';
  json: boolean;
}

/** `bundle-advisor knowledge list`: kind, id and title of every entry. */
export async function list(options: KnowledgeOptions): Promise<number> {
  const entries = listKnowledge(await loadKnowledge(options.knowledge));
  if (options.json) {
    await print(JSON.stringify(entries, null, 2));
    return EXIT.ok;
  }
  const width = Math.max(...entries.map((entry) => entry.id.length));
  await print(
    entries
      .map(({ kind, id, title }) => `${kind.padEnd(12)} ${id.padEnd(width)} ${title[options.lang]}`)
      .join('\n'),
  );
  return EXIT.ok;
}

/** `bundle-advisor knowledge show ID`: the entries with this id, whole, with the sources they cite. */
export async function show(id: string, options: KnowledgeOptions): Promise<number> {
  const found = showKnowledge(await loadKnowledge(options.knowledge), id);
  if (found.length === 0) {
    throw new CommandError(
      `The knowledge has no entry "${id}"; "knowledge list" shows what there is.`,
      EXIT.usage,
    );
  }
  await print(
    options.json ? JSON.stringify(found, null, 2) : found.map((entry) => stringify(entry)).join('---\n'),
  );
  return EXIT.ok;
}

/** `bundle-advisor knowledge check [DIR…]`: every fault with file, line and field; exit code 1 when there is one. */
export async function check(directories: string[]): Promise<number> {
  const result = await checkKnowledge(directories);
  if (result.ok) {
    await print(`Knowledge ${result.version}: ${result.entries} entries, no fault found`);
    return EXIT.ok;
  }
  for (const { file, line, field, message } of result.faults) {
    await print(`${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`);
  }
  return EXIT.matched;
}

/** `bundle-advisor knowledge schema`: JSON Schema of a knowledge file, for editors. */
export async function schema(): Promise<number> {
  await print(JSON.stringify(knowledgeJsonSchema(), null, 2));
  return EXIT.ok;
}
