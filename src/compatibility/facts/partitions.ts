// Single partitions of a table: how they differ from the table, compared with the cut. What they share with the table
// is compared there. REL004 reports partitions that are detached, dropped or replaced.
import type { Catalogue } from '../../model/catalogue.ts';
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { Partition, Relation } from '../../model/relation.ts';
import type { PartitionBaseline, PartitionsBaseline, RelationBaseline } from '../../model/contract.ts';
import { nameOf, type Draft } from '../check/check-context.ts';
import { digestsOfChecks, digestsOfTriggers } from './definitions.ts';
import { toRelativeName } from './relative-names.ts';
import { compare } from './sorted.ts';

/** When more partitions of a table differ from it, the difference is by design, and the contract leaves them out. */
const mostNotable = 200;

export function measurePartitions(
  catalogue: Catalogue,
  { partitions }: Relation,
): PartitionsBaseline | undefined {
  if (partitions === undefined) return undefined;
  const measured = partitions.notable.map((one) => ({
    name: toRelativeName(catalogue, one.name),
    checks: digestsOfChecks(one.checks),
    triggers: digestsOfTriggers(one.triggers),
    children: toNames(catalogue, one.children),
  }));
  const isOfNote = ({ checks, triggers, children }: PartitionBaseline): boolean =>
    checks.length + triggers.length + children.length > 0;
  const notable = measured.filter(isOfNote).sort((a, b) => compare(a.name, b.name));
  return notable.length > mostNotable ? undefined : { count: partitions.count, notable };
}

export interface PartitionState extends Pick<Partition, 'bounds' | 'checks' | 'triggers'> {
  /** `schema.name`. */
  readonly object: string;
  readonly before: Pick<PartitionBaseline, 'checks' | 'triggers'>;
}

/** By name: partitions that differ from the table now, or did at the cut and still exist. */
export function comparePartitions(
  catalogue: Catalogue,
  baseline: RelationBaseline,
  relation: Relation,
): PartitionState[] {
  const measured = partitionsAtCut(baseline);
  if (measured === undefined || relation.partitions === undefined) return [];
  const { notable } = relation.partitions;
  const live = new Map(
    [...relation.children, ...notable.flatMap(({ children }) => children)].map((name) => [
      toRelativeName(catalogue, name),
      name,
    ]),
  );
  const known = new Set([...baseline.children, ...measured.flatMap(({ children }) => children)]);
  const gone = measured.filter(({ name }) => !live.has(name));
  const byName = new Map(notable.map((one) => [toRelativeName(catalogue, one.name), one]));
  const beforeOf = (name: string): PartitionState['before'] => {
    const own = measured.find((one) => one.name === name);
    if (own !== undefined || known.has(name)) return own ?? { checks: [], triggers: [] };
    // Renamed, or in the place of a partition that is gone: its former properties are not new.
    const now = digestsOfTriggers(byName.get(name)?.triggers ?? []);
    return {
      checks: gone.flatMap(({ checks }) => checks),
      triggers: gone
        .flatMap(({ triggers }) => triggers)
        .filter(({ digest }) => now.some((one) => one.digest === digest)),
    };
  };
  const names = new Set([...byName.keys(), ...measured.map(({ name }) => name)]);
  return [...names].sort().flatMap((name): PartitionState[] => {
    const at = live.get(name);
    if (at === undefined) return [];
    const { bounds = '', checks = [], triggers = [] } = byName.get(name) ?? {};
    return [{ object: nameOf(at), bounds, checks, triggers, before: beforeOf(name) }];
  });
}

/** The same change on many partitions is one finding, of the first. */
export function sayOnPartitions(actual: string, others: number): string {
  const more = others === 0 ? '' : `, and ${others} more ${others === 1 ? 'partition' : 'partitions'}`;
  return `${actual}, on this partition${more}`;
}

/** The most findings for one table's partitions and one code. */
const mostSingle = 10;

/** When each partition differs in its own way, such as ranges of its values, one finding covers them all. */
export function tellTogether(drafts: readonly Draft[], what: string): readonly Draft[] {
  const [first] = drafts;
  if (first === undefined || drafts.length <= mostSingle) return drafts;
  const operations = [...new Set(drafts.flatMap((draft) => draft.operations))];
  return [{ ...first, actual: `${first.actual}; and ${drafts.length - 1} more ${what}`, operations }];
}

export interface LostPartition {
  /** As a contract writes it. */
  readonly lost: string;
  /** `schema.name`. */
  readonly parent: string;
  /** At least as many exist as at the cut. */
  readonly isReplaced: boolean;
}

/** The same below partitions that are themselves partitioned, at the cut and now. */
export function findLostBelow(
  catalogue: Catalogue,
  baseline: RelationBaseline,
  { partitions }: Relation,
): LostPartition[] {
  return (partitionsAtCut(baseline) ?? []).flatMap(({ name, children }): LostPartition[] => {
    const parent = partitions?.notable.find(
      (one) => one.isSplit && toRelativeName(catalogue, one.name) === name,
    );
    if (parent === undefined) return [];
    const now = toNames(catalogue, parent.children);
    const isReplaced = now.length >= children.length;
    return children
      .filter((child) => !now.includes(child))
      .map((lost) => ({ lost, parent: nameOf(parent.name), isReplaced }));
  });
}

/** `undefined` when unknown. A table that was not partitioned had none. */
function partitionsAtCut({ kind, partitions }: RelationBaseline): readonly PartitionBaseline[] | undefined {
  return partitions?.notable ?? (kind === 'partitioned' ? undefined : []);
}

/** The partition bounds imply the check, such as a check that only let ATTACH PARTITION skip the scan of the rows. */
export function isImplied(check: string, bounds: string): boolean {
  const demanded = new Set(splitAnd(bounds));
  const condition = check.replace(/^CHECK /, '').replace(/(?: NO INHERIT| NOT VALID)+$/, '');
  return splitAnd(condition).every((part) => demanded.has(part));
}

/** `((a > 1) AND (b < 2))` → a > 1, b < 2. */
function splitAnd(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  const inner = stripBrackets(text.trim());
  for (const { 0: token, index } of inner.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]| AND /g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === ' AND ' && depth === 0) {
      parts.push(inner.slice(start, index));
      start = index + token.length;
    }
  }
  parts.push(inner.slice(start));
  return parts.length === 1 ? [inner] : parts.flatMap(splitAnd);
}

/** Removes the brackets around the whole text. */
function stripBrackets(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    if (depth === 0 && index < text.length - 1) return text;
  }
  return stripBrackets(text.slice(1, -1).trim());
}

function toNames(catalogue: Catalogue, names: readonly QualifiedName[]): string[] {
  return names.map((name) => toRelativeName(catalogue, name)).sort();
}
