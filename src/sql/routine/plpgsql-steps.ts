// What a body in PL/pgSQL runs, in order: statements and expressions in SQL, and whether every call of the function
// reaches each. The parts in a branch, in a loop, after a possible RETURN or behind an exception handler may never run.
import { listOf, memberOf, recordOf, textOf, type TreeRecord } from '../parse-tree.ts';
import { parsePlpgsql, scanSql, type Token } from '../pg-parser.ts';

export interface Step {
  /** A statement of SQL; for an expression, its SELECT. */
  readonly text: string;
  /** Every call reaches it, and no handler catches its exceptions. */
  readonly isSure: boolean;
  /** For `target := …` in a trigger: the field of NEW that gets a value. */
  readonly assigns?: string | undefined;
  /** RETURN QUERY: its rows are the function's. */
  readonly isReturned?: boolean;
}

export interface Variable {
  /** As in a cast; `undefined` for a record, or when only PostgreSQL knows it. */
  readonly type: string | undefined;
  /** It may have fields. */
  readonly isRow: boolean;
}

export interface PlpgsqlBody {
  readonly steps: readonly Step[];
  /** By name, in any block; labels of blocks too. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** It runs texts that are only built during a call. */
  readonly isDynamic: boolean;
  /** Every variable is valid in the whole body, and its name always means the variable. */
  readonly hasOneScope: boolean;
}

/** Most nested blocks and branches. */
const deepestBlock = 50;

/**
 * For a complete CREATE FUNCTION. `argumentTypes`: by name, as in a cast. `undefined` when it does not parse, or is too
 * large to analyse.
 */
export function readPlpgsql(
  definition: string,
  argumentTypes: ReadonlyMap<string, string>,
): PlpgsqlBody | undefined {
  const scanned = scanSql(definition);
  if (!scanned.ok) return undefined;
  const source = scanned.tokens.findLast(({ text }) => text.startsWith('$'));
  const inside =
    source === undefined ? undefined : scanSql(source.text.replaceAll(/^\$[^$]*\$|\$[^$]*\$$/g, ''));
  if (inside?.ok !== true || isTooDeep(inside.tokens)) return undefined;
  // The library treats a variable of `orders%rowtype` as a plain one without known fields.
  const parsed = parsePlpgsql(definition.replaceAll(/%\s*rowtype\b/gi, ''));
  const [wrapped] = listOf(memberOf(parsed, 'plpgsql_funcs'));
  const root = recordOf(memberOf(wrapped, 'PLpgSQL_function'));
  const block = memberOf(root['action'], 'PLpgSQL_stmt_block');
  if (block === undefined) return undefined;
  const walker = new Walker();
  const datums = listOf(root['datums']).map(readDatum);
  const isOneBlock = countBlocks(root['action']) === (isWrapper(block) ? 2 : 1);
  // Arguments come first: a later entry with an argument's name is a variable.
  const given = new Map(argumentTypes);
  for (const datum of datums) {
    walker.declare(datum, given.get(datum.name));
    given.delete(datum.name);
    for (const key of ['default_val', 'cursor_explicit_expr'])
      walker.add(datum.body[key], isOneBlock && key === 'default_val');
  }
  for (const name of ['sqlstate', 'sqlerrm']) walker.name(name);
  for (const alias of listOf(root['aliases']))
    walker.name(textOf(memberOf(memberOf(alias, 'PLpgSQL_alias'), 'name')));
  walker.block(recordOf(block), true);
  for (const { body } of datums) walker.typeOf(body);
  const { steps, variables, isDynamic } = walker;
  // Variables of loops and arguments of cursors are only known in a part of the body.
  const hasOneScope =
    isOneBlock &&
    !/variable_conflict/i.test(definition) &&
    !inside.tokens.some(({ text }) => /^(?:for|foreach|cursor)$/i.test(text));
  return { steps, variables, isDynamic, hasOneScope };
}

function isTooDeep(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const [i, { text }] of tokens.entries()) {
    const isEnd = tokens[i - 1]?.text.toLowerCase() === 'end';
    if (/^(?:begin|if|case|loop)$/i.test(text) && !isEnd) depth += 1;
    if (/^end$/i.test(text)) depth -= 1;
    if (depth > deepestBlock) return true;
  }
  return false;
}

interface Datum {
  readonly kind: string;
  readonly name: string;
  readonly body: TreeRecord;
}

function readDatum(node: unknown): Datum {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  return { kind, name: textOf(body['refname']), body };
}

