// Works out whether an expression is NULL when some parameters are: three-valued logic over what the parse tree told, and
// whether functions are strict, as the catalogue says.
import type { Catalogue } from '../model/catalogue.ts';
import type { NullForm, RelationName } from '../sql/statement.ts';

/** `perhaps`: NULL in one of the branches of a CASE. `known`: not NULL. `unknown`: nothing is known. */
export type NullOutcome = 'null' | 'perhaps' | 'true' | 'false' | 'known' | 'unknown';

export interface Omission {
  readonly catalogue: Catalogue;
  /** Numbers of the parameters that are NULL; the others are not. */
  readonly omitted: ReadonlySet<number>;
}

export function readOutcome(form: NullForm, omission: Omission): NullOutcome {
  const outcomeOf = (one: NullForm): NullOutcome => readOutcome(one, omission);
  switch (form.kind) {
    case 'parameter':
      return omission.omitted.has(form.number) ? 'null' : 'known';
    case 'null':
      return 'null';
    case 'value':
      return 'known';
    case 'unknown':
      return 'unknown';
    case 'strict': {
      if (!form.functions.every((name) => isStrict(omission.catalogue, name))) return 'unknown';
      const outcomes = form.operands.map(outcomeOf);
      return outcomes.find((one) => one === 'null') ?? outcomes.find((one) => one === 'perhaps') ?? 'unknown';
    }
    case 'is-null': {
      const outcome = outcomeOf(form.operand);
      if (outcome === 'unknown' || outcome === 'perhaps') return 'unknown';
      return (outcome === 'null') === form.negated ? 'false' : 'true';
    }
    case 'guarded':
      return isRefused(outcomeOf(form.when)) ? 'known' : outcomeOf(form.form);
    case 'one-row':
      return isRefused(outcomeOf(form.when)) ? 'null' : outcomeOf(form.form);
    case 'case':
      return readCase(form, outcomeOf);
    default:
      return combine(form.kind, form.operands.map(outcomeOf));
  }
}

function combine(kind: 'first' | 'and' | 'or' | 'not', outcomes: readonly NullOutcome[]): NullOutcome {
  const [first = 'unknown'] = outcomes;
  if (outcomes.every((one) => one === 'null')) return 'null';
  switch (kind) {
    case 'first':
      return outcomes.every((one) => one === 'null' || one === 'perhaps') ? 'perhaps' : 'unknown';
    case 'not':
      return first === 'true' ? 'false' : first === 'false' ? 'true' : 'unknown';
    case 'and':
      // NULL and false are the same to a condition, and nothing else asks.
      return outcomes.some(isRefused)
        ? 'false'
        : outcomes.every((one) => one === 'true')
          ? 'true'
          : 'unknown';
    case 'or':
      return outcomes.includes('true') ? 'true' : outcomes.every(isRefused) ? 'false' : 'unknown';
  }
}

/** A condition that is not true. */
function isRefused(outcome: NullOutcome): boolean {
  return outcome === 'null' || outcome === 'false';
}

function readCase(
  { branches, otherwise }: Extract<NullForm, { readonly kind: 'case' }>,
  outcomeOf: (form: NullForm) => NullOutcome,
): NullOutcome {
  const possible: NullOutcome[] = [];
  for (const { when, form } of branches) {
    const condition = outcomeOf(when);
    if (isRefused(condition)) continue;
    possible.push(outcomeOf(form));
    if (condition === 'true') return summarise(possible);
  }
  return summarise([...possible, outcomeOf(otherwise)]);
}

function summarise(possible: readonly NullOutcome[]): NullOutcome {
  const [only] = possible;
  if (only !== undefined && possible.every((one) => one === only)) return only;
  return possible.some((one) => one === 'null' || one === 'perhaps') ? 'perhaps' : 'unknown';
}

/** Every function of the name: which one is called is not looked for. */
function isStrict({ functions }: Catalogue, { schema, name }: RelationName): boolean {
  const found = functions.filter(
    (one) => one.name === name && (schema === undefined || one.schema === schema),
  );
  return found.length > 0 && found.every(({ strict }) => strict);
}

/** Numbers of the parameters that the form is made of. */
export function parametersOf(form: NullForm): ReadonlySet<number> {
  switch (form.kind) {
    case 'parameter':
      return new Set([form.number]);
    case 'null':
    case 'value':
    case 'unknown':
      return new Set();
    case 'is-null':
      return parametersOf(form.operand);
    case 'guarded':
    case 'one-row':
      return new Set([...parametersOf(form.when), ...parametersOf(form.form)]);
    case 'case': {
      const parts = [form.otherwise, ...form.branches.flatMap((branch) => [branch.when, branch.form])];
      return new Set(parts.flatMap((part) => [...parametersOf(part)]));
    }
    default:
      return new Set(form.operands.flatMap((part) => [...parametersOf(part)]));
  }
}
