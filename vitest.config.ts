import { defineConfig } from 'vitest/config';

// Unit tests sit beside the code (`src/**/*.test.ts`); tests that cross rooms live in `<app>/tests`
// and go through the front door. Long seeds and soaks are `*.long.test.ts`: `npm run test:long`.
export default defineConfig({
  test: {
    include: ['{api,nodes,packages/*}/{src,tests}/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
