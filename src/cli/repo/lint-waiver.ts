// Checks a waiver. A problem: it cannot be read. A warning: it has expired, or names no migration.
import { parseWaiver } from '../../documents/project/parse-migrations.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import { placeOfValue } from './place-of-value.ts';

export interface WaiverFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Paths of the migrations of every environment; `undefined` when no environment names any, or they are unknown. */
  readonly migrations: readonly string[] | undefined;
}

export interface LintedWaiver {
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly DocumentProblem[];
}

export function lintWaiver(
  text: string,
  { path, name }: { readonly path: string; readonly name: string },
  { now, migrations }: WaiverFacts,
): LintedWaiver {
  const parsed = parseWaiver(text, { name });
  if (!parsed.ok) return { problems: parsed.problems, warnings: [] };
  const { migration, until } = parsed.value;
  const warnings: DocumentProblem[] = [];
  const warn = (key: string, message: string): void =>
    void warnings.push({ ...placeOfValue(text, key), file: path, pointer: `/${key}`, message });
  if (migrations?.some((one) => isNamed(one, migration)) === false)
    warn(
      'migration',
      `no environment has a migration ${JSON.stringify(migration)}: the waiver has no effect`,
    );
  if (until !== undefined && until <= now)
    warn('until', `the waiver expired at ${new Date(until).toISOString()}, so it no longer counts`);
  return { problems: [], warnings };
}

/**
 * By its name, the beginning of its name, or its number, for every tool. May accept too much, but never misses one that
 * counts.
 */
function isNamed(path: string, wanted: string): boolean {
  const version = (text: string): string => text.replaceAll('_', '.').replaceAll(/(^|\.)0+(?=\d)/g, '$1');
  return path.split('/').some((part) => {
    const name = part.replace(/^[VR](?=\d|__)/, '');
    return [part, name].some(
      (one) =>
        (one.startsWith(wanted) && !/^[A-Za-z0-9]/.test(one.slice(wanted.length))) ||
        version(/^\d+(?:[._]\d+)*/.exec(one)?.[0] ?? '').startsWith(version(wanted)),
    );
  });
}
