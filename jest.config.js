export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/jest/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest/global-teardown.ts',
  // One more than CI has cores: much of the time is waited for other processes.
  maxWorkers: 3,
  // Starting a process takes a worker time for each page of its memory, and git is started often: 2 ms at 10 MB, 22 ms at 900 MB.
  workerIdleMemoryLimit: '200MB',
  // The few files that are listed are found by node: no other process is asked for them.
  watchman: false,
  testSequencer: '<rootDir>/test/support/jest/longest-first.js',
  // Only what hangs takes that long.
  testTimeout: 300_000,
};
