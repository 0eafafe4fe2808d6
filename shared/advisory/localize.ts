import { IntlMessageFormat } from 'intl-messageformat';
import {
  type Document,
  mapDocument,
  type Part,
  type Phrase,
  type Span,
  type Values,
  type Words,
} from './document.ts';
import { instantText, isInstant } from './instant.ts';
import { CATALOGUES, type Language } from './texts/catalogue.ts';
import { visible } from './visible.ts';

/** Parameters whose values are typed by people or machines as they stand, and are set in code style. */
const CODE_PARAMS =
  /^(node|nodes|host|hosts|hostname|peer|peers|tag|mirror|mirrors|source|target|targets|from|to|kernel|running|installed|module|device|member|members|file|files|fileName|command|commands|path|left|right|bundle|key|value|values|package|packages|expected|first|second|bound|newest|nextBoot|fixedKernel|loaded|mode|quorum|witness|tags|zone)$/i;

/** What stands between the items of a list, and before its last one. */
const JOIN: Record<Language, { between: string; last: string }> = {
  ja: { between: '、', last: '、' },
  en: { between: ', ', last: ' and ' },
};

/** Puts a document into the words of one language. */
export function localize(document: Document<Phrase>, language: Language): Document<Words> {
  return mapDocument(document, (phrase) => inWords(phrase, language));
}

/** A phrase in the words of one language; found values come out with hidden characters made visible. */
export function inWords(phrase: Phrase, language: Language): Words {
  return joinText(phrase.flatMap((part) => partInWords(part, language)));
}

function partInWords(part: Part, language: Language): Span[] {
  switch (part.kind) {
    case 'say':
      return message(CATALOGUES[language][part.key], part.values, language);
    case 'known':
      return message(part.text[language], part.values, language);
    case 'value':
      return [{ kind: part.style === 'code' ? 'code' : 'text', text: visible(part.text) }];
    case 'instant':
      return part.at === null
        ? message(CATALOGUES[language]['time.unknown'], {}, language)
        : [{ kind: 'text', text: instantText(part.at, language, part.precision) }];
    case 'cite':
      return part.ids.length === 0 ? [] : [{ kind: 'cite', ids: part.ids }];
    case 'badge':
      return [{ kind: 'badge', tone: part.tone, content: inWords(part.content, language) }];
    case 'strong':
      return [{ kind: 'strong', content: inWords(part.content, language) }];
    case 'link':
      return [{ kind: 'link', href: part.href[language], content: inWords(part.content, language) }];
  }
}

/** A value on its way through the formatter: an object, so that it stays apart from the message's own words. */
class Carried {
  readonly spans: Words;
  readonly #raw: string;

  constructor(spans: Words, raw: string) {
    this.spans = spans;
    this.#raw = raw;
  }

  /** What `{name, select, …}` chooses by. */
  toString(): string {
    return this.#raw;
  }
}

const formats = new Map<string, IntlMessageFormat>();

function formatOf(text: string, language: Language): IntlMessageFormat {
  const key = `${language}\u0000${text}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new IntlMessageFormat(text, language, undefined, { ignoreTag: true });
  formats.set(key, made);
  return made;
}

function carried(name: string, value: Values[string], language: Language): Carried | number {
  if (typeof value === 'number') return value;
  const style = CODE_PARAMS.test(name) ? 'code' : 'text';
  if (typeof value === 'string') {
    return isInstant(value)
      ? new Carried([{ kind: 'text', text: instantText(value, language) }], value)
      : new Carried([{ kind: style, text: visible(value) }], value);
  }
  if (value.every((item) => typeof item === 'string')) {
    const spans = value.flatMap((item, index): Span[] => [
      ...(index === 0
        ? []
        : [
            {
              kind: 'text',
              text: index === value.length - 1 ? JOIN[language].last : JOIN[language].between,
            } as const,
          ]),
      { kind: style, text: visible(item) },
    ]);
    return new Carried(spans, value.join(','));
  }
  return new Carried(inWords(value as Phrase, language), '');
}

/**
 * An ICU message with its values. Words between back-ticks become code. A placeholder without a value stands as
 * `{name}` in code style rather than failing the whole report; tests see to it that none is left.
 */
function message(text: string, values: Values, language: Language): Span[] {
  const format = formatOf(text, language);
  const filled: Record<string, Carried | number> = {};
  for (const name of placeholders(text))
    filled[name] = new Carried([{ kind: 'code', text: `{${name}}` }], '');
  for (const [name, value] of Object.entries(values)) filled[name] = carried(name, value, language);
  return format.formatToParts<Carried>(filled).flatMap((part): Span[] => {
    if (part.value instanceof Carried) return [...part.value.spans];
    return codeBetweenTicks(String(part.value));
  });
}

/** The names of the placeholders of an ICU message, sorted, each once. */
export function placeholders(text: string): string[] {
  const names = new Set<string>();
  const walk = (elements: readonly object[]) => {
    for (const element of elements) {
      if ('value' in element && 'type' in element && element.type !== 0 && typeof element.value === 'string')
        names.add(element.value);
      if ('options' in element && element.options !== null && typeof element.options === 'object') {
        for (const option of Object.values(element.options as Record<string, { value: object[] }>))
          walk(option.value);
      }
    }
  };
  walk(formatOf(text, 'en').getAst());
  return [...names].sort();
}

function codeBetweenTicks(text: string): Span[] {
  return text
    .split('`')
    .map((piece, index): Span => ({ kind: index % 2 === 1 ? 'code' : 'text', text: piece }))
    .filter((span) => span.kind !== 'text' || span.text !== '');
}

function joinText(spans: readonly Span[]): Words {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (span.kind === 'text' && last?.kind === 'text')
      joined[joined.length - 1] = { kind: 'text', text: last.text + span.text };
    else joined.push(span);
  }
  return joined;
}

/** What a badge becomes where there are no boxes. */
function bracketed(text: string): string {
  return /[\u3040-\u9fff]/.test(text) ? `【${text}】` : `[${text}] `;
}

/** The words alone, for titles, alternative texts and machine formats. */
export function plain(words: Words): string {
  return words
    .map((span) => {
      switch (span.kind) {
        case 'text':
        case 'code':
          return span.text;
        case 'cite':
          return ` ${span.ids.map((id) => `[${id}]`).join('')}`;
        case 'badge':
          return bracketed(plain(span.content));
        default:
          return plain(span.content);
      }
    })
    .join('');
}
