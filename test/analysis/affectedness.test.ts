import { describe, expect, it } from 'vitest';
import type { Node } from '../../shared/analysis/analysis.ts';
import { bundle, bundles, idle, type NodeParts, partial } from '../fixtures/evidence.ts';
import { judged } from './checked.ts';

const RHEL83 = { os: 'rhel 8.3', kernel: '4.18.0-240.el8.x86_64' };

function node(parts: NodeParts): Node {
  const [first] = judged(bundles(parts)).nodes;
  if (first === undefined) throw new Error('no node');
  return first;
}
const verdict = (parts: NodeParts): [string, string] => {
  const { affectedness } = node(parts);
  return [affectedness.verdict, affectedness.reason];
};
const notes = (parts: NodeParts): string[] => node(parts).affectedness.notes.map((note) => note.code);
const wanted = (parts: NodeParts): string[] => node(parts).affectedness.wanted.map((note) => note.code);

describe('DataKeeper absent', () => {
  it('is concluded from a whole package list without it', () => {
    expect(verdict({ ...RHEL83, lifekeeper: null })).toEqual(['not_affected', 'datakeeper_absent']);
    expect(verdict({ ...RHEL83, lifekeeper: null, packages: ['steeleye-lk 9.5.1 7154'] })).toEqual([
      'not_affected',
      'datakeeper_absent',
    ]);
  });

  it('is not concluded without a whole list', () => {
    const parts = { ...RHEL83, lifekeeper: null, wholePackageList: false };
    expect(verdict(parts)).toEqual(['affected', 'kernel_in_range']);
    expect(notes(parts)).toEqual(
      expect.arrayContaining(['lifekeeper_version_unknown', 'datakeeper_unknown']),
    );
  });

  it('is not concluded against a line that DataKeeper logged, or a mirror in use', () => {
    const logged = { ...RHEL83, lifekeeper: null, lines: [partial('node1', 'Apr  1 10:00:00', '0.0 B')] };
    expect(verdict(logged)).toEqual(['affected', 'kernel_in_range']);
    expect(notes(logged)).toContain('datakeeper_contradiction');
    const mirrored = { ...RHEL83, lifekeeper: null, md: [{ device: '/dev/md0', legs: ['sdb1', 'nbd1'] }] };
    expect(verdict(mirrored)).toEqual(['affected', 'kernel_in_range']);
  });

  it('holds for a Windows node, whatever its logs say', () => {
    const parts = {
      windows: { product: 'LifeKeeper for Windows', version: '8.10.1' },
      lifekeeper: null,
      wholePackageList: false,
    };
    expect(verdict(parts)).toEqual(['not_affected', 'datakeeper_absent']);
    expect(notes(parts)).toContain('windows_node');
    expect(verdict({ os: 'windows 2019', lifekeeper: null })).toEqual(['not_affected', 'datakeeper_absent']);
  });
});

describe('DRBD', () => {
  const drbd = { os: 'rhel 8.3', kernel: RHEL83.kernel, drbd: ['r0'] };
  it.each([
    ['9.9.0', ['not_affected', 'mirror_is_drbd']],
    ['9.8.9', ['fixed', 'product_fixed_version']],
    ['10.0.0', ['not_affected', 'mirror_is_drbd']],
  ])('as the only replication with LifeKeeper %s', (lifekeeper, expected) => {
    expect(verdict({ ...drbd, lifekeeper })).toEqual(expected);
  });

  it('beside a mirror of md clears nothing', () => {
    const md = [{ device: '/dev/md0', legs: ['sdb1', 'nbd1'] }];
    expect(verdict({ ...drbd, lifekeeper: '9.9.0', md })).toEqual(['fixed', 'product_fixed_version']);
    expect(verdict({ ...drbd, lifekeeper: '9.5.1', md })).toEqual(['affected', 'kernel_in_range']);
  });
});

