import { describe, expect, it } from 'vitest';
import { parseKernelPackage, parseUname } from '../../shared/analysis/kernel.ts';
import { decideKernel } from '../../shared/analysis/kernel_verdict.ts';
import { nameOs } from '../../shared/analysis/os.ts';
import type { AffectednessAdvisory } from '../../shared/knowledge/schema.ts';
import { knowledge } from './checked.ts';

const advisory = knowledge.advisories.find(
  (candidate): candidate is AffectednessAdvisory => candidate.id === 'datakeeper-partial-resync',
);

function decide(os: string, kernel: string | null) {
  if (advisory === undefined) throw new Error('no advisory');
  const [id = '', ...version] = os.split(' ');
  const named = os === '' ? null : nameOs({ id, version: version.join(' '), pretty: os });
  return decideKernel(
    advisory,
    knowledge.streams,
    named,
    kernel,
    kernel === null ? null : parseUname(kernel),
  );
}

type Expected = 'below' | 'affected' | 'fixed' | 'related' | 'not listed' | 'unknown';
const REASONS: Record<Expected, [string, string]> = {
  below: ['not_affected', 'kernel_below_range'],
  affected: ['affected', 'kernel_in_range'],
  fixed: ['fixed', 'vendor_kernel_fixed'],
  related: ['cannot_determine', 'related_stream_not_listed'],
  'not listed': ['not_affected', 'not_in_table'],
  unknown: ['cannot_determine', 'kernel_stream_unknown'],
};

/** Builds `base-<release><suffix>` for a blank-separated list; `.20` continues the stream before it. */
function releases(base: string, stream: string, suffix: string, list: string): string[] {
  return list
    .trim()
    .split(/\s+/)
    .map((item) => `${base}-${item.startsWith('.') ? `${stream}${item}` : item}${suffix}`);
}
const sle = (base: string, stream: string, list: string): string[] =>
  releases(base, stream, '-default', list);
const el = (list: string): string[] =>
  list
    .trim()
    .split(/\s+/)
    .map((item) => `4.18.0-${item}.x86_64`);
const uek = (base: string, mark: string, list: string): string[] =>
  list
    .trim()
    .split(/\s+/)
    .map((item) => `${base}-${item}.${mark}.x86_64`);

