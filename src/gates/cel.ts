// CEL expressions over the facts of a gate. The only user of the CEL library. Limited to few nodes, no nested
// comprehensions, and a linear-time engine for patterns, so that no expression takes long.
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { BoundedCache } from '../kernel/bounded-cache.ts';
import { compilePattern } from '../documents/compile-pattern.ts';

export const maxExpression = 2048;
/** Characters of the notes that an expression sees. */
export const maxNotes = 65_536;

export interface Expression {
  /** Whether it reads the time, so that its answer can change without new facts. */
  readonly readsTime: boolean;
  evaluate(values: Readonly<Record<string, unknown>>): ExpressionResult;
}

export type ExpressionResult =
  { readonly ok: true; readonly value: boolean } | { readonly ok: false; readonly why: string };

const comprehensions = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const linearMatches = 'matchesLinear';
const patterns = new BoundedCache<ReturnType<typeof compilePattern>>(200);

const environment = new Environment({
  limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 8 },
})
  .registerVariable('release', 'map')
  .registerVariable('environment', 'string')
  .registerVariable('from', 'list<string>')
  .registerVariable('checks', 'map')
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerFunction(`string.${linearMatches}(string): bool`, matchLinear);

/** Throws an Error that explains what is wrong with it. */
export function compileExpression(text: string): Expression {
  const parsed = environment.parse(text);
  const nodes = [...walk(parsed.ast, 0)];
  for (const { node, loops } of nodes) {
    if (loops > 1)
      throw new Error('a comprehension (all, exists, map, filter) is not allowed inside another');
    if (node.op === 'rcall' && node.args[0] === 'bind') throw new Error('cel.bind is not supported');
  }
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error('the types do not fit');
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    throw new Error(`it gives ${checked.type ?? 'something else'}: expected true or false`);
  const run = environment.parse(
    replaceMatches(
      text,
      nodes.map(({ node }) => node),
    ),
  );
  if ([...walk(run.ast, 0)].some(({ node }) => isMatches(node)))
    throw new Error('write `matches` without a comment before it');
  return {
    readsTime: nodes.some(({ node }) => node.op === 'id' && node.args === 'now'),
    evaluate: (values) => {
      try {
        const value: unknown = run(values);
        return typeof value === 'boolean'
          ? { ok: true, value }
          : { ok: false, why: 'it gives neither true nor false' };
      } catch (error) {
        return { ok: false, why: explainExpressionError(error) };
      }
    },
  };
}

/** One line for people, without the library's picture of the position. */
export function explainExpressionError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'summary' in error && typeof error.summary === 'string'
    ? error.summary
    : (error.message.split('\n')[0] ?? '');
}

/** Every node, and how many comprehensions contain it, itself included. */
function* walk(node: ASTNode, outside: number): Generator<{ node: ASTNode; loops: number }> {
  const isLoop = node.op === 'rcall' && comprehensions.has(node.args[0]);
  const loops = outside + (isLoop ? 1 : 0);
  yield { node, loops };
  for (const inner of childrenOf(node.args)) yield* walk(inner, loops);
}

function childrenOf(args: unknown): ASTNode[] {
  if (isNode(args)) return [args];
  return Array.isArray(args) ? args.flatMap((arg: unknown) => childrenOf(arg)) : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'start' in value;
}

function isMatches(node: ASTNode): node is Extract<ASTNode, { op: 'rcall' }> {
  return node.op === 'rcall' && node.args[0] === 'matches';
}

/** The library's engine for `matches` can take forever: another function replaces it. */
function replaceMatches(text: string, nodes: readonly ASTNode[]): string {
  const places = nodes
    .flatMap((node) => (isMatches(node) ? [node.args[1].end] : []))
    .map((end) => text.indexOf('matches', end))
    .sort((a, b) => b - a);
  return places.reduce(
    (before, at) => before.slice(0, at) + linearMatches + before.slice(at + 'matches'.length),
    text,
  );
}

function matchLinear(text: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = compilePattern(pattern);
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text).find();
}
