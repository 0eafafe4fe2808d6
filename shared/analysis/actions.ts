import type { Knowledge, Procedure } from '../knowledge/schema.ts';
import type { Action, Params } from './analysis.ts';

/** What a procedure is filled in with. Names missing here stay visible as `<name>` in a command. */
export type ActionValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A procedure of the knowledge with the customer's own names put in.
 *
 * @param direction which copy would be overwritten by which; only for procedures that copy data.
 */
export function action(
  knowledge: Knowledge,
  id: string,
  values: ActionValues,
  direction: Action['direction'] = null,
): Action {
  const procedure = knowledge.procedures[id];
  if (procedure === undefined) throw new Error(`The knowledge has no procedure "${id}".`);
  const params = paramsOf(values);
  return {
    procedure: id,
    kind: procedure.kind,
    risk: procedure.risk,
    direction,
    params,
    steps: procedure.steps.map((step) => ({
      step: step.id,
      node: nodeOf(step.on, values),
      commands: step.commands.map((command) => fillIn(command, values)),
      params,
    })),
  };
}

function paramsOf(values: ActionValues): Params {
  const params: Params = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) params[name] = `<${name}>`;
    else params[name] = typeof value === 'string' ? value : [...value];
  }
  return params;
}

function nodeOf(on: Procedure['steps'][number]['on'], values: ActionValues): string | null {
  const name =
    on === 'target' ? values.target : on === 'source' || on === 'former_source' ? values.source : null;
  return typeof name === 'string' ? name : null;
}

/**
 * Puts values into a command. They come from a customer's logs, so what a shell would read as more than one plain
 * word is quoted; what has no value yet stays visible as `<name>`.
 */
export function fillIn(command: string, values: ActionValues): string {
  return command.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined || value === '') return `<${name}>`;
    return (typeof value === 'string' ? [value] : value).map(shellWord).join(' ');
  });
}

function shellWord(word: string): string {
  if (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word) && !word.startsWith('-')) return word;
  const printable = word.replace(/\p{C}/gu, '?');
  return `'${printable.replaceAll("'", `'\\''`)}'`;
}
