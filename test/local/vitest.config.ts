import { defineConfig } from 'vitest/config';

/** The repository's spec against DynamoDB Local: see `npm run test:dynamodb`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['repository.spec.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