describe('the product version', () => {
  it.each([
    ['9.5.1', 'affected'],
    ['9.5.2', 'fixed'],
    ['9.5.3', 'fixed'],
    ['9.5.10', 'fixed'],
    ['9.10.0', 'fixed'],
    ['10.0.0', 'fixed'],
    ['9.4.1', 'affected'],
  ])('%s is %s', (lifekeeper, expected) => {
    expect(verdict({ ...RHEL83, lifekeeper })[0]).toBe(expected);
  });

  it('outside of what the system supports is said, at, below and above', () => {
    const sp4 = { os: 'sles 12.4', kernel: '4.12.14-95.51-default' };
    expect(notes({ ...sp4, lifekeeper: '9.3.1' })).toContain('unsupported_combination');
    expect(notes({ ...sp4, lifekeeper: '9.3.2' })).not.toContain('unsupported_combination');
    expect(notes({ ...sp4, lifekeeper: '9.5.1' })).not.toContain('unsupported_combination');
    expect(notes({ ...RHEL83, lifekeeper: '9.5.0' })).toContain('unsupported_combination');
  });

  it('unknown leaves the verdict of the kernel and is asked for', () => {
    const parts = {
      ...RHEL83,
      lifekeeper: null,
      packages: ['steeleye-lkGUI 9.5.1 1'],
      wholePackageList: false,
    };
    expect(verdict(parts)).toEqual(['affected', 'kernel_in_range']);
    expect(wanted(parts)).toEqual(['send_lifekeeper_version', 'send_modinfo']);
  });

  it('that differs between packages is the older one', () => {
    const parts = { ...RHEL83, lifekeeper: null, packages: ['steeleye-lk 9.5.2 1', 'steeleye-lkDR 9.5.1 1'] };
    expect(verdict(parts)).toEqual(['affected', 'kernel_in_range']);
    expect(notes(parts)).toContain('lifekeeper_versions_disagree');
  });

  it('installed before the running kernel asks to confirm the module', () => {
    const packages = ['kernel-core 4.18.0 240.22.1.el8_3 Tue 05 Oct 2021 10:00:00 AM JST'];
    const kernel = '4.18.0-240.22.1.el8_3.x86_64';
    const installed = (time: string) =>
      notes({ os: 'rhel 8.3', kernel, lifekeeper: '9.5.2', lifekeeperInstalledAt: time, packages });
    expect(installed('Mon 04 Oct 2021 10:00:00 AM JST')).toContain('confirm_raid1_module');
    expect(installed('Wed 06 Oct 2021 10:00:00 AM JST')).not.toContain('confirm_raid1_module');
  });
});

describe('a replaced raid1 module', () => {
  const path = (kernel: string, folder: string): string => `/lib/modules/${kernel}/${folder}/raid1.ko`;
  const stock = {
    path: path(RHEL83.kernel, 'kernel/drivers/md'),
    kernel: RHEL83.kernel,
    via: 'loaded' as const,
  };

  it.each(['extra', 'updates', 'weak-updates'])('of the running kernel in %s is a fix', (folder) => {
    const raid1 = [{ path: path(RHEL83.kernel, folder), kernel: RHEL83.kernel, via: 'loaded' as const }];
    expect(verdict({ ...RHEL83, raid1 })).toEqual(['fixed', 'patch_present']);
  });

  it('of another kernel is no evidence', () => {
    const other = '4.18.0-193.el8.x86_64';
    const raid1 = [{ path: path(other, 'extra'), kernel: other, via: 'present' as const }];
    expect(verdict({ ...RHEL83, raid1 })).toEqual(['affected', 'kernel_in_range']);
    expect(notes({ ...RHEL83, raid1 })).toContain('module_for_other_kernel');
  });

  it('that lies there while the stock one is loaded is no fix', () => {
    const raid1 = [
      { path: path(RHEL83.kernel, 'extra'), kernel: RHEL83.kernel, via: 'present' as const },
      stock,
    ];
    expect(verdict({ ...RHEL83, raid1 })).toEqual(['affected', 'kernel_in_range']);
    expect(notes({ ...RHEL83, raid1 })).toContain('module_not_loaded');
  });

  it('that lies there with nothing said about the loaded one is to be confirmed', () => {
    const raid1 = [{ path: path(RHEL83.kernel, 'extra'), kernel: RHEL83.kernel, via: 'present' as const }];
    expect(verdict({ ...RHEL83, raid1 })).toEqual(['fixed', 'patch_present']);
    expect(notes({ ...RHEL83, raid1 })).toContain('confirm_raid1_module');
  });

  it('that nothing is said about is asked for on an affected node', () => {
    expect(wanted(RHEL83)).toEqual(['send_modinfo']);
    expect(notes(RHEL83)).toContain('patch_state_unknown');
    expect(wanted({ ...RHEL83, raid1: [stock] })).toEqual([]);
  });

  it('in the stock folder is none', () => {
    expect(verdict({ ...RHEL83, raid1: [stock] })).toEqual(['affected', 'kernel_in_range']);
  });

  it('is no evidence when the running kernel is unknown', () => {
    const raid1 = [{ path: path(RHEL83.kernel, 'extra'), kernel: RHEL83.kernel, via: 'present' as const }];
    expect(verdict({ os: 'rhel 8.3', raid1 })).toEqual(['cannot_determine', 'kernel_missing']);
  });
});

