import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, limitsFromEnvironment } from '../../shared/archive/limits.ts';

describe('limitsFromEnvironment', () => {
  it('is the defaults where nothing is set', () => {
    expect(limitsFromEnvironment({})).toEqual(DEFAULT_LIMITS);
    expect(limitsFromEnvironment({ BUNDLE_ADVISOR_MAX_MEMBERS: ' ' })).toEqual(DEFAULT_LIMITS);
  });

  it('takes each limit from the variable of its name', () => {
    const env = Object.fromEntries(
      Object.keys(DEFAULT_LIMITS).map((key, index) => [
        `BUNDLE_ADVISOR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
        `${index + 1}`,
      ]),
    );
    expect(env.BUNDLE_ADVISOR_MAX_TOTAL_BYTES).toBe('1');
    expect(Object.values(limitsFromEnvironment(env))).toEqual(
      Object.keys(DEFAULT_LIMITS).map((_, index) => index + 1),
    );
  });

  it.each(['0', '-1', '1.5', '10GB', '1e9', 'unlimited', '9'.repeat(20)])('refuses %s', (value) => {
    expect(() => limitsFromEnvironment({ BUNDLE_ADVISOR_MAX_RATIO: value })).toThrow(
      expect.objectContaining({
        code: 'invalid_limit',
        message: expect.stringContaining('BUNDLE_ADVISOR_MAX_RATIO'),
      }),
    );
  });

  it('lets a log of 5 GB and a sosreport of 80,000 members pass by default', () => {
    expect(DEFAULT_LIMITS.maxMemberBytes).toBeGreaterThan(5e9);
    expect(DEFAULT_LIMITS.maxTotalBytes).toBeGreaterThan(2 * 5e9);
    expect(DEFAULT_LIMITS.maxMembers).toBeGreaterThan(80_000);
  });
});
