/** What stands in place of a value that was taken out. */
export const MASK = '***';

/** Words that name a credential, as part of a longer key too (`ADMIN_PASSWORD`, `aws_secret_access_key`). */
const KEY =
  '[\\w.-]*(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)[\\w.-]*';

const PATTERNS: readonly RegExp[] = [
  /** `password=…`, `"secret": "…"`, `--token …`. The value is a quoted text or runs to the next blank. */
  new RegExp(
    `((?:--?|\\b)${KEY}["']?(?:\\s*[:=]\\s*|\\s+(?=\\S)(?<=--?${KEY}["']?\\s)))("[^"]*"|'[^']*'|\\S+)`,
    'gi',
  ),
  /** `ipmitool -U admin -P …`, `-p…` of command lines that also name a user. */
  /(\s-[uUlL]\s+\S+\s+(?:\S+\s+)*?-[pPaA]\s*)(\S+)/g,
  /(\s-[pP]\s+)(\S+)(?=\s+(?:\S+\s+)*?-[uUlL]\s)/g,
  /** `scheme://user:password@host`. */
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)([^\s@]+)(?=@)/gi,
  /(\b(?:Bearer|Basic)\s+)([A-Za-z0-9+/=._~-]{8,})/g,
  /(\b)((?:AKIA|ASIA)[0-9A-Z]{16})\b/g,
];

/** A cheap test that fails for almost every line, so that the patterns run on few. */
const SUSPECT = /pass|pwd|secret|token|credential|key|:\/\/[^\s/]*@|bearer|basic\s|AKIA|ASIA|\s-[pPaA]/i;

/**
 * A line with the values of credentials replaced by {@link MASK}. Applied to every text that is kept as evidence;
 * the byte range of the evidence stays that of the whole line, so the masked text is shorter or longer than it.
 */
export function maskSecrets(text: string): string {
  if (!SUSPECT.test(text)) return text;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return MASK;
  let masked = text;
  for (const pattern of PATTERNS) masked = masked.replace(pattern, `$1${MASK}`);
  return masked;
}