describe('missing and contradicting evidence', () => {
  it('asks for what is missing, naming the node', () => {
    expect(verdict({ os: 'rhel 8.3' })).toEqual(['cannot_determine', 'kernel_missing']);
    expect(wanted({ os: 'rhel 8.3' })).toEqual(['send_kernel']);
    expect(verdict({ kernel: RHEL83.kernel })).toEqual(['cannot_determine', 'os_missing']);
    expect(wanted({ lifekeeper: null, wholePackageList: false })).toEqual([
      'send_kernel',
      'send_os_release',
      'send_lifekeeper_version',
    ]);
    expect(node({ os: 'rhel 8.3' }).affectedness.wanted[0]?.params).toMatchObject({ node: 'node1' });
  });

  it('of two running kernels leaves no verdict', () => {
    const parts = { os: 'rhel 8.3', kernel: ['4.18.0-240.el8.x86_64', '3.10.0-1160.el7.x86_64'] };
    expect(verdict(parts)).toEqual(['cannot_determine', 'kernel_missing']);
    expect(notes(parts)).toContain('kernels_disagree');
    expect(verdict({ os: 'rhel 8.3', kernel: [RHEL83.kernel, RHEL83.kernel] })[0]).toBe('affected');
  });

  it('of two systems leaves no verdict, while a more precise version of one is used', () => {
    const both = bundle([{ ...RHEL83 }]);
    const [part] = both.nodes;
    const at = { member: 'etc/SuSE-release', line: 1, offset: 0, length: 4, text: 'SLES' };
    part?.facts.os.push({ value: { id: 'sles', version: '12.5', pretty: 'SLES 12 SP5' }, at });
    const [judgedNode] = judged([both]).nodes;
    expect(judgedNode?.affectedness).toMatchObject({ verdict: 'cannot_determine', reason: 'os_missing' });
    expect(judgedNode?.affectedness.notes.map((note) => note.code)).toContain('os_observations_disagree');

    const precise = bundle([
      { os: { id: 'centos', version: '8', pretty: 'CentOS Linux 8' }, kernel: '4.18.0-240.el8.x86_64' },
    ]);
    precise.nodes[0]?.facts.os.push({
      value: { id: 'centos', version: '8.3.2011', pretty: 'CentOS Linux release 8.3.2011' },
      at,
    });
    expect(judged([precise]).nodes[0]).toMatchObject({
      os: { version: '8.3.2011' },
      affectedness: { reason: 'related_stream_not_listed', notes: [] },
    });
  });

  it('of an older bundle of the node is its past, not its state', () => {
    const old = bundle(
      [{ os: 'sles 12.5', kernel: '4.12.14-122.20-default', collectedAt: '2021-01-01T00:00:00+09:00' }],
      { id: 'old' },
    );
    const now = bundle(
      [{ os: 'sles 12.5', kernel: '4.12.14-122.74-default', collectedAt: '2021-07-01T00:00:00+09:00' }],
      { id: 'now' },
    );
    for (const evidence of [
      [old, now],
      [now, old],
    ])
      expect(judged(evidence).nodes).toMatchObject([
        { bundles: ['now', 'old'], affectedness: { reason: 'vendor_kernel_fixed' } },
      ]);
  });

  it('is completed by another bundle of the same node', () => {
    const facts = bundle([{ ...RHEL83, collectedAt: '2021-04-01T00:00:00+09:00' }]);
    const log = bundle([
      {
        host: 'NODE1.example.com',
        lifekeeper: null,
        wholePackageList: false,
        lines: [idle('node1', 'Apr  1 00:00:00')],
      },
    ]);
    const { nodes } = judged([facts, log]);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({
      id: 'node1',
      affectedness: { verdict: 'affected' },
      coverage: { logs: [{}] },
    });
  });
});

describe('the kernels beside the running one', () => {
  const packages = [
    'kernel-default 4.12.14 122.17.1',
    'kernel-default 4.12.14 122.20.1',
    'kernel-default-devel 4.12.14 122.99.1',
  ];
  const running = { os: 'sles 12.5', kernel: '4.12.14-122.17-default' };

  it('are judged too, and the verdict stays that of the running one', () => {
    expect(node({ ...running, packages })).toMatchObject({
      affectedness: { verdict: 'not_affected', reason: 'kernel_below_range' },
      kernel: {
        running: running.kernel,
        newestInstalled: '4.12.14-122.20.1',
        newestInstalledVerdict: 'affected',
        nextBoot: null,
      },
    });
  });

  it('lead to a finding when the next boot changes the verdict', () => {
    const boot = (nextBoot: string) =>
      judged(bundles({ ...running, packages, nextBoot })).findings.filter(
        (finding) => finding.rule === 'kernel_change_pending',
      );
    expect(boot('4.12.14-122.20-default')).toMatchObject([
      { verdict: 'affected', reason: 'kernel_changes_at_boot' },
    ]);
    expect(boot('4.12.14-122.17-default')).toEqual([]);
  });

  it('say nothing when the newest is the running one', () => {
    const same = { ...running, packages: ['kernel-default 4.12.14 122.17.1'] };
    expect(node(same).kernel).toMatchObject({
      newestInstalled: '4.12.14-122.17.1',
      newestInstalledVerdict: null,
    });
    expect(notes(same)).toEqual([]);
  });
});

it('has evidence for what it says and stable ids for its findings', () => {
  const analysis = judged(bundles({ ...RHEL83 }));
  expect(analysis.nodes[0]?.affectedness.evidence.map((ref) => ref.member)).toEqual([
    'uname',
    'etc/os-release',
    'installed-rpms',
  ]);
  const again = judged(bundles({ ...RHEL83 }));
  expect(again.findings.map((finding) => finding.id)).toEqual(analysis.findings.map((finding) => finding.id));
  expect(new Set(analysis.findings.map((finding) => finding.id)).size).toBe(analysis.findings.length);
});

it('judges a case without a readable bundle as undetermined', () => {
  expect(judged([])).toMatchObject({ verdict: 'cannot_determine', dataRisk: null, nodes: [], mirrors: [] });
});