/** Released kernels by system, in release order, with what the tables must say (SUSE, Red Hat and Oracle errata). */
const TABLE: readonly [string, Expected, readonly string[]][] = [
  ['sles 12.4', 'below', sle('4.12.14', '95', '94.41 .3 .6 .13 .16 .19 .24 .29 .32 .37 .40 .45 .48')],
  ['sles 12.4', 'affected', sle('4.12.14', '95', '.51 .54 .57 .60 .65 .68 .71 .74')],
  [
    'sles 12.4',
    'fixed',
    sle('4.12.14', '95', '.77 .80 .83 .88 .93 .96 .99 .102 .105 .108 .111 .114 .117 .120 .125 .128'),
  ],
  ['sles 12.5', 'below', sle('4.12.14', '122', '120 .7 .12 .17')],
  [
    'sles 12.5',
    'affected',
    sle('4.12.14', '122', '.20 .23 .26 .29 .32 .37 .41 .46 .51 .54 .57 .60 .63 .66 .71'),
  ],
  [
    'sles 12.5',
    'fixed',
    sle(
      '4.12.14',
      '122',
      '.74 .77 .80 .83 .88 .91 .98 .103 .106 .110 .113 .116 .121 .124 .127 .130 .133 .136 .139 .144 .147 .150 .153 .156 .159 .162 .165 .173 .176 .179 .183 .186 .189 .194 .201 .212 .216 .219',
    ),
  ],
  ['sles 15.1', 'below', sle('4.12.14', '197', '195 .4 .7 .10 .15 .18 .21 .26 .29 .34')],
  [
    'sles 15.1',
    'affected',
    sle('4.12.14', '197', '.37 .40 .45 .48 .51 .56 .61 .64 .67 .72 .75 .78 .83 .86 .89'),
  ],
  [
    'sles 15.1',
    'fixed',
    sle(
      '4.12.14',
      '197',
      '.92 .99 .102 .105 .108 150100.197.111 150100.197.114 150100.197.120 150100.197.123',
    ),
  ],
  [
    'sles 15.2',
    'affected',
    sle('5.3.18', '24', '22 .9 .12 .15 .24 .29 .34 .37 .43 .46 .49 .52 .61 .64 .53.4'),
  ],
  [
    'sles 15.2',
    'fixed',
    sle(
      '5.3.18',
      '24',
      '.67 .70 .75 .78 .83 .86 .93 .96 .99 .102 .107 150200.24.112 150200.24.115 150200.24.188',
    ),
  ],
  [
    'rhel 8.2',
    'affected',
    el(
      '193.el8 193.1.2.el8_2 193.6.3.el8_2 193.13.2.el8_2 193.14.3.el8_2 193.19.1.el8_2 193.28.1.el8_2 193.40.1.el8_2',
    ),
  ],
  ['centos 8.2.2004', 'affected', el('193.el8 193.6.3.el8_2 193.14.2.el8_2 193.19.1.el8_2 193.28.1.el8_2')],
  ['centos 8', 'affected', el('193.el8 193.28.1.el8_2')],
  ['ol 8.2', 'affected', el('193.el8 193.1.2.el8_2 193.28.1.el8_2')],
  [
    'rhel 8.3',
    'affected',
    el('240.el8 240.1.1.el8_3 240.8.1.el8_3 240.10.1.el8_3 240.15.1.el8_3 240.22.1.el8_3 240.23.2.el8_3'),
  ],
  ['centos 8.3.2011', 'related', el('240.el8 240.1.1.el8_3 240.10.1.el8_3 240.15.1.el8_3 240.22.1.el8_3')],
  ['centos 8', 'related', el('240.1.1.el8_3 305.el8')],
  ['ol 8.3', 'related', el('240.el8 240.1.1.el8_3 240.22.1.el8_3')],
  ['almalinux 8.3', 'related', el('240.el8 240.22.1.el8_3')],
  ['rhel 8.4', 'related', el('305.el8')],
  ['centos 8.4.2105', 'related', el('305.el8')],
  ['ol 8.4', 'related', el('305.el8')],
  ['rhel 8.4', 'fixed', el('305.3.1.el8_4 305.7.1.el8_4 305.10.2.el8_4 305.12.1.el8_4 305.25.1.el8_4')],
  ['ol 8.4', 'fixed', el('305.3.1.el8_4 305.7.1.el8_4')],
  ['centos 8.4.2105', 'fixed', el('305.3.1.el8 305.7.1.el8_4 305.10.2.el8_4')],
  ['rocky 8.4', 'related', el('305.3.1.el8_4 305.10.2.el8_4')],
  ['rhel 8.0', 'not listed', el('80.el8 80.11.2.el8_0')],
  ['rhel 8.1', 'not listed', el('147.el8 147.8.1.el8_1')],
  ['rhel 8.5', 'not listed', el('348.el8 348.7.1.el8_5')],
  ['rhel 8.6', 'not listed', el('372.9.1.el8')],
  ['rhel 8.7', 'not listed', el('425.3.1.el8')],
  ['rhel 8.8', 'not listed', el('477.10.1.el8_8')],
  ['rhel 8.9', 'not listed', el('513.5.1.el8_9')],
  ['rhel 8.10', 'not listed', el('553.el8_10')],
  ['centos 8.5.2111', 'not listed', el('348.el8')],
  ['ol 8.6', 'not listed', el('372.9.1.el8')],
  ['centos-stream 8', 'related', el('240.el8 257.el8 277.el8 301.1.el8 348.el8')],
  [
    'ol 7.9',
    'below',
    uek(
      '4.14.35',
      'el7uek',
      '1818.3.3 1844.0.7 1902.0.9 1902.300.11 1902.305.3 1902.306.2 1902.306.2.2 2025.399.9 2025.400.7',
    ),
  ],
  [
    'ol 7.9',
    'affected',
    uek(
      '4.14.35',
      'el7uek',
      '2025.400.8 2025.400.9 2025.400.10 2025.401.4 2025.402.2.1 2025.403.3 2025.404.1.1 2025.405.3 2047.500.9 2047.500.10 2047.501.1 2047.502.4 2047.503.1 2047.504.2 2047.505.4 2047.507.7.5 2047.539.5',
    ),
  ],
  ['ol 7.6', 'affected', uek('4.14.35', 'el7uek', '2025.400.8')],
  [
    'ol 7.9',
    'unknown',
    [
      ...uek('5.4.17', 'el7uek', '2011.7.4 2036.104.5 2102.206.1'),
      ...uek('4.1.12', 'el7uek', '124.48.2'),
      '3.10.0-1160.el7.x86_64',
    ],
  ],
  ['ol 8.2', 'related', uek('5.4.17', 'el8uek', '2011.0.7 2011.1.2 2011.5.3 2011.7.4')],
  ['ol 8.3', 'related', uek('5.4.17', 'el8uek', '2036.100.6.1 2036.102.0.2 2036.104.5')],
  ['ol 8.4', 'related', uek('5.4.17', 'el8uek', '2102.200.13 2102.203.6 2102.204.4.2 2102.206.1 2136.300.7')],
  ['ol 8.7', 'not listed', uek('5.15.0', 'el8uek', '3.60.5.1')],
  ['rhel 7.9', 'not listed', ['3.10.0-1160.el7.x86_64', '3.10.0-1160.25.1.el7.x86_64']],
  ['rhel 7.6', 'not listed', ['3.10.0-957.el7.x86_64']],
  ['centos 7.9.2009', 'not listed', ['3.10.0-1160.11.1.el7.x86_64']],
  ['rhel 6.10', 'not listed', ['2.6.32-754.el6.x86_64']],
  ['rhel 9.2', 'not listed', ['5.14.0-284.11.1.el9_2.x86_64']],
  ['sles 11.4', 'not listed', ['3.0.101-108.71-default']],
  ['sles 12.3', 'not listed', ['4.4.73-5-default', '4.4.180-94.164-default']],
  ['sles 15.4', 'not listed', ['5.14.21-150400.22-default', '5.14.21-150400.24.63-default']],
  [
    'sles 15',
    'related',
    [
      '4.12.14-23-default',
      '4.12.14-25.28-default',
      '4.12.14-150.17-default',
      '4.12.14-150000.150.89-default',
    ],
  ],
  [
    'sles 15.3',
    'related',
    ['5.3.18-57-default', '5.3.18-59.5-default', '5.3.18-59.37-default', '5.3.18-150300.59.43-default'],
  ],
  ['opensuse-leap 15.1', 'related', ['4.12.14-lp151.28.36-default', '4.12.14-lp151.28.91-default']],
  ['opensuse-leap 15.2', 'related', ['5.3.18-lp152.19-default', '5.3.18-lp152.78-default']],
  ['ubuntu 20.04', 'related', ['5.4.0-42-generic', '5.4.0-81-generic']],
  // Other flavours and kernels that are nobody's stock kernel.
  ['sles 12.4', 'unknown', ['4.12.14-6.34-azure', '4.12.14-95.51-rt', '4.12.14-95.51-debug']],
  [
    'sles 12.5',
    'unknown',
    ['4.12.14-16.59-azure', '4.12.14-16.182-azure', '4.12.14-122.20-vanilla', '4.12.14-10.46-rt'],
  ],
  ['sles 15.1', 'unknown', ['4.12.14-8.58-azure', '4.12.14-197.37-kvmsmall']],
  ['sles 15.2', 'unknown', ['5.3.18-18.50-azure', '5.3.18-24.64-preempt', '5.3.18-8.13-rt']],
  [
    'rhel 8.2',
    'unknown',
    [
      '4.18.0-193.rt13.51.el8.x86_64',
      '4.18.0-193.28.1.el8_2.x86_64+debug',
      '5.11.0-1.el8.elrepo.x86_64',
      '4.18.0-147.el8.x86_64',
      '4.18.0-193.el8.centos.plus.x86_64',
    ],
  ],
  [
    'rhel 8.3',
    'unknown',
    [
      '4.18.0-240.rt7.54.el8.x86_64',
      '4.18.0-240.el8.x86_64+debug',
      '4.18.0',
      '5.10.0-custom',
      '4.18.0-240.el8.mytest.x86_64',
      '4.18.0-305.el8.x86_64',
    ],
  ],
  ['ol 7.9', 'unknown', ['4.14.35-2025.400.8.el7uek.x86_64.debug', '4.14.35-2025.400.8.el8uek.x86_64']],
  [
    'rhel 7.9',
    'unknown',
    ['3.10.0-1160.el7.x86_64.debug', '4.18.0-240.el8.x86_64', '5.4.17-2036.104.5.el7uek.x86_64'],
  ],
  // The system and the kernel belong to different releases.
  [
    'sles 12.5',
    'unknown',
    ['4.12.14-95.48-default', '4.12.14-95.51-default', '4.12.14-95.77-default', '4.12.14-197.37-default'],
  ],
  ['sles 12.4', 'unknown', ['4.12.14-122.20-default', '4.12.14-122.17-default']],
  ['sles 15.2', 'unknown', ['4.12.14-197.26-default', '4.12.14-197.40-default', '5.3.18-59.5-default']],
  ['sles 15.1', 'unknown', ['5.3.18-24.64-default', '4.12.14-150.47-default']],
  ['rhel 8.3', 'affected', ['4.18.0-193.28.1.el8_2.x86_64']],
  ['rhel 8.2', 'affected', ['4.18.0-240.1.1.el8_3.x86_64']],
  ['rhel 8.3', 'fixed', ['4.18.0-305.3.1.el8_4.x86_64']],
  ['ol 8.2', 'fixed', ['4.18.0-305.3.1.el8_4.x86_64']],
];

