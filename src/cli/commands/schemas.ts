// `stk schemas`: writes the JSON Schemas of this version into the config repo, for editors. Commits nothing.
import { readPlainFile, writePlainFile } from '../../git/clone/work-tree-file.ts';
import type { CommandContext } from '../context.ts';
import { publishedSchemas } from '../repo/published-schemas.ts';

export interface SchemasOptions {
  readonly dryRun?: boolean;
}

export async function writeSchemas(
  { root, output }: CommandContext,
  { dryRun = false }: SchemasOptions,
): Promise<number> {
  const schemas = publishedSchemas();
  const outdated: string[] = [];
  for (const [path, text] of schemas) {
    const present = await readPlainFile(root, path);
    if (present?.toString() === text) continue;
    outdated.push(path);
    if (!dryRun) await writePlainFile(root, path, text);
  }
  const told = outdated.map((path) => `${dryRun ? 'would write' : 'wrote'} ${path}`);
  output.result(
    { schemas: [...schemas.keys()], outdated, written: !dryRun && outdated.length > 0 },
    told.length === 0 ? 'schemas/ is up to date' : told.join('\n'),
  );
  if (!dryRun && outdated.length > 0)
    output.narrate('Next: git add schemas && git commit --message "chore: schemas of stk"');
  return 0;
}
