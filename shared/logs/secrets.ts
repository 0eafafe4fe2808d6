/** What stands in place of a value that was taken out. */
export const MASK = '***';

/** A word that names a credential, or has one in it: `ADMIN_PASSWORD`, `aws_secret_access_key`. */
const WORD =
  '[\\w.-]{0,40}?(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)[\\w.-]{0,40}';

const VALUE = '("[^"]*"|\'[^\']*\'|\\S+)';

/** Every quantifier is bounded or starts at a word, so that no line takes more than linear time. */
const PATTERNS: readonly RegExp[] = [
  new RegExp(`((?<![\\w.-])${WORD}["']?\\s{0,8}[:=]\\s{0,8})${VALUE}`, 'gi'),
  /** `--password value`. */
  new RegExp(`((?<!\\S)--?${WORD}\\s{1,8})${VALUE}`, 'gi'),
  /** `scheme://user:password@host`. */
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{1,100}:)([^\s@]{1,200})(?=@)/gi,
  /(\b(?:Bearer|Basic)\s{1,8})([A-Za-z0-9+/=._~-]{8,})/g,
  /(\b)((?:AKIA|ASIA)[0-9A-Z]{16})\b/g,
];

/** `-P secret` and `-psecret` of a command line that also names a user, as `ipmitool -U admin -P …`. */
const USER_OPTION = /\s-[uUlL]\s/;
const PASSWORD_OPTION = /(\s-[pP]\s{0,8})(\S+)/g;

/** A cheap test that fails for almost every line, so that the patterns run on few. */
const SUSPECT = /pass|pwd|secret|token|credential|key|:\/\/[^\s/]{1,300}@|bearer|basic\s|AKIA|ASIA|\s-[pP]/i;

/**
 * A line with the values of credentials replaced by {@link MASK}. Applied to every text that is kept as evidence;
 * the byte range of the evidence stays that of the whole line, so the masked text is shorter or longer than it.
 */
export function maskSecrets(text: string): string {
  if (!SUSPECT.test(text)) return text;
  if (/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/.test(text)) return MASK;
  let masked = text;
  for (const pattern of PATTERNS) masked = masked.replace(pattern, `$1${MASK}`);
  return USER_OPTION.test(masked) ? masked.replace(PASSWORD_OPTION, `$1${MASK}`) : masked;
}
