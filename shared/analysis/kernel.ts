import type { KernelBound, KernelStream } from '../knowledge/schema.ts';
import { compareVersions } from './versions.ts';

/** A kernel release taken apart. Numbers are only comparable between releases of one {@link KernelStream}. */
export interface KernelRelease {
  readonly raw: string;
  /** `uname`: as `uname -r` prints it. `package`: version-release of the package. */
  readonly form: 'uname' | 'package';
  readonly grammar: 'marked' | 'flavoured';
  /** Upstream version, e.g. `4.12.14`. */
  readonly base: string;
  /** The dotted numbers after the dash: `122.20`, `193.28.1`, `150100.197.111`. */
  readonly numbers: string;
  /** Distribution mark without its minor release: `el8`, `el7uek`, `lp151`, `amzn2`; null when there is none. */
  readonly mark: string | null;
  /** `default`, `azure`, `rt`, `debug`, …; null for the stock kernel of a `marked` release. */
  readonly flavour: string | null;
}

const NUMBERS = String.raw`\d{1,9}(?:\.\d{1,9})*`;
/** `4.18.0-193.28.1.el8_2.x86_64+debug`, `4.14.35-2025.400.8.el7uek.x86_64`, `4.18.0-193.rt13.51.el8.x86_64`. */
const MARKED = new RegExp(
  String.raw`^(?<base>${NUMBERS})-(?<numbers>${NUMBERS})(?<rt>\.rt\d+(?:\.\d+)*)?` +
    String.raw`\.(?<mark>el\d+uek|el\d+|amzn\d+)(?:_\d+)?(?:\.(?<arch>x86_64|aarch64|ppc64le|s390x|i[36]86))?` +
    String.raw`(?:[.+](?<suffix>[A-Za-z][\w-]*))?$`,
);
/** `4.12.14-122.20-default`, `4.12.14-lp151.28.48-default`, `5.4.0-42-generic`. */
const FLAVOURED = new RegExp(
  String.raw`^(?<base>${NUMBERS})-(?:(?<mark>lp\d+)\.)?(?<numbers>${NUMBERS})-(?<flavour>[A-Za-z][\w-]*)$`,
);
/** The version-release of a SUSE package, e.g. `4.12.14-122.20.1`. */
const UNMARKED_PACKAGE = new RegExp(
  String.raw`^(?<base>${NUMBERS})-(?:(?<mark>lp\d+)\.)?(?<numbers>${NUMBERS})$`,
);

/** Takes the release string of `uname -r` apart; null when it has the form of no distribution kernel. */
export function parseUname(text: string): KernelRelease | null {
  const raw = text.trim();
  return parseMarked(raw, 'uname') ?? parseFlavoured(raw);
}

/**
 * Takes a kernel package apart.
 * @param name e.g. `kernel-default`, whose last part is the flavour; `kernel`, `kernel-core` and `kernel-uek` are
 *   stock kernels.
 */
export function parseKernelPackage(name: string, version: string, release: string): KernelRelease | null {
  const raw = `${version}-${release}`;
  const flavour = flavourOfPackage(name);
  const marked = parseMarked(raw, 'package');
  if (marked !== null) return { ...marked, flavour: marked.flavour ?? flavour };
  const groups = UNMARKED_PACKAGE.exec(raw)?.groups;
  if (groups === undefined) return null;
  return {
    raw,
    form: 'package',
    grammar: 'flavoured',
    base: groups.base ?? '',
    numbers: groups.numbers ?? '',
    mark: groups.mark ?? null,
    flavour: flavour ?? 'default',
  };
}

function flavourOfPackage(name: string): string | null {
  const rest = name.replace(/^kernel-?/, '').replace(/-?(core|base|modules|image)$/, '');
  return rest === '' || rest === 'uek' ? null : rest.replace(/^uek-/, '');
}

function parseMarked(raw: string, form: 'uname' | 'package'): KernelRelease | null {
  const groups = MARKED.exec(raw)?.groups;
  if (groups === undefined) return null;
  return {
    raw,
    form,
    grammar: 'marked',
    base: groups.base ?? '',
    numbers: groups.numbers ?? '',
    mark: groups.mark ?? null,
    flavour: groups.rt === undefined ? (groups.suffix ?? null) : 'rt',
  };
}

