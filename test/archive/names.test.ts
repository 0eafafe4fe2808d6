import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, isUnsafe, shown } from '../../shared/archive/names.ts';

describe('shown', () => {
  it('leaves names as they are, in any language', () => {
    for (const name of ['var/log/lifekeeper.log', 'ログ/ﾉｰﾄﾞ１.txt', 'a b\\x2dc', '日本語 (1).zip'])
      expect(shown(name)).toBe(name);
  });

  it.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\nb\tc\0', 'a\\u000ab\\u0009c\\u0000'],
    ['abc\u202egpj.exe', 'abc\\u202egpj.exe'],
    ['\u2066x\u2069\u200b\ufeff', '\\u2066x\\u2069\\u200b\\ufeff'],
    ['\ud800', '\\ud800'],
    ['\u0085\u009b', '\\u0085\\u009b'],
  ])('escapes what would change how the text around it is shown: %j', (name, expected) => {
    expect(shown(name)).toBe(expected);
  });

  it('cuts a long name in the middle', () => {
    const name = `head${'x'.repeat(5000)}tail`;
    expect(shown(name)).toMatch(/^head.*…x*tail$/);
    expect(shown(name).length).toBeLessThan(310);
  });

  it('never lets a control or bidi character pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (name) => {
        expect(shown(name)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
      }),
    );
  });
});

describe('isUnsafe', () => {
  it.each([
    '../x',
    'a/../../x',
    '..',
    'a/..',
    '/etc/passwd',
    '\\\\host\\share',
    'C:\\x',
    'c:x',
    'a\\..\\..\\x',
    '',
    'a\0b',
  ])('is true for %j', (name) => expect(isUnsafe(name)).toBe(true));
  it.each(['a', './a', 'a/./b', '..a', 'a..', 'a/...', 'var/log/messages-20210407', 'time 12:00'])(
    'is false for %j',
    (name) => expect(isUnsafe(name)).toBe(false),
  );
});

describe('decodeName', () => {
  it.each([
    ['UTF-8', 'e383ade382b0', 'ログ'],
    ['CP932', '838d834f', 'ログ'],
    ['CP932 with a backslash as second byte', '835c', 'ソ'],
    ['CP932 of NEC and IBM', '8740fab1', '①﨑'],
    ['neither', 'ff80', 'ÿ\u0080'],
  ])('reads %s', (_, hex, text) => {
    expect(decodeName(Buffer.from(hex, 'hex'))).toBe(text);
  });
});
