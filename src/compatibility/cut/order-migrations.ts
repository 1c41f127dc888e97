// Which files of a folder are migrations, and in which order their tool runs them. Decides by names alone; up-half.ts
// reads the contents. Pure.

/** A file of the folder, or of one of its folders: parts joined by `/`. */
export type MigrationPath = string;

export type OrderedMigrations =
  | {
      readonly ok: true;
      readonly wanted: readonly MigrationPath[];
      /** Files that undo others. */
      readonly undoing: readonly MigrationPath[];
      /** SQL that no tool with this layout runs by itself. */
      readonly others: readonly MigrationPath[];
    }
  | { readonly ok: false; readonly message: string };

const flyway = /^([VUBR])(\d+(?:[._]\d+)*)?__.*\.sql$/;
/** `0003_add.js`: only the tool itself can run it. */
const program = /^[VvRr]?\d[^/]*\.(?:[cm]?[jt]s|rb|py|go|php|exs|kt|java)$/;
/** Prisma; Diesel and Hasura. */
const folderFile = /^[^/]+\/(?:migration|up)\.sql$/;

export function orderMigrations(paths: readonly MigrationPath[]): OrderedMigrations {
  const code = paths.find((path) => program.test(path));
  if (code !== undefined)
    return { ok: false, message: `${code} is a migration that is not SQL, which only its own tool can run` };
  const files = paths.filter((path) => path.endsWith('.sql'));
  if (files.some((path) => flyway.test(nameOf(path)))) return orderFlyway(files);
  const folders = files.filter((path) => folderFile.test(path));
  const top = files.filter((path) => !path.includes('/'));
  if (folders.length > 0) return orderFolders(files, folders, top);
  const undoing = top.filter((path) => undoes(path, new Set(top)));
  const making = top.filter((path) => !undoing.includes(path));
  // golang-migrate and sqlx then run only these files.
  const up = making.filter((path) => /\.up\.sql$/i.test(path));
  const wanted = sortByNumber(up.length > 0 ? up : making);
  const others = files.filter((path) => !wanted.includes(path) && !undoing.includes(path)).sort();
  return { ok: true, wanted, undoing: undoing.sort(), others };
}

/** Whether a file, by its name, undoes another one. */
function undoes(name: string, all: ReadonlySet<string>): boolean {
  if (/\.(?:down|undo|rollback|revert)\.sql$/i.test(name)) return true;
  const [, stem, sign] = /^(.*)([_-])down\.sql$/i.exec(name) ?? [];
  // `0003_scale_down.sql` alone does not.
  return stem !== undefined && [`${stem}${sign ?? ''}up.sql`, `${stem}.sql`].some((one) => all.has(one));
}

function orderFolders(
  files: readonly string[],
  folders: readonly string[],
  top: readonly string[],
): OrderedMigrations {
  if (top[0] !== undefined)
    return { ok: false, message: `${top[0]} is beside ${folders[0] ?? ''}: these are two layouts` };
  const parts = new Set(folders.map(folderOf));
  if (parts.size < folders.length)
    return { ok: false, message: 'a folder has both migration.sql and up.sql: these are two layouts' };
  const undoing = files.filter((path) => path.endsWith('/down.sql')).sort();
  const others = files.filter((path) => !folders.includes(path) && !undoing.includes(path)).sort();
  return { ok: true, wanted: [...folders].sort(), undoing, others };
}

/** The newest baseline instead of what it covers, then versions by number, then repeatable migrations by their description. */
function orderFlyway(files: readonly string[]): OrderedMigrations {
  const named = files.map((path) => {
    const [, kind = '', version = ''] = flyway.exec(nameOf(path)) ?? [];
    return {
      path,
      kind,
      version: version
        .split(/[._]/)
        .filter((part) => part !== '')
        .map(BigInt),
    };
  });
  const of = (kind: string): typeof named =>
    named.filter((one) => one.kind === kind).sort((a, b) => compareVersions(a.version, b.version));
  const [versioned, baseline] = [of('V'), of('B').at(-1)];
  for (const [index, { path, version }] of versioned.entries()) {
    const before = versioned[index - 1];
    if (version.length === 0) return { ok: false, message: `${path} has no version` };
    if (before !== undefined && compareVersions(before.version, version) === 0)
      return { ok: false, message: `${before.path} and ${path} have the same version` };
  }
  const after =
    baseline === undefined
      ? versioned
      : versioned.filter(({ version }) => compareVersions(version, baseline.version) > 0);
  const repeatable = of('R').sort((a, b) => (nameOf(a.path) < nameOf(b.path) ? -1 : 1));
  const wanted = [...(baseline === undefined ? [] : [baseline]), ...after, ...repeatable].map(
    ({ path }) => path,
  );
  const undoing = of('U').map(({ path }) => path);
  const others = files.filter((path) => !wanted.includes(path) && !undoing.includes(path)).sort();
  return { ok: true, wanted, undoing, others };
}

function compareVersions(a: readonly bigint[], b: readonly bigint[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index] ?? 0n, b[index] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** `2_b.sql` before `10_a.sql` when every name begins with a number; otherwise by name. */
function sortByNumber(names: readonly string[]): string[] {
  const numbered = names.map((name) => ({ name, number: /^\d+/.exec(name)?.[0] }));
  if (numbered.some(({ number }) => number === undefined)) return [...names].sort(byName);
  return numbered
    .map(({ name, number = '0' }) => ({ name, number: BigInt(number) }))
    .sort((a, b) => (a.number === b.number ? byName(a.name, b.name) : a.number < b.number ? -1 : 1))
    .map(({ name }) => name);
}

export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
