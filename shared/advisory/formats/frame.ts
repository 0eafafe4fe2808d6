import type { EvidenceEntry, Words } from '../document.ts';
import { inWords } from '../localize.ts';
import { say } from '../phrase.ts';
import type { Language, TextKey } from '../texts/catalogue.ts';

/** How a document is drawn: in which language a format labels it, and whether blocks carry the ids links point to. */
export interface Frame {
  language: Language;
  label(key: TextKey, values?: Readonly<Record<string, string | number>>): Words;
  /** False for the second of two texts on one page: an id may stand only once. */
  anchors: boolean;
}

export function frameOf(language: Language, anchors = true): Frame {
  return { language, anchors, label: (key, values = {}) => inWords(say(key, values), language) };
}

/** Where a piece of evidence stands in its member. */
export function positionOf(entry: EvidenceEntry<Words>, frame: Frame): Words {
  const { line, offset, length } = entry;
  return line === 0
    ? frame.label('evidence.position.member')
    : frame.label('evidence.position.line', { line, offset, length });
}
