// The conditions of an environment in words.
import { markOf } from '../parts/standing.ts';
import { Time } from '../parts/time.tsx';
import type { Condition, Status } from '../state/answers.ts';

/** What stands against the environment is open; what holds is there for who asks. */
export function Conditions({ status: { conditions, admission } }: { readonly status: Status }) {
  const isFine = (one: Condition): boolean => ['pass', 'idle'].includes(markOf(one));
  // The top of the page says what `Ready` and its cause say, and the gates what `Admitted` says.
  const said = conditions.find(({ type }) => type === 'Ready')?.reason;
  const isSaid = ({ type, reason }: Condition): boolean =>
    reason === said || (type === 'Admitted' && admission !== undefined);
  const against = conditions.filter((one) => !isFine(one) && !isSaid(one));
  const fine = conditions.filter((one) => !against.includes(one));
  const isCalm = conditions.every(isFine);
  return (
    <section class="panel" aria-label="conditions">
      <h2>Conditions</h2>
      {against.length === 0 ? null : <ConditionList label="against it" conditions={against} />}
      {fine.length === 0 ? null : (
        <details>
          <summary>
            {isCalm ? 'Nothing stands against it' : 'All the others'}: {fine.length} conditions
          </summary>
          <ConditionList label="others" conditions={fine} />
        </details>
      )}
    </section>
  );
}

function ConditionList({
  label,
  conditions,
}: {
  readonly label: string;
  readonly conditions: readonly Condition[];
}) {
  return (
    <ul class="items" aria-label={label}>
      {conditions.map((condition) => (
        <li key={condition.type}>
          <div>
            <strong>{condition.type}</strong>{' '}
            <span class={`mark ${markOf(condition)}`}>{condition.status}</span>
          </div>
          <div>
            <span class="dim">{condition.reason}</span> {condition.message}
          </div>
          <div class="dim">
            <Time at={condition.since} />
          </div>
        </li>
      ))}
    </ul>
  );
}
