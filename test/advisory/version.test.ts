import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { TOOL_VERSION } from '../../shared/advisory/version.ts';

it('names the version of the package in document control', () => {
  expect(TOOL_VERSION).toBe(manifest.version);
});
