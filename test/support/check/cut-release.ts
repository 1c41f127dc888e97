// A release as `stk release cut` makes it: measured on a schema of its own, where PostgreSQL tells what each operation uses.
import { measureRelease } from '../../../src/compatibility/cut/measure-release.ts';
import { formatRelease } from '../../../src/documents/release/format-release.ts';
import { parseRelease } from '../../../src/documents/release/parse-release.ts';
import { aCheckedRelease, type Checked } from './checked-release.ts';
import type { EngineName } from '../databases/database.ts';
import { openOwner } from '../databases/owner-session.ts';

/** Through the document and back. `warnings`: for who cut it. */
export async function cutRelease(
  engine: EngineName,
  { sql, operations }: { readonly sql: string; readonly operations: object },
): Promise<Checked & { readonly warnings: readonly string[] }> {
  const { session, close } = await openOwner(engine, { sql });
  try {
    const { release, statements } = await aCheckedRelease({ schema: undefined, operations });
    const measured = await measureRelease(session, {
      draft: { ...release, contract: undefined },
      derivesSchema: true,
    });
    if (measured.kind !== 'measured') throw new Error(JSON.stringify(measured));
    const file = 'releases/v1.0.0.yaml';
    const parsed = parseRelease(formatRelease(measured.release), { file, id: 'v1.0.0' });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return { release: parsed.value, statements, warnings: measured.warnings };
  } finally {
    await close();
  }
}