/** A block with a label is inside one that the library adds. */
function isWrapper(block: unknown): boolean {
  const [first] = listOf(memberOf(block, 'body'));
  return memberOf(first, 'PLpgSQL_stmt_block') !== undefined;
}

function countBlocks(node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum: number, item) => sum + countBlocks(item), 0);
  return Object.entries(recordOf(node)).reduce(
    (sum, [key, value]) => sum + (key === 'PLpgSQL_stmt_block' ? 1 : 0) + countBlocks(value),
    0,
  );
}

/** Conditions that an error about a missing object never matches. */
const dataConditions: ReadonlySet<string> = new Set([
  'unique_violation',
  'foreign_key_violation',
  'check_violation',
  'not_null_violation',
  'exclusion_violation',
  'integrity_constraint_violation',
  'no_data_found',
  'too_many_rows',
  'division_by_zero',
  'lock_not_available',
  'serialization_failure',
  'deadlock_detected',
  'raise_exception',
]);
/** A quoted text, which may be a label of an enum. */
const isText = /^\s*'(?:[^']|'')*'\s*$/;
/** Of elog.h. */
const errorLevel = 21;

/** The library's name for an argument whose type is not PostgreSQL's own, or an array of it. */
const unknownType = /^record(?:\[\])*$/;

class Walker {
  readonly steps: Step[] = [];
  readonly variables = new Map<string, Variable>();
  isDynamic = false;
  /** An earlier RETURN or EXIT may have left. */
  #mayHaveLeft = false;

  /** `given`: the type of an argument. The library only knows PostgreSQL's own. */
  declare({ kind, name, body }: Datum, given: string | undefined): void {
    if (kind !== 'PLpgSQL_var' && kind !== 'PLpgSQL_rec') return;
    const named = textOf(memberOf(memberOf(body['datatype'], 'PLpgSQL_type'), 'typname'));
    const written = unknownType.test(named) && given !== undefined ? given : named;
    // A comment is part of the library's type. The variable of a CASE gets a type from the library, and another one at
    // run time.
    const isPlain =
      !unknownType.test(written) && !name.startsWith('__Case__') && /^(?!.*(?:%|--|\/\*)).+$/s.test(written);
    const type = isPlain ? written : undefined;
    // Of two with one name, it is unknown which is meant.
    const isOther = this.variables.has(name) && this.variables.get(name)?.type !== type;
    const isRow = kind === 'PLpgSQL_rec' || this.variables.get(name)?.isRow === true;
    this.variables.set(name, { type: isOther ? undefined : type, isRow });
    // A function whose variables have no type cannot be called at all.
    if (kind === 'PLpgSQL_rec' && type !== undefined && type !== given && !name.startsWith('$'))
      this.steps.push({ text: `select cast(null as ${type})`, isSure: true });
  }

  /** `orders.total%type`, which PostgreSQL resolves as soon as it reads the function. */
  typeOf(body: TreeRecord): void {
    const written = textOf(memberOf(memberOf(body['datatype'], 'PLpgSQL_type'), 'typname'));
    const [, table, column] = /^(.+)\.([^.]+?) ?% ?type$/i.exec(written.replaceAll(/\s+/g, ' ').trim()) ?? [];
    if (table !== undefined && column !== undefined && !this.variables.has(table.toLowerCase()))
      this.steps.push({ text: `select ${column} from ${table}`, isSure: true });
  }

  name(name: string): void {
    if (name !== '') this.variables.set(name, { type: undefined, isRow: true });
  }

