import en from './en.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };

export type Language = 'ja' | 'en';

/** The keys of the advisory's own messages. Both files have every key: the compiler checks it. */
export type TextKey = keyof typeof en & keyof typeof ja;

type SameKeys = [keyof typeof en, keyof typeof ja] extends [keyof typeof ja, keyof typeof en]
  ? Record<TextKey, string>
  : never;

/** Headings, labels and connecting sentences per language, in ICU MessageFormat. */
export const CATALOGUES: Readonly<Record<Language, SameKeys>> = { ja, en };
