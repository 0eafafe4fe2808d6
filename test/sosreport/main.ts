/**
 * `npm run test:sosreport`: has the `sos` command of this machine collect reports of a small system made for it, and
 * reads them. Needs sos 4 (Debian's package `sosreport`) and root. Exits 1 when a report is not read right.
 */
import { deepStrictEqual } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openFile } from '../../shared/archive/file_source.ts';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { partialResync } from '../fixtures/node.ts';

const PLUGINS = 'logs,kernel,host,release,md,block,processor';
const BEFORE = 'Apr  5 09:59:59 node1 systemd[1]: Started Session 1 of user root.\n';
const SYSTEM: Readonly<Record<string, string>> = {
  'etc/os-release': 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="8.3"\nPRETTY_NAME="RHEL 8.3"\n',
  'var/log/messages': `${BEFORE.repeat(3)}${partialResync({ time: 'Apr  5 10:00:00', size: '662.2 MB' })}\n`,
};

const EXPECTED = {
  layout: 'sos',
  status: 'complete',
  problems: [],
  host: hostname().split('.')[0],
  system: 'RHEL 8.3',
  kernel: release(),
  resyncs: [['104009', 'var/log/messages', 4, 3 * BEFORE.length]],
};

const folder = mkdtempSync(join(tmpdir(), 'bundle-advisor-sos-'));
try {
  for (const [path, content] of Object.entries(SYSTEM)) {
    mkdirSync(dirname(join(folder, 'root', path)), { recursive: true });
    writeFileSync(join(folder, 'root', path), content);
  }
  for (const compression of ['gzip', 'xz']) {
    const out = join(folder, compression);
    mkdirSync(out);
    const collected = ['--sysroot', join(folder, 'root'), '-c', 'never', '-o', PLUGINS];
    execFileSync('sos', ['report', '--batch', '--quiet', '-z', compression, '--tmp-dir', out, ...collected], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const name = readdirSync(out).find((file) => /\.tar\.(gz|xz)$/.test(file));
    if (name === undefined) throw new Error(`sos left no report in ${out}.`);
    deepStrictEqual(await read(join(out, name)), EXPECTED);
    console.log(`ok  ${name}: host, system, kernel and one partial resync, line and byte exact`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the report says of the host that collected it, of the system it was given and of its log. */
async function read(path: string) {
  await using source = await openFile(path);
  const { bundle, nodes } = await extractBundle(source, { bundleId: 'sos' });
  const records = nodes.flatMap((node) => node.records);
  return {
    layout: bundle.layout,
    status: bundle.status,
    problems: bundle.problems,
    host: nodes[0]?.facts.hostname[0]?.value,
    system: nodes[0]?.facts.os[0]?.value.pretty,
    kernel: nodes[0]?.facts.kernel.running[0]?.value,
    resyncs: records.map(({ id, at }) => [id, at.member.replace(/^[^/]+\//, ''), at.line, at.offset]),
  };
}