  add(expression: unknown, isSure: boolean, isReturned = false): void {
    const { query, parseMode } = recordOf(memberOf(expression, 'PLpgSQL_expr'));
    if (typeof query !== 'string') return;
    const mode = typeof parseMode === 'number' ? parseMode : 0;
    const value = mode < 3 ? query : readAssigned(query);
    const target = mode === 3 ? (/^\s*([a-z_]\w*)\s*:?=/.exec(query)?.[1] ?? '') : '';
    const type = isText.test(value) ? this.variables.get(target)?.type : undefined;
    const typed = type === undefined ? value : `cast(${value} as ${type})`;
    const text = mode === 0 ? value : `select ${typed}`;
    const assigns = mode < 3 ? undefined : readField(query);
    this.steps.push({ text, isSure: isSure && !this.#mayHaveLeft, assigns, isReturned });
  }

  block(body: TreeRecord, isSure: boolean): void {
    this.name(textOf(body['label']));
    const handlers = listOf(
      memberOf(memberOf(body['exceptions'], 'PLpgSQL_exception_block'), 'exc_list'),
    ).map((item) => recordOf(memberOf(item, 'PLpgSQL_exception')));
    const statements = listOf(body['body']);
    if (handlers.length === 0) return this.#all(statements, isSure);
    const conditions = handlers.flatMap((handler) => listOf(handler['conditions']));
    const isPassed = conditions.every((one) =>
      dataConditions.has(textOf(memberOf(memberOf(one, 'PLpgSQL_condition'), 'condname')).toLowerCase()),
    );
    // When the first one raises, the others do not run.
    this.#all(statements.slice(0, 1), isSure && isPassed);
    this.#all(statements.slice(1), false);
    for (const handler of handlers) this.#all(listOf(handler['action']), false);
  }

  #all(statements: readonly unknown[], isSure: boolean): void {
    let continues = isSure;
    for (const statement of statements) {
      const [kind, value] = Object.entries(recordOf(statement))[0] ?? ['', undefined];
      const body = recordOf(value);
      this.#statement(kind, body, continues);
      const level = body['elog_level'];
      if (kind === 'PLpgSQL_stmt_raise' && typeof level === 'number' && level >= errorLevel)
        continues = false;
    }
  }

  #statement(kind: string, body: TreeRecord, isSure: boolean): void {
    switch (kind) {
      case 'PLpgSQL_stmt_block':
        return this.block(body, isSure);
      case 'PLpgSQL_stmt_if':
        this.add(body['cond'], isSure);
        this.#all(listOf(body['then_body']), false);
        for (const item of listOf(body['elsif_list']))
          this.#when(memberOf(item, 'PLpgSQL_if_elsif'), 'cond', false);
        return this.#all(listOf(body['else_body']), false);
      case 'PLpgSQL_stmt_case':
        this.add(body['t_expr'], isSure);
        for (const [i, item] of listOf(body['case_when_list']).entries())
          this.#when(memberOf(item, 'PLpgSQL_case_when'), 'expr', isSure && i === 0);
        return this.#all(listOf(body['else_stmts']), false);
      case 'PLpgSQL_stmt_return':
        this.add(body['expr'], isSure);
        this.#mayHaveLeft = true;
        return;
      case 'PLpgSQL_stmt_exit':
        this.add(body['cond'], isSure);
        // A loop's own EXIT ends nothing else, and its inside is never certain.
        if (body['label'] !== undefined) this.#mayHaveLeft = true;
        return;
      default:
        return this.#plain(kind, body, isSure);
    }
  }

  #when(node: unknown, condition: string, isSure: boolean): void {
    const body = recordOf(node);
    this.add(body[condition], isSure);
    this.#all(listOf(body['stmts']), false);
  }

  /** Its expressions first, then the repeated part. */
  #plain(kind: string, body: TreeRecord, isSure: boolean): void {
    if (kind.startsWith('PLpgSQL_stmt_dyn') || 'dynquery' in body) this.isDynamic = true;
    this.name(textOf(body['label']));
    // The library names a FOREACH and cursors in several ways.
    const loop = ['var', 'target', 'body', 'label'];
    for (const [key, value] of Object.entries(body)) {
      if (loop.includes(key)) continue;
      for (const one of Array.isArray(value) ? value : [value]) {
        this.add(one, isSure, kind === 'PLpgSQL_stmt_return_query' && key === 'query');
        this.add(memberOf(memberOf(one, 'PLpgSQL_raise_option'), 'expr'), isSure);
      }
    }
    this.#all(listOf(body['body']), false);
  }
}

/** `new.total := …` → total. */
function readField(text: string): string | undefined {
  const [, word, quoted] = /^\s*new\s*\.\s*(?:([\p{L}_][\p{L}\p{N}_$]*)|"((?:[^"]|"")+)")/iu.exec(text) ?? [];
  return quoted === undefined ? word?.toLowerCase() : quoted.replaceAll('""', '"');
}

/** The part after `target :=`. */
function readAssigned(text: string): string {
  const scanned = scanSql(text);
  let depth = 0;
  for (const token of scanned.ok ? scanned.tokens : []) {
    if (token.text === '(' || token.text === '[') depth += 1;
    if (token.text === ')' || token.text === ']') depth -= 1;
    if (depth === 0 && (token.text === ':=' || token.text === '=')) return text.slice(token.end);
  }
  return 'null';
}
