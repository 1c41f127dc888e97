// Computes whether an expression is NULL when some parameters are: three-valued logic over the parse tree, with the
// strictness of functions from the catalogue.
import type { Catalogue } from '../../model/catalogue.ts';
import type { FunctionState } from '../../model/function-state.ts';
import type { NullForm, RelationName } from '../../sql/statement.ts';

/**
 * `perhaps`: NULL in one branch of a CASE, or when a sub-select finds no row. `known`: not NULL. `unknown`: nothing is
 * known.
 */
export type NullOutcome = 'null' | 'perhaps' | 'true' | 'false' | 'known' | 'unknown';

export interface Omission {
  readonly catalogue: Pick<Catalogue, 'functions'>;
  /** Numbers of the parameters that are NULL; the others are not. */
  readonly omitted: ReadonlySet<number>;
  /** Known values of some of the others, as SQL writes them. */
  readonly values?: ReadonlyMap<number, string>;
  readonly effort: Effort;
}

/** How much may still be visited; everything beyond it is unknown. */
export interface Effort {
  left: number;
}

/** Reduces the remaining effort; `false` when not enough is left. */
export function spend(effort: Effort, amount: number): boolean {
  effort.left -= amount;
  return effort.left >= 0;
}

export function readOutcome(form: NullForm, omission: Omission): NullOutcome {
  if (!spend(omission.effort, 1)) return 'unknown';
  const outcomeOf = (one: NullForm): NullOutcome => readOutcome(one, omission);
  switch (form.kind) {
    case 'parameter': {
      if (omission.omitted.has(form.number)) return 'null';
      const value = omission.values?.get(form.number);
      return value === 'true' || value === 'false' ? value : 'known';
    }
    case 'nullif': {
      const outcome = outcomeOf(form.operand);
      if (outcome === 'null' || outcome === 'perhaps') return outcome;
      return isOneOf(form, omission) === true ? 'null' : 'unknown';
    }
    case 'equals': {
      if (outcomeOf(form.operand) === 'null') return 'null';
      const isEqual = isOneOf(form, omission);
      return isEqual === undefined ? 'unknown' : isEqual ? 'true' : 'false';
    }
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
      return readRow(form, outcomeOf);
    case 'case':
      return readCase(form, outcomeOf);
    default:
      return combine(form.kind, form.operands.map(outcomeOf));
  }
}

type ComparingForm = Extract<NullForm, { readonly kind: 'nullif' | 'equals' }>;

/** `undefined` when the parameter's value is unknown. */
function isOneOf({ parameter, values }: ComparingForm, omission: Omission): boolean | undefined {
  const value = omission.values?.get(parameter);
  return value === undefined ? undefined : values.includes(value);
}

/** A sub-select without a condition counts as finding its row. */
function readRow(
  { when, form }: Extract<NullForm, { readonly kind: 'one-row' }>,
  outcomeOf: (form: NullForm) => NullOutcome,
): NullOutcome {
  const [condition, outcome] = [outcomeOf(when), outcomeOf(form)];
  if (isRefused(condition) || outcome === 'null') return 'null';
  return condition === 'true' || when.kind === 'value' ? outcome : 'perhaps';
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
      // A condition treats NULL and false alike, and no other code needs the difference.
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

const byName = new WeakMap<Omission['catalogue'], ReadonlyMap<string, readonly FunctionState[]>>();

/** Every function of the name, because the called one is not determined. */
function isStrict(catalogue: Omission['catalogue'], { schema, name }: RelationName): boolean {
  const found = (functionsByName(catalogue).get(name) ?? []).filter(
    (one) => schema === undefined || one.schema === schema,
  );
  return found.length > 0 && found.every(({ strict }) => strict);
}

function functionsByName(catalogue: Omission['catalogue']): ReadonlyMap<string, readonly FunctionState[]> {
  const known = byName.get(catalogue);
  if (known !== undefined) return known;
  const found = new Map<string, FunctionState[]>();
  for (const one of catalogue.functions) {
    const same = found.get(one.name);
    if (same === undefined) found.set(one.name, [one]);
    else same.push(one);
  }
  byName.set(catalogue, found);
  return found;
}

/** Numbers of the parameters that the form contains. */
export function parametersOf(form: NullForm): ReadonlySet<number> {
  if (form.kind === 'parameter') return new Set([form.number]);
  return new Set(partsOf(form).flatMap((part) => [...parametersOf(part)]));
}

/** Literals that turn a parameter into NULL. */
export function nullifsOf(form: NullForm): readonly { readonly parameter: number; readonly value: string }[] {
  const own =
    form.kind === 'nullif' ? form.values.map((value) => ({ parameter: form.parameter, value })) : [];
  return [...own, ...partsOf(form).flatMap(nullifsOf)];
}

function partsOf(form: NullForm): readonly NullForm[] {
  switch (form.kind) {
    case 'parameter':
    case 'null':
    case 'value':
    case 'unknown':
      return [];
    case 'is-null':
    case 'nullif':
    case 'equals':
      return [form.operand];
    case 'guarded':
    case 'one-row':
      return [form.when, form.form];
    case 'case':
      return [form.otherwise, ...form.branches.flatMap((branch) => [branch.when, branch.form])];
    default:
      return form.operands;
  }
}
