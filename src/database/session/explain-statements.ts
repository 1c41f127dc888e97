// Generic plans of many statements in few round trips, without executing them: EXPLAIN (GENERIC_PLAN) from PostgreSQL
// 16 on, and a replacement before.
import type { ExplainAnswer, SqlError, TypeInfo } from '../database.ts';
import { exchange } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import type { MessageWriter } from '../wire/message-writer.ts';
import { countRefused } from '../passing-error.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import { SqlFailure } from '../sql-failure.ts';

export interface PlannableText {
  readonly text: string;
  readonly parameterTypes: readonly TypeInfo[];
}

interface Session {
  readonly link: Link;
  readonly writer: MessageWriter;
  /** The most statements in one exchange. */
  readonly atOnce: number;
}

const genericPlan = 'explain (generic_plan) ';
const alwaysGeneric = "select pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)";
const deallocate = 'deallocate stk_explain';

export async function explainGeneric(
  { link, writer, atOnce }: Session,
  texts: readonly PlannableText[],
): Promise<ExplainAnswer[]> {
  const explained: ExplainAnswer[] = [];
  while (explained.length < texts.length) {
    for (const { text, parameterTypes } of texts.slice(explained.length, explained.length + atOnce)) {
      writer.run(
        genericPlan + text,
        parameterTypes.map(() => null),
      );
    }
    const reply = await exchange(link, writer.sync().take());
    for (let count = reply.tags.length; count > 0; count -= 1) explained.push({ ok: true });
    if (reply.error === undefined) continue;
    refuse(explained, texts.length, shift(reply.error, genericPlan.length));
  }
  return explained;
}

/** Three statements for each text: PREPARE, EXPLAIN EXECUTE with NULLs, DEALLOCATE. */
export async function explainPrepared(
  session: Session,
  texts: readonly PlannableText[],
): Promise<ExplainAnswer[]> {
  const { link, writer, atOnce } = session;
  const explained: ExplainAnswer[] = [];
  let leftOver = false;
  while (explained.length < texts.length) {
    if (leftOver) await cleanUp(session);
    leftOver = false;
    writer.run(alwaysGeneric);
    for (const { text, parameterTypes } of texts.slice(explained.length, explained.length + atOnce)) {
      const nulls = parameterTypes.map(() => 'null').join(', ');
      writer
        .run(writePrepare(parameterTypes) + text)
        .run(`explain execute stk_explain${nulls === '' ? '' : `(${nulls})`}`)
        .run(deallocate);
    }
    const reply = await exchange(link, writer.sync().take());
    const steps = reply.tags.length - 1;
    const whole = Math.floor(steps / 3);
    const failing = texts[explained.length + whole];
    for (let count = whole; count > 0; count -= 1) explained.push({ ok: true });
    if (reply.error === undefined || failing === undefined) continue;
    // PREPARE is not part of a transaction: it stays when the next step fails.
    leftOver = steps % 3 === 1;
    const before = [...writePrepare(failing.parameterTypes)].length;
    refuse(explained, texts.length, shift(reply.error, before));
  }
  if (leftOver) await cleanUp(session);
  return explained;
}

function refuse(explained: ExplainAnswer[], count: number, error: SqlError): void {
  for (let left = countRefused(error, count - explained.length); left > 0; left -= 1)
    explained.push({ ok: false, error });
}

async function cleanUp({ link, writer }: Pick<Session, 'link' | 'writer'>): Promise<void> {
  const { error } = await exchange(link, writer.run(deallocate).sync().take());
  if (error !== undefined) throw new SqlFailure(error);
}

function writePrepare(types: readonly TypeInfo[]): string {
  const list = types.map(spell).join(', ');
  return `prepare stk_explain${list === '' ? '' : `(${list})`} as `;
}

function spell(type: TypeInfo): string {
  if (type.element !== undefined) return `${spell(type.element)}[]`;
  if (type.schema === 'pg_catalog') return type.name;
  return `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

/** The position of an error in the text itself, without what was added before it. */
function shift(error: SqlError, by: number): SqlError {
  const position = error.position === undefined ? undefined : error.position - by;
  return { ...error, position: position !== undefined && position > 0 ? position : undefined };
}
