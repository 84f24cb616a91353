import { defineConfig } from 'vitest/config';

// The long seeds and soaks, apart from `npm test`.
export default defineConfig({
  test: {
    include: ['{api,nodes,packages/*}/{src,tests}/**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30 * 60_000,
    passWithNoTests: true,
  },
});
