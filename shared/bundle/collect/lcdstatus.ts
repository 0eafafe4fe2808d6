import type { Facts, Resource } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import { collector, type FactLine, type FactReader } from './collector.ts';

/** The headings by which `lcdstatus` output is known, whatever file it stands in. */
export const STATUS_HEADING =
  /^(?:(?:BACKUP|LOCAL)\s+TAG\s+ID\s+STATE\b|MACHINE\s+(?:NETWORK|TYPE)\s+ADDRESSES\/|Resource hierarchies for machine|LifeKeeper does not appear to be running|LifeKeeper Flags\b|Communication Status Information)/;

const RESOURCE = /^(\S*)(\s+)((?:\|?---)*\S+)\s+(\S.*?)\s+([A-Z]{2,8})\s+(\d+|-+)(?:\s+(\S+))?\s*$/;
const PATH = /^(\S+)\s+(\S+)\s+(\S+)\s+(ALIVE|DEAD|[A-Z]{4,})\s+(\d+|-+)\s*$/;
const DETAIL = /^(\s*)(\S+):\s+id=(.*?)\s+app=(\S*)\s+type=(\S*)\s+state=(\w+)/;
const DETAIL_PATH = /\bto machine=(\S+)\s+type=(\S+)\s+addresses=(\S*)\s+state="?(\w+)"?\s+priority=(\S+)/;
const EQUIVALENCY = /^\s*\w+ equivalency with resource (\S+) on machine ([^\s,]+), priority = (\d+)/;

/** Reads the short form (`-q`, `-e`, Windows too) and the detailed form of `lcdstatus`. */
class StatusReader implements FactReader {
  readonly #facts: Facts;
  #table: 'resources' | 'paths' | 'flags' | null = null;
  #tagColumn = 0;
  #seen = false;
  #detail: { resource: Resource; at: Place } | null = null;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  line(line: FactLine): void {
    const text = line.text.trimEnd();
    if (STATUS_HEADING.test(text)) this.#heading(text, line);
    else if (text === '') this.#table = this.#table === 'flags' ? 'flags' : null;
    else if (!this.#details(text, line)) this.#row(text, line);
  }

  end(): void {
    this.#closeDetail();
  }

  #heading(text: string, line: FactLine): void {
    if (!this.#seen) this.#facts.cluster.status.push(line.at());
    this.#seen = true;
    this.#closeDetail();
    this.#table = null;
    if (/^(BACKUP|LOCAL)/.test(text)) {
      this.#table = 'resources';
      this.#tagColumn = text.indexOf('TAG');
    } else if (text.startsWith('MACHINE')) this.#table = 'paths';
    else if (text.startsWith('LifeKeeper Flags')) this.#table = 'flags';
    else if (text.startsWith('LifeKeeper does not')) this.#facts.cluster.stopped = true;
  }

  #row(text: string, line: FactLine): void {
    const { cluster } = this.#facts;
    if (this.#table === 'resources') {
      const match = RESOURCE.exec(text);
      if (match === null) return;
      const [, local = '', gap = '', printed = '', id = '', state = '', priority = '', primary] = match;
      const branches = printed.match(/\|?---/g)?.length ?? 0;
      const depth = branches + Math.max(0, local.length + gap.length - this.#tagColumn);
      const tag = printed.replace(/^(?:\|?---)+/, '');
      cluster.resources.push({
        value: { tag, id, state, priority, primary: primary ?? null, depth },
        at: line.at(),
      });
    } else if (this.#table === 'paths') {
      const match = PATH.exec(text);
      if (match === null) return;
      const [, peer = '', type = '', addresses = '', state = '', priority = ''] = match;
      cluster.commPaths.push({ value: { peer, type, addresses, state, priority }, at: line.at() });
    } else if (this.#table === 'flags' && /^\s*[!\w][\w!.:-]*$/.test(text)) {
      cluster.flags ??= [];
      cluster.flags.push({ value: text.trim(), at: line.at() });
    }
  }

  #details(text: string, line: FactLine): boolean {
    const { cluster } = this.#facts;
    const resource = DETAIL.exec(text);
    if (resource !== null) {
      this.#closeDetail();
      this.#table = null;
      if (!this.#seen) cluster.status.push(line.at());
      this.#seen = true;
      const [, blanks = '', tag = '', id = '', app = '', type = '', state = ''] = resource;
      this.#detail = {
        resource: { tag, id, state, priority: '', primary: null, depth: blanks.length, app, type },
        at: line.at(),
      };
      return true;
    }
    const path = DETAIL_PATH.exec(text);
    if (path !== null) {
      if (!this.#seen) cluster.status.push(line.at());
      this.#seen = true;
      const [, peer = '', type = '', addresses = '', state = '', priority = ''] = path;
      cluster.commPaths.push({ value: { peer, type, addresses, state, priority }, at: line.at() });
      return true;
    }
    if (/^\s*The following LifeKeeper flags are on/.test(text)) {
      this.#table = 'flags';
      return true;
    }
    if (/^\s*The shutdown strategy is set to/.test(text)) {
      this.#table = null;
      return true;
    }
    const detail = this.#detail;
    if (detail === null) return false;
    const priority = /^\s*Local priority = (\d+)/.exec(text)?.[1];
    if (priority !== undefined) detail.resource.priority = priority;
    const equivalency = EQUIVALENCY.exec(text);
    if (equivalency !== null) {
      const [, peerTag = '', peer = '', peerPriority = ''] = equivalency;
      cluster.equivalencies ??= [];
      cluster.equivalencies.push({
        value: { tag: detail.resource.tag, peer, peerTag, priority: peerPriority },
        at: line.at(),
      });
    }
    return priority !== undefined || equivalency !== null;
  }

  #closeDetail(): void {
    if (this.#detail !== null)
      this.#facts.cluster.resources.push({ value: this.#detail.resource, at: this.#detail.at });
    this.#detail = null;
  }
}

/** Cluster configuration and state as LifeKeeper prints it. */
export const lcdstatus = collector(/^lcdstatus\b/, (facts) => new StatusReader(facts));
