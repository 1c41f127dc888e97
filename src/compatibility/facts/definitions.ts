// Digests of definitions that only matter when they change: view and function bodies, conditions, triggers, policies.
// The texts are PostgreSQL's own and differ a little between its versions and with schema names. Such differences are
// removed first, so that a release that was cut on one version raises no false alarm on another.
import { createHash } from 'node:crypto';
import type { FunctionState } from '../../model/function-state.ts';
import type { Policy, Relation, Trigger } from '../../model/relation.ts';
import { writeKinds, type TriggerBaseline, type WriteKind } from '../../model/contract.ts';
import { quote } from '../check/check-context.ts';
import { compare } from './sorted.ts';

/** Bits of tgtype. */
export const triggerEvents = { insert: 4, delete: 8, update: 16 } as const;

/** 16 hexadecimal digits. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Before PostgreSQL 16, a view of one table, query or function wrote `orders.id` for every column; later versions write
 * `id`.
 */
export function digestView(definition: string): string {
  const text = simplify(definition).replace(/;$/, '');
  const name = readOnlyName(topLevelFrom(text));
  return digest(name === undefined ? text : replaceOutsideStrings(text, `${name}.`, ''));
}

/** The name of the only item in FROM: `orders o` → o, `(VALUES (1)) t(id)` → t. `undefined` when there are more. */
function readOnlyName(from: string): string | undefined {
  let depth = 0;
  let name: string | undefined;
  for (const [token] of from.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[\w$]+/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth > 0 || token.startsWith("'")) continue;
    else if (token === ',' || token === 'JOIN') return undefined;
    else if (token === 'TABLESAMPLE') return name;
    else name = token;
  }
  return name;
}

/** Replaces names of columns and tables in a view's definition: old names by new ones. */
export function replaceNames(definition: string, oldNames: ReadonlyMap<string, string>): string {
  if (oldNames.size === 0) return definition;
  const word = '(?:"(?:[^"]|"")*"|[\\w$]+)';
  return mapOutsideStrings(definition, (part) =>
    part
      .replaceAll(new RegExp(word, 'g'), (found) => {
        const old = oldNames.get(found.replaceAll(/^"|"$/g, '').replaceAll('""', '"'));
        return old === undefined ? found : quote(old);
      })
      .replaceAll(new RegExp(`(${word}) AS \\1(?![\\w$])`, 'g'), '$1'),
  );
}

/** Replaces relations with a schema in a view's definition: old names by new ones, quoted. */
export function replaceRelations(definition: string, oldRelations: ReadonlyMap<string, string>): string {
  let text = definition;
  for (const [now, old] of oldRelations) {
    const pattern = new RegExp(`(?<![\\w".$])${now.replaceAll(/[^\w"]/g, '\\$&')}(?![\\w".$])`, 'g');
    text = mapOutsideStrings(text, (part) => part.replaceAll(pattern, old));
  }
  return text;
}

/** For a check or an exclusion. Validation does not affect later writes. */
export function digestCondition(definition: string): string {
  return digest(simplify(definition).replace(/ (?:NOT VALID|NO INHERIT)/g, ''));
}

export function digestText(text: string): string {
  return digest(simplify(text));
}

/** Digests of the enabled ones. */
export function digestsOfTriggers(triggers: readonly Trigger[]): TriggerBaseline[] {
  return triggers
    .filter(({ enabled }) => enabled)
    .map((trigger) => ({
      name: trigger.name,
      digest: digestTrigger(trigger),
      instead: instead(trigger),
    }))
    .sort((a, b) => compare(a.name, b.name));
}

/** The events that a running INSTEAD OF trigger of a view, or a rule that replaces the statement, handles. */
export function instead({ definition, enabled, events }: Trigger): WriteKind[] {
  const isInstead = (events & 64) !== 0 || /^RULE \dtrue /.test(definition);
  if (!isInstead || !enabled) return [];
  return writeKinds.filter((kind) => (events & triggerEvents[kind]) !== 0);
}

/** What it runs and when counts; its name, its table's and its function's do not. */
export function digestTrigger(trigger: Trigger): string {
  return digestFiring(trigger, true);
}

/** `asUsual`: treats a trigger that fires ALWAYS like an ordinary one, because calls see no difference. */
function digestFiring(trigger: Trigger, asUsual: boolean): string {
  const text = nameless(trigger);
  if (trigger.code === undefined) return digest(text);
  const name = '(?:\\w+|"(?:[^"]|"")*")';
  const head = text
    .replace(/ [0-9a-f]{32}$/, '')
    .replace(/ A$/, asUsual ? ' O' : ' A')
    .replace(new RegExp(` EXECUTE (?:FUNCTION|PROCEDURE) (?:${name}\\.)?${name}\\(`), ' EXECUTE it(');
  return digest(`${head} ${simplifyCode(trigger.code, trigger.language)}`);
}

