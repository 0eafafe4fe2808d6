import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CORE_SCHEMA, load as loadYaml, type YAMLException } from 'js-yaml';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { findBrokenReferences } from './references.ts';
import { type Knowledge, KnowledgeFile, TEXT_TABLES, type Text, type TextTable } from './schema.ts';

/** One fault in a knowledge file, with the place an editor can jump to. */
export interface KnowledgeFault {
  readonly file: string;
  /** 1-based; the line of the nearest enclosing entry when the field itself is missing. */
  readonly line: number;
  /** Dotted path of the field, e.g. `advisories.0.rows.2.from`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** The knowledge cannot be used. `message` lists every fault as `file:line: field: what is wrong`. */
export class KnowledgeError extends Error {
  readonly code = 'knowledge_invalid';
  readonly faults: readonly KnowledgeFault[];

  constructor(faults: readonly KnowledgeFault[]) {
    super(
      faults
        .map(
          (fault) =>
            `${fault.file}:${fault.line}: ${fault.field === '' ? '' : `${fault.field}: `}${fault.message}`,
        )
        .join('\n'),
    );
    this.name = 'KnowledgeError';
    this.faults = faults;
  }
}

/** A parsed file that remembers on which line each of its fields stands. */
interface ParsedFile {
  readonly file: string;
  readonly content: KnowledgeFile;
  lineOf(path: readonly PropertyKey[]): number;
}

/** The folder that ships with the product. A Lambda bundle passes the folder it copied it to. */
export const SHIPPED_KNOWLEDGE = import.meta.dirname;

/**
 * Reads the knowledge: every `*.yaml` and `*.yml` of the shipped folder and of the folders given, sub-folders
 * included, in the order of their names. Folders given add to the shipped knowledge; they cannot redefine an id.
 *
 * @param extraDirectories folders of further advisories (`--knowledge DIR`).
 * @param shipped where the product's own YAML lies, when not next to this file.
 * @throws KnowledgeError naming file, line and field of every fault found.
 */
export async function loadKnowledge(
  extraDirectories: readonly string[] = [],
  shipped: string = SHIPPED_KNOWLEDGE,
): Promise<Knowledge> {
  const files: { file: string; text: string }[] = [];
  for (const directory of [shipped, ...extraDirectories]) files.push(...(await readYaml(directory)));
  return parseKnowledge(files);
}

async function readYaml(directory: string): Promise<{ file: string; text: string }[]> {
  let names: string[];
  try {
    names = await readdir(directory, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new KnowledgeError([
      { file: directory, line: 1, field: '', message: `The knowledge folder cannot be read (${reason}).` },
    ]);
  }
  const yaml = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  if (yaml.length === 0)
    throw new KnowledgeError([
      { file: directory, line: 1, field: '', message: 'The knowledge folder holds no .yaml file.' },
    ]);
  return Promise.all(
    yaml.map(async (name) => ({
      file: join(directory, name),
      text: await readFile(join(directory, name), 'utf8'),
    })),
  );
}

/**
 * Merges the texts of knowledge files into one {@link Knowledge}.
 * @throws KnowledgeError with every fault of syntax, schema, duplicate id and broken reference.
 */
export function parseKnowledge(files: readonly { file: string; text: string }[]): Knowledge {
  const faults: KnowledgeFault[] = [];
  const parsed: ParsedFile[] = [];
  for (const { file, text } of files) {
    const result = parseFile(file, text);
    if (Array.isArray(result)) faults.push(...result);
    else parsed.push(result);
  }
  if (faults.length > 0) throw new KnowledgeError(faults);
  const knowledge = merge(parsed, faults);
  for (const { path, message } of findBrokenReferences(knowledge)) {
    const place = placeOf(parsed, path);
    faults.push({ ...place, field: path.join('.'), message });
  }
  if (faults.length > 0) throw new KnowledgeError(faults);
  return knowledge;
}

/**
 * js-yaml reads the values, because it is several times faster and runs at every start; the `yaml` package, which
 * knows where each value stands, is asked only about a file with a fault.
 */
function parseFile(file: string, text: string): ParsedFile | KnowledgeFault[] {
  const lines = new LineCounter();
  let parsed: Document | undefined;
  const positions = (): Document => {
    parsed ??= parseDocument(text, { lineCounter: lines, prettyErrors: false });
    return parsed;
  };
  let content: unknown;
  try {
    content = loadYaml(text, { schema: CORE_SCHEMA });
  } catch (cause) {
    const faults = positions().errors.map((error) => ({
      file,
      line: lines.linePos(error.pos[0]).line,
      field: '',
      message: error.message,
    }));
    if (faults.length > 0) return faults;
    const { message, mark } = cause as YAMLException;
    return [{ file, line: (mark?.line ?? 0) + 1, field: '', message }];
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = positions().getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const checked = KnowledgeFile.safeParse(content ?? {});
  if (checked.success) return { file, content: checked.data, lineOf };
  return checked.error.issues.map((issue) => ({
    file,
    line: lineOf(issue.path),
    field: issue.path.map(String).join('.'),
    message: issue.message,
  }));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function merge(parsed: readonly ParsedFile[], faults: KnowledgeFault[]): Knowledge {
  const owners = new Map<string, string>();
  const claim = (file: ParsedFile, kind: string, id: string, path: readonly PropertyKey[]): boolean => {
    const owner = owners.get(`${kind} ${id}`);
    if (owner === undefined) {
      owners.set(`${kind} ${id}`, file.file);
      return true;
    }
    faults.push({
      file: file.file,
      line: file.lineOf(path),
      field: path.map(String).join('.'),
      message: `The ${kind} "${id}" is already defined in ${owner}.`,
    });
    return false;
  };
  const collect = <T>(
    kind: string,
    section: string,
    entriesOf: (file: KnowledgeFile) => readonly T[] | undefined,
    idOf: (entry: T) => string,
  ): T[] =>
    parsed.flatMap((file) =>
      (entriesOf(file.content) ?? []).filter((entry, index) =>
        claim(file, kind, idOf(entry), [...section.split('.'), index]),
      ),
    );
  const byId = <T>(entries: readonly T[], idOf: (entry: T) => string): Record<string, T> =>
    Object.fromEntries(entries.map((entry) => [idOf(entry), entry]));
  const id = (entry: { id: string }): string => entry.id;

  const sources = collect(
    'source',
    'sources',
    (file) => Object.entries(file.sources ?? {}),
    ([key]) => key,
  );
  const texts: Mutable<Record<TextTable, Record<string, Text>>> = Object.fromEntries(
    TEXT_TABLES.map((table) => [
      table,
      Object.fromEntries(
        collect(
          `text of ${table}`,
          `texts.${table}`,
          (file) => Object.entries(file.texts?.[table] ?? {}),
          ([key]) => key,
        ),
      ),
    ]),
  ) as Record<TextTable, Record<string, Text>>;
  const versions = collect(
    'version',
    'version',
    (file) => (file.version === undefined ? [] : [file.version]),
    () => 'of the knowledge',
  );
  return {
    version: versions.join(''),
    sources: Object.fromEntries(sources),
    streams: collect('stream', 'streams', (file) => file.streams, id),
    advisories: collect('advisory', 'advisories', (file) => file.advisories, id),
    messages: byId(
      collect('message', 'messages', (file) => file.messages, id),
      id,
    ),
    rules: byId(
      collect('rule', 'rules', (file) => file.rules, id),
      id,
    ),
    procedures: byId(
      collect('procedure', 'procedures', (file) => file.procedures, id),
      id,
    ),
    fencing: {
      combinations: collect('combination', 'fencing.combinations', (file) => file.fencing?.combinations, id),
      parameters: collect(
        'parameter',
        'fencing.parameters',
        (file) => file.fencing?.parameters,
        (entry) => entry.key,
      ),
    },
    terms: byId(
      collect('term', 'terms', (file) => file.terms, id),
      id,
    ),
    texts,
  };
}

/** The file and line of an entry named by section and id, e.g. `['rules', 'mirror_target_suspect', 'sources']`. */
function placeOf(parsed: readonly ParsedFile[], path: readonly string[]): { file: string; line: number } {
  const [section = '', id = '', ...rest] = path;
  for (const file of parsed) {
    const entries = file.content[section as keyof KnowledgeFile];
    if (Array.isArray(entries)) {
      const index = entries.findIndex((entry) => 'id' in entry && entry.id === id);
      if (index >= 0) return { file: file.file, line: file.lineOf([section, index, ...rest.map(numeric)]) };
    } else if (typeof entries === 'object' && id in entries) {
      return { file: file.file, line: file.lineOf([section, id, ...rest.map(numeric)]) };
    }
  }
  return { file: parsed[0]?.file ?? '', line: 1 };
}

function numeric(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}
