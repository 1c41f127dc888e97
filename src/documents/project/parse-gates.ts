// Parses what stk.yaml says about the path into each environment: `from` and `gates`. Each kind judges its own settings
// (gate-kind.ts).
import { pointerTo, toJson, type TreeMap } from '../yaml/document-tree.ts';
import type { Gate } from '../../model/pipeline/gate.ts';
import type { GateContext, GateKind } from './gate-kind.ts';
import { maxGates } from '../schemas/gate-schema.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { child, mapOf, mapsIn, textOf, textsOf } from '../yaml/tree-reader.ts';

type Say = (pointer: string, message: string) => void;

/** A text or a list of texts. */
export function readFrom(environment: TreeMap): readonly string[] {
  const one = textOf(environment, 'from');
  return one === undefined ? textsOf(environment, 'from') : [one];
}

/** Reports unknown environments, repetitions and circles. `all`: environment → its `from`. */
export function judgeFrom(all: ReadonlyMap<string, readonly string[]>, report: Say): void {
  for (const [environment, from] of all) {
    const pointer = `${pointerTo('/environments', environment)}/from`;
    for (const [i, name] of from.entries()) {
      const at = from.length === 1 ? pointer : `${pointer}/${i}`;
      if (!all.has(name)) report(at, `there is no environment "${name}"${suggest(name, all.keys())}`);
      else if (from.indexOf(name) < i) report(at, `"${name}" is listed twice`);
    }
  }
  for (const circle of findCircles(all)) {
    const [first = ''] = circle;
    const pointer = `${pointerTo('/environments', first)}/from`;
    report(
      pointer,
      `the environments form a circle, so nothing can enter one of them: ${[...circle, first].join(' from ')}`,
    );
  }
}

/** Each circle once, starting at the environment that comes first in the file. */
function findCircles(all: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of all.keys()) {
    // Depth first, with an explicit stack: ten thousand environments may form one chain.
    const path: string[] = [];
    const onPath = new Set<string>();
    const work: { name: string; leave: boolean }[] = [{ name: start, leave: false }];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const { name, leave } = next;
      if (leave) {
        path.pop();
        onPath.delete(name);
        done.add(name);
      } else if (onPath.has(name)) {
        circles.push(path.slice(path.indexOf(name)));
      } else if (!done.has(name)) {
        path.push(name);
        onPath.add(name);
        work.push({ name, leave: true });
        for (const from of all.get(name) ?? []) work.push({ name: from, leave: false });
      }
    }
  }
  return circles;
}

/** `context`: without the parts that differ by gate. */
export function readGates(
  environment: TreeMap,
  pointer: string,
  kinds: readonly GateKind[],
  context: Omit<GateContext, 'name'>,
): Gate[] {
  const entries = mapsIn(mapOf(environment, 'gates')).slice(0, maxGates);
  return entries.flatMap(([name, entry]): Gate[] => {
    const at = pointerTo(`${pointer}/gates`, name);
    if (name === 'from')
      context.report(at, '"from" is the name of the gate that the key "from" makes: choose another name');
    const kind = kinds.find((one) => entry.entries.has(one.kind));
    if (kind === undefined) return [];
    for (const key of entry.entries.keys()) {
      const owners = kinds.filter(({ beside }) => Object.hasOwn(beside, key));
      if (owners.length > 0 && !owners.includes(kind) && key !== kind.kind) {
        const names = owners.map((owner) => `"${owner.kind}"`).join(' or ');
        context.report(
          pointerTo(at, key),
          `"${key}" belongs to a gate of the kind ${names}, and this one is "${kind.kind}"`,
        );
      }
    }
    const evaluate = kind.configure(entry, {
      ...context,
      name,
      report: (below, message) => context.report(at + below, message),
      warn: (below, message) => context.warn(at + below, message),
    });
    return [
      {
        name,
        kind: kind.kind,
        settings: toJson(child(mapOf(environment, 'gates'), name) ?? entry),
        inHotfix: kind.inHotfix,
        evaluate,
      },
    ];
  });
}
