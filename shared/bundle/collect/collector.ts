import type { Facts } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import type { Topic } from '../topic.ts';

/** One decoded line of a stretch of text. */
export interface FactLine {
  readonly text: string;
  /** The line's place; credentials in its text are masked. */
  at(): Place;
  /** The line's place with another text, for a line that holds a secret. Counts as a secret dropped. */
  redacted(shown: string): Place;
}

/** Reads one stretch of text and adds what it finds to the facts. */
export interface FactReader {
  line(line: FactLine): void;
  /** @param whole false when the text was cut or damaged: what is missing may have been in the rest */
  end?(whole: boolean): void;
}

/** Knows the topics of one kind of fact and how to read them. */
export interface Collector {
  accepts(topic: Topic): boolean;
  /** @param start place of the stretch as a whole, for facts that rest on its existence */
  open(facts: Facts, start: () => Place): FactReader;
}

/** A collector for the commands and files whose name matches; names of files begin with a slash. */
export function collector(names: RegExp, open: Collector['open']): Collector {
  return { accepts: (topic) => names.test(topic.name), open };
}
