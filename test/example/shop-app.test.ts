// The shop's application under examples/: the release of it that stands in releases/ is what the cut makes of it.
import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCut } from '../../src/cut-main.ts';
import { parseRelease } from '../../src/model/parse-release.ts';
import { realClock } from '../support/clock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const id = 'v1.3.0';

describe('the application of the shop', () => {
  it('is cut to the bytes that are committed', async () => {
    const file = `releases/${id}.yaml`;
    const committed = await readFile(join(root, file), 'utf8');
    const parsed = parseRelease(committed, { file, id });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { ref, createdAt } = parsed.value;
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
    if (answer.kind !== 'cut') return;
    // A difference is easier to read in a file than in a report of a thousand lines.
    const folder = await mkdtemp(join(tmpdir(), 'stk-cut-'));
    await writeFile(join(folder, `${id}.yaml`), answer.document);
    expect([answer.document === committed, join(folder, `${id}.yaml`)]).toEqual([true, expect.any(String)]);
    await rm(folder, { recursive: true, force: true });
  });
});
