import type { OsRelease } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import { collector } from './collector.ts';

/** `os-release(5)`: `KEY=value`, the value quoted or not. */
export const osRelease = collector(/^(\/etc\/os-release|\/usr\/lib\/os-release)$/, (facts) => {
  const values = new Map<string, string>();
  let at: Place | null = null;
  return {
    line(line) {
      const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.text.trim());
      if (match?.[1] === undefined) return;
      values.set(match[1], match[2] ?? match[3] ?? match[4] ?? '');
      if (match[1] === 'VERSION_ID' || (match[1] === 'ID' && at === null)) at = line.at();
    },
    end() {
      const id = values.get('ID')?.toLowerCase();
      if (id === undefined || id === '' || at === null) return;
      const version = values.get('VERSION_ID') ?? '';
      const pretty = values.get('PRETTY_NAME') ?? `${values.get('NAME') ?? id} ${version}`.trim();
      facts.os.push({ value: { id, version, pretty }, at });
    },
  };
});

/** Names in one-line release files, by the id that os-release gives the same product. */
const PRODUCTS: readonly { id: string; name: RegExp }[] = [
  { id: 'rhel', name: /^Red Hat Enterprise Linux/ },
  { id: 'centos', name: /^CentOS/ },
  { id: 'ol', name: /^Oracle Linux/ },
  { id: 'rocky', name: /^Rocky Linux/ },
  { id: 'almalinux', name: /^AlmaLinux/ },
  { id: 'miraclelinux', name: /^(MIRACLE LINUX|Asianux)/i },
  { id: 'fedora', name: /^Fedora/ },
  { id: 'amzn', name: /^Amazon Linux/ },
];

/** `Red Hat Enterprise Linux release 8.2 (Ootpa)` and relatives; null for any other text. */
export function releaseLine(text: string): OsRelease | null {
  const match = /^(.*?) release (\d+(?:\.\d+)*)(?: \(.*\))?$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const id = PRODUCTS.find((product) => product.name.test(text))?.id;
  if (id === undefined) return null;
  // CentOS adds the month of its build: 8.2.2004 is release 8.2.
  const version = match[2].split('.').slice(0, 2).join('.');
  return { id, version, pretty: text };
}

/** `/etc/redhat-release` and relatives: one line. */
export const releaseFile = collector(
  /^\/etc\/(redhat|centos|oracle|system|rocky|almalinux|miraclelinux|asianux|fedora)-release$/,
  (facts) => ({
    line(line) {
      const value = releaseLine(line.text.trim());
      if (value !== null) facts.os.push({ value, at: line.at() });
    },
  }),
);

/** `/etc/SuSE-release` (up to SLES 12): a name line, then `VERSION = 12` and `PATCHLEVEL = 5`. */
export const suseRelease = collector(/^\/etc\/SuSE-release$/, (facts) => {
  let pretty = '';
  let version = '';
  let patchlevel = '';
  let at: Place | null = null;
  return {
    line(line) {
      const text = line.text.trim();
      const match = /^(VERSION|PATCHLEVEL)\s*=\s*(\S+)$/.exec(text);
      if (match?.[1] === 'VERSION') version = match[2] ?? '';
      else if (match?.[1] === 'PATCHLEVEL') patchlevel = match[2] ?? '';
      else if (/SUSE/i.test(text) && pretty === '' && !text.startsWith('#')) pretty = text;
      if (match !== null) at = line.at();
    },
    end() {
      if (at === null || version === '') return;
      const id = /^openSUSE/i.test(pretty) ? 'opensuse' : 'sles';
      const full = patchlevel === '' || patchlevel === '0' ? version : `${version}.${patchlevel}`;
      facts.os.push({ value: { id, version: full, pretty: `${pretty} SP${patchlevel}`.trim() }, at });
    },
  };
});
