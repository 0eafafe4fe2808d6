import { extractBundle } from '../../shared/bundle/extract.ts';
import { Evidence, type Facts, type NodeEvidence } from '../../shared/evidence/evidence.ts';
import { bytesSource, type Entry, gzip, type Tree, tar } from '../fixtures/archive.ts';

/** The evidence of a bundle; checked against the schema, as everything that leaves extraction must be. */
export async function extract(bundle: string | Uint8Array, name = 'bundle'): Promise<Evidence> {
  return Evidence.parse(await extractBundle(bytesSource(bundle, { name }), { bundleId: 'b1' }));
}

export async function extractTree(tree: Tree | readonly Entry[], top = ''): Promise<Evidence> {
  return extract(gzip(tar(tree, { top })));
}

/** The only node of a bundle. */
export async function nodeOf(tree: Tree | readonly Entry[], top = ''): Promise<NodeEvidence> {
  const { nodes } = await extractTree(tree, top);
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) throw new Error(`${nodes.length} node parts instead of one`);
  return node;
}

export async function factsOf(tree: Tree): Promise<Facts> {
  return (await nodeOf(tree)).facts;
}

/** What was observed, without the places. */
export function values<T>(observations: readonly { value: T }[]): T[] {
  return observations.map(({ value }) => value);
}
