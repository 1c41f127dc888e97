// Findings and refusals as the command line prints them: those of one object together, what blocks first, and one migration
// at the end.
import type { Finding } from '../state/answers.ts';
import type { Problem } from '../state/hub.ts';
import { GateList } from './gates.tsx';

const ranks = ['block', 'warn', 'accepted', 'info'];
/** Most operations and places that are named for one finding. */
const most = 6;

const weightOf = (finding: Finding): string =>
  finding.accepted === undefined ? finding.severity : 'accepted';
const isBlocking = (finding: Finding): boolean => weightOf(finding) === 'block';

export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const groups = groupByObject(findings);
  const blocking = findings.filter(isBlocking);
  const statements = [...new Set(blocking.flatMap(({ migration }) => migration ?? []))];
  const isWhole = blocking.every(({ migration }) => migration !== undefined);
  return (
    <>
      {groups.length === 0 ? null : (
        <ul class="findings">
          {groups.map((group) => (
            <li key={group[0]?.object}>
              {group.map((finding) => (
                <OneFinding finding={finding} />
              ))}
            </li>
          ))}
        </ul>
      )}
      {statements.length === 0 ? null : (
        <>
          <p>
            <strong>
              {isWhole ? 'A migration' : 'Part of a migration'} that would make the database fit
            </strong>{' '}
            (read it first)
          </p>
          <pre tabIndex={0}>{statements.join('\n')}</pre>
        </>
      )}
    </>
  );
}

function groupByObject(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  const sorted = [...findings].sort((a, b) => ranks.indexOf(weightOf(a)) - ranks.indexOf(weightOf(b)));
  for (const finding of sorted) {
    const group = groups.get(finding.object);
    if (group === undefined) groups.set(finding.object, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function OneFinding({ finding }: { readonly finding: Finding }) {
  const { code, slug, object, accepted, sqlstate, operations = [], locations = [] } = finding;
  const places = locations.map(
    ({ operation, line, column }) => `${operation} line ${line}, column ${column}`,
  );
  const rows = [
    ['expected', finding.expected],
    ['actual', finding.actual],
    ['operations', firstOf(operations, ', ')],
    ['in its SQL', firstOf(places, '; ')],
    ['SQLSTATE', sqlstate ?? ''],
    ['accepted', accepted === undefined ? '' : `${accepted.reason} (until ${accepted.until})`],
    ['do', finding.hint],
  ].filter(([, value]) => value !== '');
  return (
    <>
      <p>
        <span class={`mark ${weightOf(finding)}`}>{weightOf(finding)}</span>{' '}
        <span class="dim">
          {code} {slug}
        </span>{' '}
        <strong>{object}</strong>
      </p>
      <dl>
        {rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </>
  );
}

function firstOf(names: readonly string[], between: string): string {
  const more = names.length - most;
  return names.slice(0, most).join(between) + (more > 0 ? ` and ${more} more` : '');
}

/** The whole refusal: what the Hub says, the findings, the gates, and where one can go back to. */
export function Refusal({ problem }: { readonly problem: Problem }) {
  return (
    <div class="refusal" role="alert">
      <p>
        <strong>{problem.message}</strong> <code>{problem.code}</code>
      </p>
      {problem.hint === undefined ? null : <p>{problem.hint}</p>}
      <Findings findings={problem.findings} />
      {problem.gates.length === 0 ? null : <GateList gates={problem.gates} />}
      {problem.rollbackTargets.length === 0 ? null : (
        <p>
          <strong>Meanwhile you can roll back to</strong> {problem.rollbackTargets.join(', ')}
        </p>
      )}
    </div>
  );
}
