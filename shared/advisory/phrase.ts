import type { Knowledge, Text, TextTable } from '../knowledge/schema.ts';
import type { Block, Part, Phrase, Tone, Values } from './document.ts';
import type { TextKey } from './texts/catalogue.ts';

/** A message of the advisory's own catalogue. */
export function say(key: TextKey, values: Values = {}): Phrase {
  return [{ kind: 'say', key, values }];
}

/** A text of the knowledge with its values. */
export function known(text: Text, values: Values = {}): Phrase {
  return [{ kind: 'known', text, values }];
}

/**
 * The knowledge's text for a code. A code the knowledge has no words for is shown as the code: a hole in the
 * knowledge, which its own tests look for, must not cost the customer the report.
 */
export function fromTable(knowledge: Knowledge, table: TextTable, name: string, values: Values = {}): Phrase {
  const text = knowledge.texts[table][name];
  return text === undefined ? code(name) : known(text, spoken(knowledge, values));
}

/** The parameters that hold codes of the knowledge, and the table each is explained in. */
const CODED: Readonly<Record<string, TextTable>> = { measures: 'measure', platform: 'platform' };

/** Values with their codes put into words: a reader gets `SCSI reservation`, never `scsi_reservation`. */
export function spoken(knowledge: Knowledge, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const table = CODED[name];
      if (table === undefined || typeof value === 'number') return [name, value];
      const codes = typeof value === 'string' ? [value] : value;
      if (!codes.every((item) => typeof item === 'string')) return [name, value];
      return [name, joined(codes.map((item) => wordFor(knowledge, table, item)))];
    }),
  );
}

/** The word for a code; what the table has no word for is shown as found. */
function wordFor(knowledge: Knowledge, table: TextTable, name: string): Phrase {
  const text = knowledge.texts[table][name];
  return text === undefined ? asFound(name) : known(text);
}

export function code(text: string): Phrase {
  return [{ kind: 'value', text, style: 'code' }];
}

export function asFound(text: string): Phrase {
  return [{ kind: 'value', text, style: 'plain' }];
}

export function instant(at: string | null, precision: 'second' | 'minute' | 'day' = 'second'): Phrase {
  return [{ kind: 'instant', at, precision }];
}

export function badge(tone: Tone, content: Phrase): Phrase {
  return [{ kind: 'badge', tone, content }];
}

export function strong(content: Phrase): Phrase {
  return [{ kind: 'strong', content }];
}

export function link(href: Text, content: Phrase): Phrase {
  return [{ kind: 'link', href, content }];
}

export function paragraph(content: Phrase): Block<Phrase> {
  return { kind: 'paragraph', content };
}

export function list(items: readonly Phrase[], ordered = false): Block<Phrase>[] {
  return items.length === 0 ? [] : [{ kind: 'list', ordered, items }];
}

export function phrases(...parts: readonly Phrase[]): Phrase {
  return parts.flat();
}

/** Phrases one after the other with the language's list separator between them. */
export function joined(items: readonly Phrase[]): Phrase {
  return items.flatMap((item, index): Part[] =>
    index === 0 ? [...item] : [...say('list.separator'), ...item],
  );
}

/** Statements made of several nodes, each once, with the nodes it holds for. */
export function foldedByNode(
  statements: readonly { node: string; key: unknown; phrase: Phrase }[],
): Phrase[] {
  const byKey = Map.groupBy(statements, ({ key }) => JSON.stringify(key));
  return [...byKey.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const nodes = [...new Set(group.map(({ node }) => node))];
    return [phrases(first.phrase, say('coverage.applies', { nodes }))];
  });
}

/** Sentences one after the other: a space between them in English, none in Japanese. */
export function sentences(items: readonly Phrase[]): Phrase {
  return items.flatMap((item, index): Part[] =>
    index === 0 ? [...item] : [...say('sentence.separator'), ...item],
  );
}
