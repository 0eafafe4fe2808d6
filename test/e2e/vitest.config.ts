import { defineConfig } from 'vitest/config';

/** The end-to-end spec against a deployed stack: see `npm run test:localstack` and `npm run test:aws`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['deployed.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
