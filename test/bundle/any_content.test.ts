import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Evidence } from '../../shared/evidence/evidence.ts';
import { gzip, tar } from '../fixtures/archive.ts';
import { ADVISORY_LINES, lcdStatus } from '../fixtures/node.ts';
import { extract } from './reading.ts';

const PATHS = [
  'lifekeeper.log',
  'var/log/lifekeeper.log-20210401',
  'var/log/messages',
  'etc/os-release',
  'etc/SuSE-release',
  'etc/default/LifeKeeper',
  'etc/watchdog.conf',
  'opt/LifeKeeper/config/stonith.conf',
  'proc/mdstat',
  'proc/version',
  'uname-a.txt',
  'rpm-qa.txt',
  'lcdstatus.txt',
  'date.txt',
  'last-x.txt',
  'notes.txt',
  'basic-environment.txt',
  'sos_commands/kernel/modinfo_ALL_MODULES',
  'sos_commands/hardware/dmidecode',
  'systeminfo.txt',
];

const LINES = [
  ...ADVISORY_LINES,
  ...lcdStatus({ backup: 'node2', state: 'ISP', primary: 'node1' }).split('\n'),
  'Linux node1 4.18.0-193.el8.x86_64 #1 SMP',
  '4.18.0-193.el8.x86_64',
  'ID="rhel"',
  'VERSION_ID="8.2"',
  'VERSION = 12',
  'QUORUM_MODE=majority',
  'node2 ipmitool -U admin -P Hunter2',
  'filename: /lib/modules/4.18.0-193.el8.x86_64/extra/raid1.ko',
  'steeleye-lkDR-9.5.1-7154.x86_64',
  'reboot   system boot  4.18.0 Mon Apr  5 03:39',
  'md0 : active raid1 nbd1[1](W) sdb1[0]',
  '      1048512 blocks super 1.0 [2/1] [U_]',
  '#==[ Command ]=====#',
  '# /bin/uname -a',
  '[root@node2 ~]# cat /opt/LifeKeeper/config/stonith.conf',
  'System Information',
  '\tManufacturer: VMware, Inc.',
  'Host Name: WIN1',
  'tag: id=x app=scsi type=netraid state=ISP',
  'Apr 31 25:61:00 node1 kernel: Linux version 4',
  '',
  '\0',
];

describe('any content', () => {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...LINES) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  );
  const member = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
  const tree = fc.dictionary(fc.constantFrom(...PATHS, ...PATHS.map((path) => `node2/${path}`)), member, {
    maxKeys: 8,
  });

  it('gives evidence that keeps to its contract, has exact places and holds no secret', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        const evidence = await extract(gzip(tar(files)));
        expect(Evidence.safeParse(evidence).success).toBe(true);
        expect(JSON.stringify(evidence)).not.toContain('Hunter2');
        for (const { records } of evidence.nodes) {
          for (const { at } of records) {
            const bytes = Buffer.from(files[at.member] ?? '');
            const before = bytes.subarray(0, at.offset).toString('latin1');
            expect(before.split('\n')).toHaveLength(at.line);
            expect(before === '' || before.endsWith('\n')).toBe(true);
            expect([undefined, 10, 13]).toContain(bytes[at.offset + at.length]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('ends in evidence or a coded problem wherever the bundle was cut', async () => {
    const whole = gzip(tar(Object.fromEntries(PATHS.map((path) => [path, `${LINES.join('\n')}\n`]))));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
        const { bundle } = await extract(whole.subarray(0, length));
        if (length < whole.length - 16) expect(bundle.problems).not.toEqual([]);
        if (bundle.status === 'rejected') expect(bundle.problems.some(({ fatal }) => fatal)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
