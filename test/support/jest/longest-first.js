// The order of the test files: those that take longest begin first, so that at the end no worker waits long for the other.
// Without it jest goes by the size of a file, which says nothing of the tables of changes that it runs through.
import { existsSync } from 'node:fs';
import TestSequencer from '@jest/test-sequencer';

/** From the longest on: whatever takes ten seconds or more of processor time. */
const longest = [
  'example/channels-walk',
  'reconciler/triggers/three-hubs',
  'reconciler/canary/chaos',
  'docs/commands',
  'cli/release-cut',
  'compatibility/every-suggestion',
  'e2e/smoke-under-load',
  'e2e/robustness-kill',
  'e2e/robustness-state',
  'docs/readme-tour',
  'e2e/canary-kill',
  'e2e/load',
  'e2e/promotion',
  'compatibility/across-versions',
  'e2e/robustness-database',
  'compatibility/random/random-properties',
  'e2e/hub-per-environment',
  'ui/dashboard',
  'compatibility/incidents',
  'e2e/security-access',
  'reconciler/reconciler',
  'compatibility/row-security',
  'compatibility/cut',
  'serving/background-compiler',
  'compatibility/bodies/table-makers',
  'cli/served-by-hub',
  'cli/db-rehearse',
  'cli/db-preview',
  'e2e/pointer-commits',
  'e2e/command-line',
  'example/pipeline-walk',
  'database/crash',
  'e2e/robustness-git',
  'compatibility/broad-schema',
  'compatibility/mutations',
  'compatibility/check/fingerprint',
  'serving/document-check',
  'analysis/simulation',
  'compatibility/bodies/behind-operators',
  'reconciler/drift',
];
const gone = longest.filter((name) => !existsSync(new URL(`../../${name}.test.ts`, import.meta.url)));
if (gone.length > 0) throw new Error(`longest-first.js names files that are gone: ${gone.join(', ')}`);

// jest asks for a default export.
// oxlint-disable-next-line import/no-default-export
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = longest.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? longest.length : found;
    };
    return super.sort(tests).toSorted((a, b) => place(a) - place(b));
  }
}