describe('the verdict about a running kernel', () => {
  for (const [os, expected, kernels] of TABLE) {
    it.each(kernels)(`on ${os} is ${expected} for %s`, (kernel) => {
      const { verdict, reason } = decide(os, kernel);
      expect([verdict, reason]).toEqual(REASONS[expected]);
    });
  }

  it('is asked for when kernel or system are missing', () => {
    expect(decide('rhel 8.2', null)).toMatchObject({
      verdict: 'cannot_determine',
      reason: 'kernel_missing',
      wanted: [{ code: 'send_kernel' }],
    });
    expect(decide('', '4.18.0-193.el8.x86_64')).toMatchObject({
      verdict: 'cannot_determine',
      reason: 'os_missing',
      wanted: [{ code: 'send_os_release' }],
    });
    expect(decide('', null).wanted.map((note) => note.code)).toEqual(['send_kernel', 'send_os_release']);
  });

  it('shows the comparison it rests on', () => {
    expect(decide('sles 12.5', '4.12.14-122.20-default').trace).toContainEqual({
      subject: 'kernel',
      left: '4.12.14-122.20',
      operator: '>=',
      right: '4.12.14-122.20',
      form: 'uname',
      holds: true,
    });
  });

  it('reads a bound in package form as the uname it runs under', () => {
    const bound = decide('sles 15.1', '4.12.14-197.37-default').trace.find(
      (step) => step.right === '4.12.14-197.37',
    );
    expect(bound).toMatchObject({ left: '4.12.14-197.37', operator: '>=', form: 'uname' });
  });

  it('says when system and kernel disagree, and what was concluded from the kernel', () => {
    expect(decide('sles 12.5', '4.12.14-95.51-default').notes.map((note) => note.code)).toEqual([
      'os_kernel_disagree',
    ]);
    expect(decide('rhel 8.3', '4.18.0-193.28.1.el8_2.x86_64').notes.map((note) => note.code)).toContain(
      'os_kernel_disagree',
    );
    expect(decide('centos 8', '4.18.0-193.el8.x86_64').notes.map((note) => note.code)).toContain(
      'os_minor_from_kernel',
    );
  });

  it('mentions a correction that no document states, without resting on it', () => {
    expect(decide('ol 8.4', '5.4.17-2102.206.1.el8uek.x86_64').notes.map((note) => note.code)).toEqual([
      'vendor_fix_reported',
    ]);
  });
});

