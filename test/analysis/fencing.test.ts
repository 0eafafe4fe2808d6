import { describe, expect, it } from 'vitest';
import type { Analysis, FencingMeasure } from '../../shared/analysis/analysis.ts';
import { bundles, type NodeParts } from '../fixtures/evidence.ts';
import { judged } from './checked.ts';

const QWK = ['steeleye-lkQWK 9.5.1 7154'];
const STORAGE = { QUORUM_MODE: 'storage', WITNESS_MODE: 'storage', QWK_STORAGE_TYPE: 'file' };

function cluster(parts: NodeParts, count = 2): Analysis {
  return judged(
    bundles(...Array.from({ length: count }, (_, index) => ({ ...parts, host: `node${index + 1}` }))),
  );
}
function measure(parts: NodeParts, name: FencingMeasure['measure'], count = 2): FencingMeasure {
  const found = cluster(parts, count).nodes[0]?.fencing.measures.find((item) => item.measure === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
const codes = (item: FencingMeasure): string[] => item.notes.map((note) => note.code);
const rules = (analysis: Analysis): string[] =>
  analysis.findings
    .filter((finding) => finding.advisory === 'split-brain-fencing')
    .map((finding) => finding.rule);

describe('Quorum/Witness', () => {
  it('in storage mode is effective', () => {
    const found = measure({ packages: QWK, settings: STORAGE }, 'quorum');
    expect(found).toMatchObject({
      state: 'effective',
      params: { mode: 'storage', storageType: 'file', lossAction: 'fastkill' },
    });
    expect(rules(cluster({ packages: QWK, settings: STORAGE }))).toEqual(['fencing_effective']);
  });

  it.each([
    ['without the package', { settings: STORAGE }, 'incomplete', 'package_missing'],
    [
      'with an unmatched witness',
      { packages: QWK, settings: { ...STORAGE, WITNESS_MODE: 'remote_verify' } },
      'incomplete',
      'witness_storage_mismatch',
    ],
    [
      'without a storage type',
      { packages: QWK, settings: { QUORUM_MODE: 'storage', WITNESS_MODE: 'storage' } },
      'incomplete',
      'quorum_storage_type_missing',
    ],
    [
      'switched off',
      { packages: QWK, settings: { QUORUM_MODE: 'none', WITNESS_MODE: 'remote_verify' } },
      'incomplete',
      'quorum_mode_off',
    ],
    [
      'in tcp_remote mode without hosts',
      { packages: QWK, settings: { QUORUM_MODE: 'tcp_remote' } },
      'incomplete',
      'quorum_hosts_missing',
    ],
    ['with settings unread', { packages: QWK }, 'cannot_determine', 'settings_unread'],
    [
      'with packages unread',
      { wholePackageList: false, lifekeeper: null, settings: STORAGE },
      'cannot_determine',
      'packages_unread',
    ],
  ] as const)('%s is not effective', (_, parts, state, note) => {
    const found = measure(parts, 'quorum');
    expect(found.state).toBe(state);
    expect(codes(found)).toContain(note);
  });

  it('switched off is absent, with or without the package', () => {
    const settings = { QUORUM_MODE: 'none', WITNESS_MODE: 'none' };
    expect(measure({ settings }, 'quorum').state).toBe('absent');
    expect(measure({ packages: QWK, settings }, 'quorum').state).toBe('absent');
    expect(measure({ settings: { ...settings, WITNESS_MODE: 'storage' } }, 'quorum').state).toBe(
      'incomplete',
    );
  });

  it('with the package and no settings runs on its defaults', () => {
    const found = measure({ packages: QWK, settings: { LKCHECKINTERVAL: '120' } }, 'quorum', 3);
    expect(found).toMatchObject({
      state: 'effective',
      params: { mode: 'majority', witness: 'remote_verify' },
    });
    expect(codes(found)).toContain('defaults_apply');
  });

  it.each([
    [2, 'incomplete', ['quorum_majority_too_few']],
    [3, 'effective', ['fencing_effective']],
    [4, 'effective', ['fencing_effective']],
  ])('in majority mode with %i nodes', (count, state, expected) => {
    const parts = { packages: QWK, settings: { QUORUM_MODE: 'majority' } };
    expect(measure(parts, 'quorum', count).state).toBe(state);
    expect(rules(cluster(parts, count))).toEqual(expected);
  });

  it('counts a node that has no bundle', () => {
    const parts = {
      packages: QWK,
      settings: { QUORUM_MODE: 'majority' },
      commPaths: [{ peer: 'witness' }, { peer: 'witness' }],
    };
    expect(measure(parts, 'quorum', 2).state).toBe('effective');
  });

  it.each([
    ['aws', true],
    ['azure', true],
    ['gcp', true],
    ['oci', true],
    ['vmware', false],
    ['physical', false],
  ])('in tcp_remote mode on %s', (platform, discouraged) => {
    const parts = {
      platform,
      packages: QWK,
      settings: { QUORUM_MODE: 'tcp_remote', QUORUM_HOSTS: '10.0.0.1:80' },
    };
    expect(rules(cluster(parts)).includes('quorum_tcp_remote_cloud')).toBe(discouraged);
    expect(measure(parts, 'quorum').state).toBe('effective');
  });

  it('in tcp_remote mode does not exist from version 10 on', () => {
    const parts = {
      packages: ['steeleye-lkQWK 10.0.0 1'],
      settings: { QUORUM_MODE: 'tcp_remote', QUORUM_HOSTS: 'a:80' },
    };
    expect(measure({ ...parts, lifekeeper: '10.0.0' }, 'quorum').state).toBe('incomplete');
    expect(measure({ ...parts, lifekeeper: '9.9.1' }, 'quorum').state).toBe('effective');
  });

  it('on a kind of storage that the matrix does not hold for the platform is incomplete', () => {
    const s3 = { packages: QWK, settings: { ...STORAGE, QWK_STORAGE_TYPE: 'aws_s3' } };
    expect(measure({ ...s3, platform: 'aws' }, 'quorum').state).toBe('effective');
    expect(measure({ ...s3, platform: 'physical' }, 'quorum').state).toBe('incomplete');
  });

  it('set differently on two nodes is one finding', () => {
    const one = { host: 'node1', packages: QWK, settings: { ...STORAGE, QUORUM_LOSS_ACTION: 'fastkill' } };
    const two = { host: 'node2', packages: QWK, settings: { ...STORAGE, QUORUM_LOSS_ACTION: 'osu' } };
    const found = judged(bundles(one, two)).findings.filter(
      (finding) => finding.rule === 'quorum_settings_differ',
    );
    expect(found).toMatchObject([
      {
        params: {
          key: ['QUORUM_LOSS_ACTION'],
          values: ['node1: QUORUM_LOSS_ACTION=fastkill', 'node2: QUORUM_LOSS_ACTION=osu'],
        },
      },
    ]);
  });
});

describe('STONITH', () => {
  it('with an entry for every peer is effective, though both may fall', () => {
    const found = judged(
      bundles({ host: 'node1', stonith: ['node2'] }, { host: 'node2', stonith: ['node1'] }),
    );
    expect(found.nodes[0]?.fencing.measures.find((item) => item.measure === 'stonith')).toMatchObject({
      state: 'effective',
      notes: [{ code: 'stonith_mutual' }],
    });
    expect(rules(found)).toEqual(['fencing_effective']);
  });

  it('that lacks a peer is incomplete and names it', () => {
    const found = measure({ stonith: ['node2'] }, 'stonith', 3);
    expect(found).toMatchObject({
      state: 'incomplete',
      notes: [{ code: 'peers_without_entry', params: { peers: ['node3'] } }],
    });
  });

  it('with a file and no entry is absent, and without a file unknown', () => {
    expect(measure({ stonith: [] }, 'stonith').state).toBe('absent');
    expect(measure({}, 'stonith')).toMatchObject({
      state: 'cannot_determine',
      notes: [{ code: 'stonith_unread' }],
    });
  });

  it('is not valid on Google Cloud', () => {
    const found = judged(
      bundles(
        { host: 'node1', stonith: ['node2'], platform: 'gcp' },
        { host: 'node2', stonith: ['node1'], platform: 'gcp' },
      ),
    );
    expect(found.nodes[0]?.fencing.measures.find((item) => item.measure === 'stonith')?.state).toBe(
      'incomplete',
    );
  });
});

describe('the other measures', () => {
  const test = { 'test-binary': '/opt/LifeKeeper/samples/watchdog/LifeKeeper-watchdog' };

  it('Watchdog runs the check of LifeKeeper and its service is on', () => {
    const packages = ['watchdog 5.15 1'];
    expect(measure({ packages, watchdog: test, watchdogService: 'active' }, 'watchdog').state).toBe(
      'effective',
    );
    expect(codes(measure({ packages, watchdog: test, watchdogService: 'active' }, 'watchdog'))).toContain(
      'watchdog_alone',
    );
    expect(measure({ packages, watchdog: test, watchdogService: 'inactive' }, 'watchdog').state).toBe(
      'incomplete',
    );
    expect(measure({ packages, watchdog: test }, 'watchdog').state).toBe('cannot_determine');
    expect(
      measure({ packages, watchdog: { interval: '7' }, watchdogService: 'active' }, 'watchdog').state,
    ).toBe('incomplete');
    expect(measure({}, 'watchdog').state).toBe('absent');
  });

  it('Watchdog alone leaves the cluster without fencing', () => {
    const parts = { packages: ['watchdog 5.15 1'], watchdog: test, watchdogService: 'active' };
    expect(rules(cluster(parts))).toEqual(['fencing_absent']);
  });

  it('SCSI reservation is not for replicated data, and can be off', () => {
    expect(measure({}, 'scsi_reservation')).toMatchObject({
      state: 'not_applicable',
      notes: [{ code: 'not_for_datakeeper' }],
    });
    expect(measure({ settings: { RESERVATIONS: 'none' } }, 'scsi_reservation').state).toBe('absent');
    expect(measure({ lifekeeper: null }, 'scsi_reservation').state).toBe('cannot_determine');
  });

  it('says which communication paths were dead or alone at collection', () => {
    const commPaths = [
      { peer: 'node2', state: 'DEAD' },
      { peer: 'node2', state: 'DEAD' },
      { peer: 'node3', state: 'ALIVE' },
    ];
    const notes = judged(bundles({ commPaths })).nodes[0]?.fencing.notes ?? [];
    expect(notes).toContainEqual({ code: 'all_paths_dead', params: { peers: ['node2'] } });
    expect(notes).toContainEqual({ code: 'single_comm_path', params: { peer: 'node3' } });
    expect(notes).toContainEqual({ code: 'no_measure_is_complete', params: {} });
  });
});

describe('a Windows node', () => {
  it.each([
    ['8.8.0', 'absent'],
    ['8.9.0', 'cannot_determine'],
    ['8.10.1', 'cannot_determine'],
  ])('of version %s has Quorum/Witness %s, and what Windows does is said', (version, state) => {
    const [node] = judged(
      bundles({ lifekeeper: null, windows: { product: 'LifeKeeper for Windows', version } }),
    ).nodes;
    const states = Object.fromEntries(node?.fencing.measures.map((item) => [item.measure, item.state]) ?? []);
    expect(states).toMatchObject({
      quorum: state,
      scsi_reservation: 'not_applicable',
      stonith: 'not_applicable',
      watchdog: 'not_applicable',
    });
    const said = node?.fencing.measures.flatMap((item) => item.notes.map((note) => note.code)) ?? [];
    expect(said).toEqual(expect.arrayContaining(['windows_quorum_from', 'windows_spare_nic_probe']));
    expect(node?.fencing.notes.map((note) => note.code)).toContain('windows_shared_disk_path');
  });
});
