// Which tests belong together. Real processes and real SQLite everywhere; nothing pretends to be a browser:
// what needs one is in `web` and drives Chromium.
import { defineConfig } from "vitest/config";

const modelTests = ["src/**/*.model.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    // A test that leaves a process or a timer behind is a bug of the product's shutdown.
    teardownTimeout: 10_000,
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: true,
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "tests/{architecture,support}/**/*.test.ts"],
          exclude: modelTests,
          // Only what hangs should run into it, on a busy machine too.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // The starter model and the native library; one file at a time, as each loads its own copy.
        extends: true,
        test: { name: "model", include: modelTests, fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: "front",
          include: ["tests/{api,cli,sdk}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "web",
          include: ["tests/web/**/*.test.ts"],
          fileParallelism: false,
          // The starter now and then writes until its room is full.
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The big numbers; only `npm run test:long` asks for them.
        extends: true,
        test: {
          name: "long",
          include: ["tests/long/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
