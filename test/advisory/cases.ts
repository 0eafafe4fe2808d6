import type { Action, Analysis, Finding, Params } from '../../shared/analysis/analysis.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { analysis, bundle, confirmation, entry, finding, mirror, node, place, resync } from './sample.ts';

/**
 * Cases that between them show every verdict and every outcome. Their wording is kept as golden files and read as
 * prose; a change of a text shows there.
 */
export function cases(knowledge: Knowledge) {
  const tag = 'datarep-dk-mirror';
  const act = (procedure: string, params: Params, direction: Action['direction'] = null): Action =>
    actionOf(knowledge, procedure, params, direction);
  const of = (rule: string, over: Partial<Finding>): Finding =>
    finding({ id: rule, rule, severity: knowledge.rules[rule]?.severity ?? 'info', actions: [], ...over });
  const forward = { tag, source: 'node1', target: 'node2', targets: ['node2'] };
  const copy = { mirror: tag, from: 'node1', to: 'node2' };
  const clean = node('x').affectedness;

  const affected = (name: string) =>
    of('node_affected', {
      id: `node_affected-${name}`,
      subject: { kind: 'node', id: name },
      verdict: 'affected',
      reason: 'kernel_in_range',
      params: { ...clean.params, node: name },
      actions: [act('apply_fix', { fixedIn: '9.5.2' })],
    });
  const targetSuspect = of('mirror_target_suspect', {
    params: { ...forward, count: 1 },
    actions: [
      act('full_resync', forward, copy),
      act('avoid_switchover', forward),
      act('avoid_pause', forward),
    ],
  });

  return {
    target_suspect: analysis({
      findings: [affected('node1'), affected('node2'), targetSuspect],
      nodes: [fenced('node1'), fenced('node2', ['b2'])],
    }),

    source_suspect: analysis({
      dataRisk: 'source_suspect',
      mirrors: [
        mirror({
          outcome: 'source_suspect',
          reason: 'source_was_suspect',
          params: { tag, source: 'node2', count: 1 },
          source: 'node2',
          targets: ['node1'],
          suspectNodes: ['node1', 'node2'],
          copies: [
            { node: 'node1', state: 'suspect', since: 1 },
            { node: 'node2', state: 'suspect', since: 0 },
          ],
          partialResyncs: [
            resync('node1', '10', '2.9 GB'),
            resync('node2', '18', '662.2 MB', { targets: ['node1'], cause: 'restore' }),
          ],
          events: [
            {
              kind: 'role_change',
              time: '2021-05-18T13:20:02+09:00',
              node: 'node2',
              params: { from: 'node1', to: 'node2' },
              evidence: [],
            },
          ],
        }),
      ],
      findings: [
        affected('node1'),
        affected('node2'),
        of('mirror_source_suspect', {
          verdict: 'source_suspect',
          reason: 'source_was_suspect',
          params: { tag, source: 'node2', target: 'node1', count: 1 },
          actions: [
            act('check_source_data', { tag, source: 'node2', target: 'node1' }),
            act('restore_from_backup', { tag, source: 'node2', target: 'node1' }),
            act('avoid_full_resync_unverified', { tag }),
          ],
        }),
      ],
      timeline: [
        entry({ time: '2021-05-10T13:25:19+09:00', params: { size: '2.9 GB' } }),
        entry({
          kind: 'role_change',
          node: 'node2',
          time: '2021-05-18T13:20:02+09:00',
          message: null,
          params: { from: 'node1', to: 'node2' },
          evidence: [],
        }),
        entry({ node: 'node2' }),
        entry({
          kind: 'boot',
          node: 'node1',
          time: '2021-05-18T13:22:40+09:00',
          message: null,
          mirror: null,
          params: {},
          evidence: [],
        }),
      ],
    }),

    cleared: analysis({
      dataRisk: 'cleared_by_full_resync',
      confirmations: [confirmation()],
      mirrors: [
        mirror({
          outcome: 'cleared_by_full_resync',
          reason: 'cleared_by_confirmation',
          params: { by: 'yamada', at: '2021-05-21T10:00:00+09:00', from: 'node1', to: 'node2' },
          suspectNodes: [],
          copies: [
            { node: 'node1', state: 'trusted', since: null },
            { node: 'node2', state: 'trusted', since: null },
          ],
          events: [
            {
              kind: 'full_resync_done',
              time: '2021-05-21T10:00:00+09:00',
              node: 'node1',
              params: { from: 'node1', to: 'node2', by: 'yamada' },
              evidence: [],
            },
          ],
        }),
      ],
      findings: [affected('node1'), affected('node2')],
    }),

    zero_bytes_only: analysis({
      dataRisk: 'zero_bytes_only',
      mirrors: [
        mirror({
          outcome: 'zero_bytes_only',
          reason: 'only_zero_bytes',
          params: { tag, count: 2 },
          suspectNodes: [],
          copies: [
            { node: 'node1', state: 'trusted', since: null },
            { node: 'node2', state: 'trusted', since: null },
          ],
          partialResyncs: [resync('node1', '11', '0.0 B'), resync('node1', '12', '0.0 B')],
        }),
      ],
      findings: [affected('node1')],
      timeline: [entry({ params: { size: '0.0 B' } })],
    }),

    not_affected: analysis({
      verdict: 'not_affected',
      dataRisk: 'none_seen',
      nodes: ['node1', 'node2'].map((name, index) =>
        node(name, {
          bundles: [`b${index + 1}`],
          os: { id: 'sles', version: '12.5', pretty: 'SUSE Linux Enterprise Server 12 SP5' },
          kernel: {
            running: '4.12.14-122.17-default',
            newestInstalled: '4.12.14-122.20.1',
            newestInstalledVerdict: 'affected',
            nextBoot: '4.12.14-122.20-default',
            nextBootVerdict: 'affected',
          },
          affectedness: {
            ...clean,
            verdict: 'not_affected',
            reason: 'kernel_below_range',
            params: {
              kernel: '4.12.14-122.17-default',
              os: 'SUSE Linux Enterprise Server 12 SP5',
              bound: '4.12.14-122.20',
            },
            row: 'sles-12-sp5',
            trace: [
              {
                subject: 'kernel',
                left: '4.12.14-122.17',
                operator: '>=',
                right: '4.12.14-122.20',
                form: 'uname',
                holds: false,
              },
            ],
          },
        }),
      ),
      mirrors: [
        mirror({
          outcome: 'none_seen',
          reason: 'no_partial_resync_seen',
          params: { tag },
          suspectNodes: [],
          copies: [
            { node: 'node1', state: 'trusted', since: null },
            { node: 'node2', state: 'trusted', since: null },
          ],
          partialResyncs: [],
        }),
      ],
      findings: [],
      timeline: [],
    }),

    fixed: analysis({
      verdict: 'fixed',
      dataRisk: 'none_seen',
      nodes: ['node1', 'node2'].map((name) =>
        node(name, {
          lifekeeper: { version: '9.6.0', datakeeper: 'installed', installedAt: '2021-12-01T00:00:00+09:00' },
          affectedness: {
            ...clean,
            verdict: 'fixed',
            reason: 'product_fixed_version',
            params: { lifekeeper: '9.6.0', fixedIn: '9.5.2' },
            notes: [{ code: 'fixed_since', params: { at: '2021-12-01T00:00:00+09:00' } }],
            row: null,
            trace: [
              {
                subject: 'lifekeeper',
                left: '9.6.0',
                operator: '>=',
                right: '9.5.2',
                form: 'version',
                holds: true,
              },
            ],
          },
        }),
      ),
      mirrors: [
        mirror({
          outcome: 'none_seen',
          reason: 'no_partial_resync_seen',
          params: { tag },
          suspectNodes: [],
          copies: [],
          partialResyncs: [],
        }),
      ],
      findings: [],
      timeline: [],
    }),

    cannot_determine: analysis({
      verdict: 'cannot_determine',
      dataRisk: 'cannot_determine',
      missingNodes: ['node2'],
      bundles: [
        bundle('b1', {
          status: 'partial',
          problems: [
            { code: 'truncated', detail: 'cut', member: 'var/log/lifekeeper.log', fatal: false, count: 1 },
          ],
        }),
        bundle('b2', {
          status: 'rejected',
          sha256: null,
          problems: [{ code: 'empty_file', detail: 'empty', fatal: true, count: 1 }],
        }),
      ],
      nodes: [
        node('node1', {
          kernel: {
            running: null,
            newestInstalled: null,
            nextBoot: null,
            newestInstalledVerdict: null,
            nextBootVerdict: null,
          },
          affectedness: {
            ...clean,
            verdict: 'cannot_determine',
            reason: 'kernel_missing',
            params: { node: 'node1' },
            row: null,
            trace: [],
            wanted: [{ code: 'send_kernel', params: { node: 'node1' } }],
            evidence: [],
          },
          coverage: {
            ...node('x').coverage,
            gaps: [
              {
                from: '2021-04-20T00:00:00+09:00',
                to: '2021-04-25T06:00:00+09:00',
                member: 'var/log/lifekeeper.log',
                bundle: 'b1',
                line: 40,
              },
            ],
            missingRotations: ['var/log/lifekeeper.log-20210401'],
            logs: node('node1').coverage.logs.map((log) => ({ ...log, state: 'cut' as const })),
            assumptions: [
              { code: 'year_from_collection_date', params: { member: 'var/log/lifekeeper.log' } },
              { code: 'zone_from_case', params: { zone: 'Asia/Tokyo' } },
            ],
          },
        }),
      ],
      mirrors: [
        mirror({
          outcome: 'cannot_determine',
          reason: 'history_incomplete',
          params: { tag },
          suspectNodes: [],
          copies: [
            { node: 'node1', state: 'unknown', since: null },
            { node: 'node2', state: 'unknown', since: null },
          ],
          partialResyncs: [],
          source: null,
        }),
      ],
      findings: [
        of('node_missing', {
          subject: { kind: 'node', id: 'node2' },
          verdict: 'cannot_determine',
          reason: 'node_missing',
          params: { node: 'node2', nodes: ['node2'] },
        }),
      ],
      timeline: [],
    }),
  } satisfies Record<string, Analysis>;
}

