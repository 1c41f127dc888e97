// Reads freezes/<name>.yaml and vetoes/<release>.yaml. They fail closed: an unreadable freeze freezes everything, and
// an unreadable veto vetoes.
import { suggest } from '../kernel/nearest-name.ts';
import { isDate, isDateTime } from '../kernel/times.ts';
import { type Freeze, freezePath, maxStopBytes, type Veto, vetoPath } from '../model/pipeline/freeze.ts';
import { formatProblems, type Parsed } from '../model/problem.ts';
import { freezeSchema, vetoSchema } from './schemas/stop-schemas.ts';
import { readDocument } from './yaml/read-document.ts';
import { child, textOf, textsOf } from './yaml/tree-reader.ts';

interface FreezeSource {
  /** The file's name, without `.yaml`. */
  readonly name: string;
  /** All environments of the project. */
  readonly environments: ReadonlySet<string>;
}

export function parseFreeze(text: string, { name, environments }: FreezeSource): Parsed<Freeze> {
  const file = freezePath(name);
  const { root, report, problems } = readDocument(text, {
    file,
    maxBytes: maxStopBytes,
    schema: freezeSchema,
  });
  const said = textOf(root, 'freeze');
  if (said !== undefined && said !== name)
    report('/freeze', `"${said}" differs from the file name "${name}"`);
  const listed = child(root, 'environments') === undefined ? undefined : textsOf(root, 'environments');
  for (const [i, one] of (listed ?? []).entries()) {
    if (!environments.has(one))
      report(`/environments/${i}`, `there is no environment "${one}"${suggest(one, environments)}`);
  }
  const moment = (key: 'from' | 'until'): number | undefined => {
    const written = textOf(root, key);
    if (written === undefined) return undefined;
    if (isDateTime(written)) return Date.parse(written);
    // A named day is included completely.
    if (isDate(written)) return Date.parse(written) + (key === 'until' ? 86_400_000 : 0);
    report(`/${key}`, `"${written}" is not a date: expected YYYY-MM-DD or an RFC 3339 time with a zone`);
    return undefined;
  };
  const [from, until] = [moment('from'), moment('until')];
  if (from !== undefined && until !== undefined && from >= until)
    report('/until', 'it ends before it begins');
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  const allowsHotfix = textsOf(root, 'allow').includes('hotfix');
  const reason = textOf(root, 'reason') ?? '';
  return {
    ok: true,
    value: { name, environments: listed, reason, from, until, allowsHotfix, broken: undefined },
  };
}

/** The freeze that the file makes, whatever its content. */
export function readFreeze(text: string, source: FreezeSource): Freeze {
  const parsed = parseFreeze(text, source);
  return parsed.ok ? parsed.value : brokenFreeze(source.name, formatProblems(parsed.problems));
}

/** The freeze for a file under freezes/ that is too large, not a regular file, or not readable as a freeze. */
export function brokenFreeze(name: string, why: string): Freeze {
  const reason = `${freezePath(name)} cannot be read, so everything is frozen: ${why}`;
  return {
    name,
    environments: undefined,
    reason,
    from: undefined,
    until: undefined,
    allowsHotfix: false,
    broken: why,
  };
}

export function parseVeto(text: string, { release }: { readonly release: string }): Parsed<Veto> {
  const file = vetoPath(release);
  const { root, report, problems } = readDocument(text, { file, maxBytes: maxStopBytes, schema: vetoSchema });
  const said = textOf(root, 'veto');
  if (said !== undefined && said !== release)
    report('/veto', `"${said}" differs from the file name "${release}"`);
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  return { ok: true, value: { release, reason: textOf(root, 'reason') ?? '', broken: undefined } };
}

/** The veto that the file makes, whatever its content. */
export function readVeto(text: string, source: { readonly release: string }): Veto {
  const parsed = parseVeto(text, source);
  return parsed.ok ? parsed.value : brokenVeto(source.release, formatProblems(parsed.problems));
}

/** The veto for a file under vetoes/ that cannot be read as a veto. */
export function brokenVeto(release: string, why: string): Veto {
  return {
    release,
    reason: `${vetoPath(release)} cannot be read, so the release is vetoed: ${why}`,
    broken: why,
  };
}
