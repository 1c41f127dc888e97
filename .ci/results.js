// Reads what jest wrote with --json, for .ci/run.
//   results.js failed RESULTS         the paths of the test files that failed, one a line
//   results.js count RESULTS [AGAIN]  "N passed, N failed"; AGAIN, where it exists, replaces the results of the files it ran
import { existsSync, readFileSync } from 'node:fs';

const [what, ...paths] = process.argv.slice(2);
const files = new Map();
for (const path of paths.filter((each) => existsSync(each))) {
  const text = readFileSync(path, 'utf8');
  // Empty when jest did not come to its end.
  const { testResults } = text === '' ? { testResults: [] } : JSON.parse(text);
  for (const { name, status, assertionResults } of testResults) files.set(name, { status, assertionResults });
}

if (what === 'failed') {
  for (const [name, { status }] of files) if (status === 'failed') process.stdout.write(`${name}\n`);
} else {
  let passed = 0;
  let failed = files.size === 0 ? 1 : 0;
  for (const { status, assertionResults } of files.values()) {
    const failures = assertionResults.filter((each) => each.status === 'failed').length;
    passed += assertionResults.filter((each) => each.status === 'passed').length;
    // A file that could not be run has failed, though none of its tests did.
    failed += status === 'failed' ? Math.max(failures, 1) : 0;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}
