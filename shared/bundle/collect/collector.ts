import type { Facts } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import type { Topic } from '../topic.ts';

/** One decoded line of a stretch of text. */
export interface FactLine {
  readonly text: string;
  /** The line's place; credentials in its text are masked. */
  at(): Place;
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
  open(facts: Facts, topic: Topic): FactReader;
}

/** A collector for commands and files whose name matches. Commands and files are told apart by the leading slash. */
export function collector(names: RegExp, open: Collector['open']): Collector {
  return { accepts: (topic) => names.test(topic.name), open };
}
