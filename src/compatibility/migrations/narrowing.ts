// Whether a column's new type holds less than the old one: digits, precision or characters are lost, silently or by a
// USING clause. Pure.

export interface DeclaredType {
  /** PostgreSQL's own name: int4, varchar, numeric, timestamptz. */
  readonly name: string;
  /** The values in brackets: length, or precision and scale. */
  readonly modifiers: readonly number[];
  /** As people write it. */
  readonly text: string;
}

const integers = ['int2', 'int4', 'int8'];
const floats = ['float4', 'float8'];
const texts = ['text', 'varchar', 'bpchar'];
const moments = ['timestamp', 'timestamptz'];

export function isNarrowing(from: DeclaredType, to: DeclaredType): boolean {
  const [old, next] = [from.name, to.name];
  const isIn = (list: readonly string[]): boolean => list.includes(old) && list.includes(next);
  if (isIn(integers)) return integers.indexOf(next) < integers.indexOf(old);
  if (isIn(floats)) return floats.indexOf(next) < floats.indexOf(old);
  if (isIn(texts)) return lengthOf(to) < lengthOf(from);
  if (old === 'numeric' && next === 'numeric') return isNarrowerNumber(from, to);
  if (old === 'numeric' || floats.includes(old))
    return (
      integers.includes(next) || floats.includes(next) || (next === 'numeric' && to.modifiers.length > 0)
    );
  if (moments.includes(old)) {
    if (next === 'date' || next === 'time' || next === 'timetz') return true;
    return moments.includes(next) && (to.modifiers[0] ?? 6) < (from.modifiers[0] ?? 6);
  }
  return false;
}

function lengthOf({ name, modifiers }: DeclaredType): number {
  return modifiers[0] ?? (name === 'bpchar' ? 1 : Infinity);
}

function isNarrowerNumber({ modifiers: from }: DeclaredType, { modifiers: to }: DeclaredType): boolean {
  const [precision = Infinity, scale = Infinity] = shape(from);
  const [next = Infinity, nextScale = Infinity] = shape(to);
  const whole = (all: number, part: number): number => (all === Infinity ? Infinity : all - part);
  return nextScale < scale || whole(next, nextScale) < whole(precision, scale);
}

/** A precision without a scale has the scale 0. */
function shape([precision, scale = 0]: readonly number[]): readonly number[] {
  return precision === undefined ? [] : [precision, scale];
}
