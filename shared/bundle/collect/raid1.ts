import type { Facts } from '../../evidence/evidence.ts';
import { collector, type FactLine } from './collector.ts';

const MODULE = /\/lib\/modules\/([^/\s]+)\/(?:\S+\/)?raid1\.ko(?:\.[a-z0-9]+)?/;

function add(
  facts: Facts,
  path: string,
  kernel: string | null,
  via: 'loaded' | 'present',
  line: FactLine,
): void {
  facts.raid1.push({ value: { path, kernel, via }, at: line.at() });
}

/** `modinfo raid1`, alone or among all loaded modules: the file that the module is loaded from. */
export const modinfo = collector(/^modinfo( -\S+)*( raid1| ALL MODULES)$/, (facts) => ({
  line(line) {
    const path = /^filename:\s+(\S*\/raid1\.ko\S*)$/.exec(line.text.trim())?.[1];
    if (path !== undefined) add(facts, path, MODULE.exec(path)?.[1] ?? null, 'loaded', line);
  },
}));

/** Listings of module folders by `find` (one path a line) or `ls -R` (a heading, then names). */
export const moduleListing = collector(/^(find|ls|rpm -ql)\b.*(lib.modules|raid1|steeleye)/, (facts) => {
  let folder = '';
  return {
    line(line) {
      const text = line.text.trim();
      if (/^\S+:$/.test(text)) folder = text.slice(0, -1);
      const path = MODULE.exec(text);
      if (path !== null) add(facts, path[0], path[1] ?? null, 'present', line);
      else {
        const name = /(?:^|\s)(raid1\.ko(?:\.[a-z0-9]+)?)(?: -> \S+)?$/.exec(text)?.[1];
        const kernel = /\/lib\/modules\/([^/]+)/.exec(folder)?.[1];
        if (name !== undefined && kernel !== undefined)
          add(facts, `${folder}/${name}`, kernel, 'present', line);
      }
    },
  };
});

/** The kernel and path of a member that is itself a `raid1` module; null for any other member. */
export function moduleMember(path: string): { path: string; kernel: string } | null {
  const match = /(?:^|\/)((?:usr\/)?lib\/modules\/([^/]+)\/(?:.*\/)?raid1\.ko(?:\.[a-z0-9]+)?)$/.exec(path);
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { path: `/${match[1]}`, kernel: match[2] };
}