describe('a kernel package', () => {
  const decidePackage = (os: string, name: string, version: string, release: string) => {
    if (advisory === undefined) throw new Error('no advisory');
    const [id = '', osVersion = ''] = os.split(' ');
    const named = nameOs({ id, version: osVersion, pretty: os });
    return decideKernel(
      advisory,
      knowledge.streams,
      named,
      `${version}-${release}`,
      parseKernelPackage(name, version, release),
    );
  };

  it.each([
    ['sles 15.1', 'kernel-default', '4.12.14', '197.34.1', 'below'],
    ['sles 15.1', 'kernel-default', '4.12.14', '197.37.1', 'affected'],
    ['sles 12.5', 'kernel-default', '4.12.14', '122.17.1', 'below'],
    ['sles 12.5', 'kernel-default', '4.12.14', '122.20.1', 'affected'],
    ['sles 15.2', 'kernel-default', '5.3.18', '24.67.2', 'fixed'],
    ['sles 15.2', 'kernel-default', '5.3.18', '24.53.4.1', 'affected'],
    ['sles 12.5', 'kernel-azure', '4.12.14', '16.59.1', 'unknown'],
    ['sles 15.2', 'kernel-preempt', '5.3.18', '24.64.4', 'unknown'],
    ['rhel 8.3', 'kernel-core', '4.18.0', '240.22.1.el8_3', 'affected'],
    ['rhel 8.3', 'kernel-rt', '4.18.0', '240.rt7.54.el8', 'unknown'],
    ['ol 7.9', 'kernel-uek', '4.14.35', '2025.400.7.el7uek', 'below'],
    ['ol 7.9', 'kernel-uek', '4.14.35', '2025.400.8.el7uek', 'affected'],
  ] as const)(
    'on %s named %s %s-%s is judged in its own form: %s',
    (os, name, version, release, expected) => {
      const { verdict, reason } = decidePackage(os, name, version, release);
      expect([verdict, reason]).toEqual(REASONS[expected]);
    },
  );
});
