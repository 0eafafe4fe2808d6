import type { Collector } from './collect/collector.ts';
import { hostname } from './collect/hostname.ts';
import { kernel } from './collect/kernel.ts';
import { osRelease, releaseFile, suseRelease } from './collect/os_release.ts';
import { packages } from './collect/packages.ts';

/** Every kind of fact, one collector each. */
export const COLLECTORS: readonly Collector[] = [
  hostname,
  kernel,
  osRelease,
  releaseFile,
  suseRelease,
  packages,
];