function parseFlavoured(raw: string): KernelRelease | null {
  const groups = FLAVOURED.exec(raw)?.groups;
  if (groups === undefined) return null;
  return {
    raw,
    form: 'uname',
    grammar: 'flavoured',
    base: groups.base ?? '',
    numbers: groups.numbers ?? '',
    mark: groups.mark ?? null,
    flavour: groups.flavour ?? null,
  };
}

const STOCK_FLAVOURS: Readonly<Record<KernelStream['family'], readonly (string | null)[]>> = {
  el: [null],
  uek: [null],
  amzn: [null],
  suse: ['default'],
  debian: ['generic', 'amd64', 'arm64'],
};

/** Whether the kernel is the stock flavour of the family: what the tables speak of. */
export function isStock(kernel: KernelRelease, family: KernelStream['family']): boolean {
  return STOCK_FLAVOURS[family].includes(kernel.flavour);
}

/** The streams a kernel may belong to by its own name, before any operating system is considered. */
export function streamsOf(kernel: KernelRelease, streams: readonly KernelStream[]): KernelStream[] {
  return streams.filter((stream) => belongsTo(kernel, stream));
}

function belongsTo(kernel: KernelRelease, stream: KernelStream): boolean {
  const marked = stream.family !== 'suse' && stream.family !== 'debian';
  if (marked !== (kernel.grammar === 'marked')) return false;
  if (!baseMatches(stream.base, kernel.base)) return false;
  if (stream.marks.length === 0 ? kernel.mark !== null : !stream.marks.includes(kernel.mark ?? ''))
    return false;
  if (stream.leading.length === 0) return true;
  const numbers = numbersIn(kernel, stream).split('.');
  return stream.leading.some((pattern) => leadingMatches(pattern, numbers));
}

function baseMatches(pattern: string, base: string): boolean {
  if (!pattern.endsWith('.*')) return pattern === base;
  return base.startsWith(pattern.slice(0, -1)) || base === pattern.slice(0, -2);
}

function leadingMatches(pattern: string, numbers: readonly string[]): boolean {
  return pattern.split('.').every((part, index) => {
    const number = Number(numbers[index] ?? Number.NaN);
    const [from = '', to = from] = part.split('-');
    return number >= Number(from) && number <= Number(to);
  });
}

/** The numbers of a release with a later renumbering taken back: `150100.197.111` is `197.111`. */
function numbersIn(kernel: KernelRelease, stream: KernelStream): string {
  const prefix = stream.renumbered;
  return prefix !== undefined && kernel.numbers.startsWith(`${prefix}.`)
    ? kernel.numbers.slice(prefix.length + 1)
    : kernel.numbers;
}

/** What a kernel was compared with, both sides in one form. */
export interface BoundComparison {
  readonly left: string;
  readonly right: string;
  readonly form: 'uname' | 'package';
  /** Negative: older than the bound. */
  readonly order: number;
}

/**
 * Compares a kernel with a bound inside one stream. SUSE's `uname -r` lacks the last number of the package
 * release, a rebuild counter that differs between architectures; so SUSE kernels are always compared in uname form
 * and a bound written in package form loses that number first (`197.37.1` → `197.37`).
 */
export function compareWithBound(
  kernel: KernelRelease,
  bound: KernelBound,
  stream: KernelStream,
): BoundComparison {
  const dash = bound.value.indexOf('-');
  const boundNumbers = /^\d+(?:\.\d+)*/.exec(bound.value.slice(dash + 1))?.[0] ?? '';
  const suse = stream.family === 'suse';
  const left =
    suse && kernel.form === 'package' ? withoutCounter(numbersIn(kernel, stream)) : numbersIn(kernel, stream);
  const right = suse && bound.form === 'package' ? withoutCounter(boundNumbers) : boundNumbers;
  return {
    left: `${kernel.base}-${left}`,
    right: `${bound.value.slice(0, dash)}-${right}`,
    form: suse ? 'uname' : kernel.form,
    order: compareVersions(left, right),
  };
}

function withoutCounter(numbers: string): string {
  const dot = numbers.lastIndexOf('.');
  return dot < 0 ? numbers : numbers.slice(0, dot);
}
