// Release notes for a pull request. Missing information becomes a line that says so. Pure.
import { notesSection } from '../../documents/release/notes-sections.ts';

export interface NotesFacts {
  readonly release: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** From the release file; '' when it has none. */
  readonly notes: string;
  /** The previous release; `undefined` when none exists. */
  readonly since: { readonly release: string; readonly ref: string } | undefined;
  /** The changes from that release, one a line; `undefined` when there is nothing to compare with. */
  readonly changes: readonly string[] | undefined;
  /** The newest record of each check. */
  readonly checks: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly run: string | undefined;
  }[];
  readonly approvals: readonly { readonly environment: string; readonly by: string }[];
  /** Where it was served, and whether a smoke test failed there. */
  readonly served: readonly { readonly environment: string; readonly at: string; readonly failed: boolean }[];
  /** The people who decide about a rollback. */
  readonly owners: readonly string[];
}

export interface ReleaseNotes {
  readonly release: string;
  readonly date: string;
  readonly scope: readonly string[];
  readonly risk: readonly string[];
  readonly validation: readonly string[];
  readonly rollback: readonly string[];
}

export function writeNotes(facts: NotesFacts): ReleaseNotes {
  const { release, createdAt, notes, since, changes, checks, approvals, served, owners } = facts;
  const said = itemsOf(notes, 'Scope');
  const risk = itemsOf(notes, 'Risk');
  const changed =
    since === undefined || changes === undefined
      ? []
      : changes.length === 0
        ? [`nothing in the release differs from ${since.release}`]
        : changes.map((line) => `since ${since.release}, ${line}`);
  const scope = [...said, ...changed];
  const validation = [
    ...checks.map(
      ({ name, passed, run }) =>
        `${name}: ${passed ? 'pass' : 'fail'}${run === undefined ? '' : ` (run ${run})`}`,
    ),
    ...served.map(({ environment, at, failed }) =>
      failed
        ? `smoke tests in ${environment}: fail`
        : `served in ${environment} since ${at}, no smoke test failed`,
    ),
    ...approvals.map(({ environment, by }) => `approved for ${environment}: ${by}`),
  ];
  return {
    release,
    date: new Date(createdAt).toISOString(),
    scope: scope.length > 0 ? scope : [unsaid('Scope')],
    risk: risk.length > 0 ? risk : [unsaid('Risk')],
    validation: validation.length > 0 ? validation : ['no check and no approval was recorded'],
    rollback: [
      since === undefined
        ? 'previous revision: there is no release before this one'
        : `previous revision: ${since.ref} (${since.release})`,
      `trigger owner: ${owners.length > 0 ? owners.join(', ') : 'nobody; name people.incident-commander in stk.yaml'}`,
      ...itemsOf(notes, 'Rollback'),
    ],
  };
}

export function formatNotes({ release, date, ...sections }: ReleaseNotes): string {
  const { scope, risk, validation, rollback } = sections;
  const block = (heading: string, items: readonly string[]): string =>
    [`${heading}:`, ...items.map((item) => `- ${item}`)].join('\n');
  const head = `Release: ${release}\nDate: ${date}\n${block('Scope', scope)}`;
  return [head, block('Risk', risk), block('Validation', validation), block('Rollback', rollback)].join(
    '\n\n',
  );
}

/** The lines of a section of the notes, without their dashes. */
function itemsOf(notes: string, heading: string): readonly string[] {
  const lines = (notesSection(notes, heading) ?? '').split('\n');
  return lines.map((line) => line.replace(/^\s*[-*]\s+/, '').trim()).filter((line) => line !== '');
}

function unsaid(heading: string): string {
  return `not stated; write "${heading}:" into the notes of the release`;
}
