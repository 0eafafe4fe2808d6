/** The peer of `plain`: Node's gunzip and nothing else. `node drain.ts [FILE]`, standard input without one. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

const [file] = process.argv.slice(2);
const input = file === undefined ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
let bytes = 0;
for await (const chunk of input.pipe(createGunzip({ chunkSize: 256 * 1024 }))) bytes += chunk.length;
console.log(bytes);
