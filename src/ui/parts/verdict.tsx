// Gates, findings and refusals, in the words that the Hub uses for them.
import type { Finding, Gate } from '../state/answers.ts';
import type { Problem } from '../state/hub.ts';
import { ago } from './words.ts';

const marks: Readonly<Record<string, string>> = { pass: '✓', pending: '…', fail: '✗', error: '!' };

export function GateMarks({ gates }: { readonly gates: readonly Gate[] }) {
  return (
    <ul class="marks" aria-label="gates">
      {gates.map((gate) => (
        <li key={gate.name} class={`mark ${gate.verdict}`} title={gate.sentence}>
          <span aria-hidden="true">{marks[gate.verdict] ?? '?'}</span> {gate.name}
          <span class="hidden">: {gate.verdict}</span>
        </li>
      ))}
    </ul>
  );
}

export function GateTable({ gates }: { readonly gates: readonly Gate[] }) {
  if (gates.length === 0) return <p>No gates.</p>;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="table of gates">
      <table>
        <thead>
          <tr>
            <th scope="col">Gate</th>
            <th scope="col">Verdict</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {gates.map((gate) => (
            <tr key={gate.name}>
              <th scope="row">{gate.name}</th>
              <td>
                <span class={`mark ${gate.verdict}`}>
                  {gate.verdict}
                  {gate.isSkipped === true ? ', skipped' : ''}
                </span>
              </td>
              <td class="says">
                {gate.sentence}
                {gate.again === null ? null : <div class="dim">Looked at again at {gate.again}.</div>}
                {gate.help === null ? null : <pre>{gate.help}</pre>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={`${finding.code} ${finding.object}`}>
          <p>
            <span class={`mark ${finding.severity}`}>{finding.severity}</span>{' '}
            <strong>
              {finding.code} {finding.slug}
            </strong>{' '}
            {finding.object}
          </p>
          <dl>
            <dt>expected</dt>
            <dd>{finding.expected}</dd>
            <dt>actual</dt>
            <dd>{finding.actual}</dd>
            {finding.operations === undefined || finding.operations.length === 0 ? null : (
              <>
                <dt>operations</dt>
                <dd>{finding.operations.join(', ')}</dd>
              </>
            )}
            <dt>do</dt>
            <dd>{finding.hint}</dd>
          </dl>
          {finding.migration === undefined ? null : <pre>{finding.migration}</pre>}
        </li>
      ))}
    </ul>
  );
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
      {problem.gates.length === 0 ? null : <GateTable gates={problem.gates} />}
      {problem.rollbackTargets.length === 0 ? null : (
        <p>These fit now: {problem.rollbackTargets.join(', ')}</p>
      )}
    </div>
  );
}

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {ago(at)}
    </time>
  );
}
