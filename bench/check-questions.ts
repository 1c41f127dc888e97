// The floor of a check under load: a process of its own asks PostgreSQL what the check of a document asks that the Hub has
// not seen, and judges nothing. What calls pay for that they pay to the server and the machine, whoever asks.
import { readFingerprint } from '../src/database/catalogue/catalogue-fingerprint.ts';
import { openPostgres } from '../src/database/postgres/postgres.ts';
import { clock } from './clock.ts';
import { tableCount } from './workload.ts';

export interface QuestionsJob {
  readonly databaseUrl: string;
  /** Those that no answer is known of. */
  readonly statements: readonly string[];
}

const names = {
  relations: Array.from({ length: tableCount }, (_, index) => ({
    schema: undefined,
    name: `t${String(index).padStart(2, '0')}`,
  })),
  enums: [],
  functions: [],
  bodies: [],
};
let database: ReturnType<typeof openPostgres> | undefined;

async function ask({ databaseUrl, statements }: QuestionsJob): Promise<void> {
  database ??= openPostgres({
    url: databaseUrl,
    schema: 'public',
    role: undefined,
    limits: { statement: 10_000, lock: 2_000, pool: 1 },
    clock,
  });
  await database.inspect(async (session) => {
    await readFingerprint(session, names);
    const described = await session.describe(statements);
    const planned = statements.flatMap((text, index) => {
      const description = described[index];
      if (description?.ok !== true) throw new Error(`PostgreSQL refused ${text}`);
      return { text, parameterTypes: description.parameters };
    });
    await session.explain(planned);
    await readFingerprint(session, names);
  });
}

process.on('message', (message: QuestionsJob) => {
  ask(message).then(
    () => process.send?.('asked'),
    (error: unknown) => {
      throw error;
    },
  );
});
