// The order of the test files: those that take longest begin first, so that at the end no worker waits long for the other.
// Without it jest goes by the size of a file, which says nothing of the tables of changes that it runs through.
import { existsSync } from 'node:fs';
import TestSequencer from '@jest/test-sequencer';

/** From the longest on: whatever takes twenty seconds or more on a machine with much else to do. */
const longest = [
  'e2e/load',
  'e2e/robustness-kill',
  'reconciler/reconciler',
  'docs/readme-tour',
  'compatibility/broad-schema',
  'e2e/promotion',
  'e2e/robustness-state',
  'cli/release-cut',
  'e2e/command-line',
  'e2e/pointer-commits',
  'compatibility/row-security',
  'analysis/simulation',
  'compatibility/every-suggestion',
  'e2e/robustness-git',
  'compatibility/check/fingerprint',
  'compatibility/cut',
  'e2e/robustness-database',
  'compatibility/bodies/behind-operators',
  'database/many-statements',
  'e2e/security-access',
  'serving/document-check',
  'database/postgres',
  'reconciler/drift',
  'compatibility/across-versions',
  'compatibility/mutations',
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
