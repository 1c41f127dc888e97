// The README's tour, run as it stands: every sh block on a copy of this repository, its output against the text block
// that follows, where `…` stands for what differs from run to run. Only the port is another one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCommands, toPattern } from '../support/documents/doc-commands.ts';
import { openServedClone, projectRoot, type ServedClone } from '../support/hub/served-clone.ts';

const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
const tour = readme.slice(readme.indexOf('## A tour'), readme.indexOf('## Your own'));
const steps = readCommands('README.md', tour).blocks;

describe("the README's tour", () => {
  let clone: ServedClone;

  beforeAll(async () => {
    clone = await openServedClone();
  });
  afterAll(() => clone?.close());

  it('has steps to run, each of which says what it prints', () => {
    expect(steps.length).toBeGreaterThanOrEqual(7);
    expect(steps.filter(({ expected, notRun }) => expected.length === 0 || notRun !== undefined)).toEqual([]);
  });

  it.each(steps)('prints what the README says: $commands', async ({ commands, expected }) => {
    const printed = await clone.run(commands);
    for (const line of expected) expect(printed).toMatch(toPattern(line));
  });
});