/** Also as older releases wrote it, which included the function's name and white space. */
export function digestsOfTrigger(trigger: Trigger): string[] {
  const written = nameless(trigger);
  return [
    digestTrigger(trigger),
    digestFiring(trigger, false),
    digest(written),
    digest(written.replace(/ A ([0-9a-f]{32})$/, ' O $1')),
  ];
}

function nameless({ definition }: Trigger): string {
  return simplify(definition)
    .replace(/^(CREATE (?:CONSTRAINT )?TRIGGER) (?:\w+|"(?:[^"]|"")*")/, '$1')
    .replace(/ ON (?:(?:\w+|"(?:[^"]|"")*")\.)?(?:\w+|"(?:[^"]|"")*") /, ' ON it ');
}

/** Role names differ between environments: only whether it is for everybody counts. */
export function digestPolicy({ command, permissive, forPublic, using, check }: Policy): string {
  const definition = [using, check].filter((part) => part !== undefined).join('|');
  return digest([command, permissive, forPublic, simplify(definition)].join('|'));
}

/** Its flags come after its code, so a comment at the end of the code would include them. */
export function digestFunction({ body, language, aggregate }: FunctionState): string {
  const [flags = ''] = /\|[tf]\|[tf]$/.exec(body) ?? [];
  const code = body.slice(0, body.length - flags.length);
  return digest(`${spaced(code, language).trimEnd()}${flags}${aggregate}`.trim());
}

/**
 * Also as older releases wrote it: with the flags lost in a comment, with white space (at the end or anywhere), and
 * without what an aggregate does.
 */
export function digestsOfFunction(one: FunctionState): string[] {
  const [flags = ''] = /\|[tf]\|[tf]$/.exec(one.body) ?? [];
  const code = spaced(one.body.slice(0, one.body.length - flags.length), one.language).trimEnd();
  return [
    digestFunction(one),
    digest(`${code} ${flags}${one.aggregate}`.trim()),
    digestFunction({ ...one, aggregate: '' }),
    digest(simplifyCode(one.body, one.language)),
    digest(trimmed(one.body)),
  ];
}

/** In SQL and PL/pgSQL, comments and the kind of white space have no meaning. */
function simplifyCode(code: string, language: string): string {
  return spaced(code, language).trim();
}

function spaced(code: string, language: string): string {
  if (language !== 'sql' && language !== 'plpgsql') return code.replaceAll('\r\n', '\n');
  return code.replaceAll(
    /([eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[^]*?\$\2\$)|(?:\s|--[^\n]*|\/\*[^]*?\*\/)+/g,
    (_found, kept: string | undefined) => kept ?? ' ',
  );
}

function trimmed(code: string): string {
  return code.replaceAll('\r\n', '\n').trim();
}

/** NOT ENFORCED constraints have no effect. */
export function isEnforced(definition: string): boolean {
  return !definition.endsWith(' NOT ENFORCED');
}

export function digestsOfChecks(constraints: Relation['constraints']): string[] {
  const checks = constraints.filter(({ type, definition }) => type === 'c' && isEnforced(definition));
  return [...new Set(checks.map(({ definition }) => digestCondition(definition)))].sort();
}

/**
 * Removes white space, casts between the text types, and brackets around a single name: they differ between varchar and
 * text.
 */
function simplify(text: string): string {
  return mapOutsideStrings(text.replaceAll(/\s+/g, ' ').trim(), (part) =>
    part
      .replaceAll(/::(?:text|character varying|bpchar|varchar)(?:\(\d+\))?(?:\[\])?/g, '')
      .replaceAll(/(?<![\w"])\(((?:\w+\.)?\w+)\)/g, '$1'),
  ).replaceAll(/(?<![\w"])\(('(?:[^']|'')*')\)/g, '$1');
}

/** The part between the outermost FROM and the next clause; '' when none exists. */
function topLevelFrom(text: string): string {
  let depth = 0;
  let start = -1;
  for (const match of text.matchAll(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\b(?:FROM|WHERE|GROUP BY|HAVING|WINDOW|ORDER BY|LIMIT|OFFSET|UNION|INTERSECT|EXCEPT|FETCH|FOR)\b/g,
  )) {
    const [token] = match;
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth === 0 && token === 'FROM' && start < 0) start = match.index + 5;
    else if (depth === 0 && start >= 0 && /^[A-Z]/.test(token)) return text.slice(start, match.index).trim();
  }
  return start < 0 ? '' : text.slice(start).trim();
}

function replaceOutsideStrings(text: string, from: string, to: string): string {
  const pattern = new RegExp(`(?<![\\w".])${from.replaceAll(/[^\w"]/g, '\\$&')}`, 'g');
  return mapOutsideStrings(text, (part) => part.replaceAll(pattern, to));
}

function mapOutsideStrings(text: string, change: (part: string) => string): string {
  return text
    .split(/('(?:[^']|'')*')/)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join('');
}
