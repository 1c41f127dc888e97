// Random schemas, operations over them and releases cut from both; then random changes, and the verdict beside what
// PostgreSQL really does. Short here, on the embedded engine; long, and on PostgreSQL 18 too, with STK_FUZZ_RUNS
// (npm run fuzz). STK_FUZZ_SEED takes another seed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBlocking } from '../../../src/model/finding.ts';
import { writeChange, type RandomChange } from '../../support/random/random-additions.ts';
import { listLosses } from '../../support/random/random-losses.ts';
import { buildOperations, operationRecipes } from '../../support/random/random-operations.ts';
import { findChanged, findNewFailures, tellTrial, type Trial } from '../../support/random/random-outcomes.ts';
import { openRandomRig, type RandomRig } from '../../support/random/random-rig.ts';
import { buildSchema, schemaRecipe } from '../../support/random/random-schema.ts';
import { pick, randomTypes } from '../../support/random/random-types.ts';

const long = process.env['STK_FUZZ_RUNS'];
const numRuns = Number(long ?? 5);
const seed = Number(process.env['STK_FUZZ_SEED'] ?? 20_261_121);
/** Making a counterexample small takes many runs; what was found until then is told. */
const interruptAfterTimeLimit = long === undefined ? 45_000 : 1_500_000;
const settings = { numRuns, seed, maxSkipsPerRun: 1000, interruptAfterTimeLimit };

/** Any of them as often: small ones would mean always the same changes. */
const number = fc.noBias(fc.nat(999));
const change = fc.record({ kind: number, table: number, column: number, type: number });
const changes = fc.array(change, { minLength: 1, maxLength: 4 });

const table = { key: 3, keyType: 0, isAside: 0, isPartitioned: 0, hasUnique: false, parent: null };
const columnOf = (sql: string) => ({
  type: randomTypes.findIndex((type) => type.sql === sql),
  nullable: false,
  hasDefault: false,
  kind: 0,
});

/** What a long run found, drawn again. */
const found = [
  {
    title: 'a column of any precision that has one now',
    loss: 'a written column is narrower',
    schema: { tables: [{ ...table, columns: [columnOf('numeric')] }], views: [], functions: [] },
    operation: { isInsert: true, kind: 0, table: 0, other: 0, given: 2 },
  },
];

describe.each(long === undefined ? (['pglite'] as const) : (['pglite', 'postgres-18'] as const))(
  'random releases on %s',
  (engine) => {
    let rig: RandomRig;
    beforeAll(async () => {
      rig = await openRandomRig(engine);
    });
    afterAll(() => rig.close());

    /** Makes it all, changes it, and looks; then `judge`. What it throws tells the whole story. */
    const attempt = async (
      [schemaDrawn, operationsDrawn]: readonly [
        Parameters<typeof buildSchema>[0],
        Parameters<typeof buildOperations>[0],
      ],
      write: (parts: Pick<Trial, 'schema' | 'operations'>) => readonly RandomChange[],
      judge: (trial: Trial) => void,
    ): Promise<void> => {
      const schema = buildSchema(schemaDrawn);
      const operations = buildOperations(operationsDrawn, schema);
      const parts = { schema, operations };
      const written = write(parts);
      fc.pre(written.length > 0);
      let trial: Trial = { ...parts, changes: [], before: new Map(), after: new Map(), findings: [] };
      try {
        const cut = await rig.cut(schema, operations);
        const done: RandomChange[] = [];
        for (const one of written) if (await rig.change(one.sql)) done.push(one);
        // The last is what it is about.
        fc.pre(done.includes(written.at(-1) ?? { title: '', sql: '' }));
        const looked = await rig.look(cut);
        trial = { ...parts, changes: done, before: cut.before, ...looked };
        judge(trial);
      } catch (error) {
        if (!(error instanceof Error) || fc.PreconditionFailure.isFailure(error)) throw error;
        throw new Error(`${error.message}\n${tellTrial(trial)}`, { cause: error });
      }
    };

    it('are not blocked by harmless changes, and still run', async () => {
      await fc.assert(
        fc.asyncProperty(schemaRecipe, operationRecipes, changes, (schema, operations, drawn) =>
          attempt(
            [schema, operations],
            (parts) => drawn.flatMap((one, index) => writeChange('harmless', one, { ...parts, index }) ?? []),
            ({ findings, before, after }) => {
              expect(findings.filter(isBlocking)).toEqual([]);
              expect(findChanged(before, after)).toEqual([]);
            },
          ),
        ),
        settings,
      );
    });

    it('are blocked when something that they use is lost, and executing them confirms it', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(schemaRecipe, operationRecipes),
          fc.tuple(number, number),
          fc.array(change, { maxLength: 2 }),
          (drawn, [kind, which], more) => {
            let hit = '';
            return attempt(
              drawn,
              (parts) => {
                const loss = pick(pick(listLosses(parts.schema, parts.operations), kind), which);
                hit = loss.operation;
                const others = more.flatMap(
                  (one, index) => writeChange('harmless', one, { ...parts, index }) ?? [],
                );
                return [...others, loss];
              },
              ({ findings, before, after }) => {
                expect(findChanged(before, after)).toContain(hit);
                expect(findings.filter(isBlocking).flatMap(({ operations }) => operations)).toContain(hit);
              },
            );
          },
        ),
        settings,
      );
    });

    it.each(found)('are blocked by what was once missed: $title', async ({ loss, schema, operation }) => {
      await attempt(
        [schema, [operation]],
        (parts) =>
          listLosses(parts.schema, parts.operations)
            .flat()
            .filter(({ title }) => title === loss),
        ({ findings, before, after }) => {
          expect(findChanged(before, after)).toEqual(['op0']);
          expect(findings.filter(isBlocking).flatMap(({ operations }) => operations)).toEqual(['op0']);
        },
      );
    });

    it('are blocked whenever an operation newly fails for the schema, whatever was changed', async () => {
      await fc.assert(
        fc.asyncProperty(schemaRecipe, operationRecipes, changes, (schema, operations, drawn) =>
          attempt(
            [schema, operations],
            (parts) => drawn.flatMap((one, index) => writeChange('any', one, { ...parts, index }) ?? []),
            ({ findings, before, after }) => {
              const blocked = findings.filter(isBlocking).flatMap((finding) => finding.operations);
              expect(findNewFailures(before, after).filter((name) => !blocked.includes(name))).toEqual([]);
            },
          ),
        ),
        settings,
      );
    });
  },
);
