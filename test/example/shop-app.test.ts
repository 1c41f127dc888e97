// The shop's application under examples/: the newest release of it that stands in releases/ is what the cut makes of it.
// An application with notes of its own is ahead of its releases: then the next one can be cut.
import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCut } from '../../src/app/compose-cut.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import type { Release } from '../../src/model/release.ts';
import { realClock } from '../support/clock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const aheadOfReleases = { release: 'next', ref: 'next', createdAt: '2026-01-01T00:00:00Z' };

interface Committed {
  readonly text: string;
  readonly release: Release;
}

/** Those that were cut, the newest first. */
async function readCutReleases(): Promise<readonly Committed[]> {
  const files = await readdir(join(root, 'releases'));
  const all = await Promise.all(
    files.map(async (name) => {
      const text = await readFile(join(root, 'releases', name), 'utf8');
      const parsed = parseRelease(text, { file: name, id: name.slice(0, -'.yaml'.length) });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return { text, release: parsed.value };
    }),
  );
  return all
    .filter(({ release }) => release.contract !== undefined)
    .sort((a, b) => (a.release.createdAt < b.release.createdAt ? 1 : -1));
}

describe('the application of the shop', () => {
  it('is cut to the bytes that are committed', async () => {
    const source = await readFile(join(root, 'examples/shop-app/release.yaml'), 'utf8');
    const committed = (await readCutReleases()).find(({ release }) =>
      source.includes(`\nnotes: ${release.notes ?? ''}\n`),
    );
    const { release: id, ref, createdAt } = committed?.release ?? aheadOfReleases;
    const answer = await runCut(
      {
        release: id,
        ref,
        createdAt,
        application: join(root, 'examples/shop-app'),
        label: 'examples/shop-app',
        repository: root,
        schemaFrom: undefined,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
      { clock: realClock, variables: {} },
    );
    expect(answer).toMatchObject({ kind: 'cut', warnings: [], findings: [], derivedSchema: true });
    if (answer.kind !== 'cut' || committed === undefined) return;
    // A difference is easier to read in a file than in a report of a thousand lines.
    const folder = await mkdtemp(join(tmpdir(), 'stk-cut-'));
    await writeFile(join(folder, `${id}.yaml`), answer.document);
    expect([answer.document === committed.text, join(folder, `${id}.yaml`)]).toEqual([
      true,
      expect.any(String),
    ]);
    await rm(folder, { recursive: true, force: true });
  });
});
