// What a random operation is, and what it is drawn from: shared by the queries and the inserts.
import { quoteIdentifier } from '../../../src/kernel/quote-identifier.ts';
import type { RandomColumn, RandomFunction, RandomSchema, RandomTable, RandomView } from './random-schema.ts';

export type Need = 'select' | 'insert' | 'update' | 'delete';

export interface RandomStatement {
  readonly sql: string;
  readonly table: RandomTable;
  readonly view?: RandomView | undefined;
  readonly function?: RandomFunction | undefined;
  /** Columns of the table that the result shows as they are. */
  readonly shown: readonly RandomColumn[];
  /** Columns of the table that the statement names. */
  readonly named: readonly RandomColumn[];
  /** Columns that an input goes to. */
  readonly written: readonly RandomColumn[];
  /** Of an INSERT: the columns that it leaves to the database. */
  readonly omitted?: readonly RandomColumn[];
  readonly hasList?: boolean;
  readonly conflict?: 'columns' | 'constraint';
  /** The column of the conflict. */
  readonly target?: RandomColumn;
  /** Labels of the enum that stand in the text. */
  readonly labels?: readonly string[];
  /** What the role needs on the table, or on the view. */
  readonly needs: readonly Need[];
}

export interface RandomOperation extends RandomStatement {
  readonly name: string;
  readonly mode: 'read' | 'write';
  readonly inputs: readonly RandomInput[];
}

export interface RandomInput {
  readonly name: string;
  readonly value: string;
  /** The caller may leave it out. */
  readonly isOptional: boolean;
}

/** Gives each value that goes into the statement a parameter of its own. */
export class Inputs {
  readonly all: RandomInput[] = [];

  /** A value to write; left out where the column takes NULL. */
  write({ type, nullable, parent }: RandomColumn, row: 0 | 1 | 2 = 2): string {
    return this.#add(type.values[parent === undefined ? row : 0], nullable);
  }

  /** A value by which a row is found: never left out. */
  find({ type }: Pick<RandomColumn, 'type'>, row: 0 | 1 | 2): string {
    return this.#add(type.values[row], false);
  }

  #add(value: string, isOptional: boolean): string {
    const name = `p${this.all.length}`;
    this.all.push({ name, value, isOptional });
    return `:${name}`;
  }
}

export interface Draw {
  readonly table: RandomTable;
  readonly schema: RandomSchema;
  readonly other: number;
  /** Bits that choose columns. */
  readonly given: number;
  readonly inputs: Inputs;
}

export function q({ name }: { readonly name: string }): string {
  return quoteIdentifier(name);
}

/** The columns that the bits choose; the first where they choose none. */
export function choose(columns: readonly RandomColumn[], bits: number): readonly RandomColumn[] {
  const chosen = columns.filter((_column, at) => (bits >> at) % 2 === 1);
  return chosen.length > 0 ? chosen : columns.slice(0, 1);
}