/** A node with a fencing posture. */
function fenced(name: string, bundles = ['b1']) {
  return node(name, {
    bundles,
    fencing: {
      platform: 'vmware',
      storage: ['datakeeper'],
      measures: [
        {
          measure: 'quorum',
          state: 'incomplete',
          params: { mode: 'majority' },
          notes: [{ code: 'majority_needs_three', params: { count: 2 } }],
          evidence: [place(`${name}/etc/default/LifeKeeper`, 12, 'QUORUM_MODE=majority', bundles[0])],
        },
        { measure: 'stonith', state: 'absent', params: {}, notes: [], evidence: [] },
        { measure: 'watchdog', state: 'cannot_determine', params: {}, notes: [], evidence: [] },
      ],
      notes: [{ code: 'no_measure_is_complete', params: {} }],
    },
  });
}

/** The action the analysis makes of a procedure: its commands filled with the values. */
function actionOf(knowledge: Knowledge, id: string, params: Params, direction: Action['direction']): Action {
  const procedure = knowledge.procedures[id];
  if (procedure === undefined) throw new Error(`no procedure ${id}`);
  const filled = (command: string) =>
    command.replace(/\{(\w+)\}/g, (_whole, name: string) => String(params[name] ?? `{${name}}`));
  return {
    procedure: id,
    kind: procedure.kind,
    risk: procedure.risk,
    direction,
    params,
    steps: procedure.steps.map((step) => ({
      step: step.id,
      node: step.on === 'source' ? String(params.source ?? '') || null : null,
      commands: step.commands.map(filled),
      params,
    })),
  };
}
