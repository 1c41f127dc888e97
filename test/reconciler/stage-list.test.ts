import { describe, expect, it } from '@jest/globals';
import { StkError } from '../../src/kernel/errors.ts';
import { proceed, stopWith } from '../../src/reconciler/stages/stage.ts';
import { stages, type Acquiring } from '../../src/reconciler/stages/stage-list.ts';

interface Start {
  readonly signal: AbortSignal;
  readonly steps: string[];
}

const acquire =
  (name: string) =>
  ({ undo, steps }: Start & Acquiring) => {
    undo.push(async () => void steps.push(`release ${name}`));
    steps.push(name);
    return proceed({ [name]: true });
  };
const refuse = ({ steps }: Start) => {
  steps.push('refuse');
  return stopWith('Incompatible', new StkError('incompatible', 'it does not fit'));
};

const begin = (signal = new AbortController().signal): Start => ({ signal, steps: [] });

describe('a list of stages', () => {
  it('gives each stage what those before it found, and releases in the opposite order at its end', async () => {
    const start = begin();
    const list = stages<Start>()
      .and(acquire('one'))
      .and(acquire('two'))
      .and((found) => proceed({ sum: Object.keys(found).filter((key) => key === 'one' || key === 'two') }));
    expect(await list.run(start)).toMatchObject({ kind: 'continue', value: { sum: ['one', 'two'] } });
    expect(start.steps).toEqual(['one', 'two', 'release two', 'release one']);
  });

  it('ends with the first stage that does not continue', async () => {
    const start = begin();
    const list = stages<Start>().and(acquire('one')).and(refuse).and(acquire('two'));
    expect(await list.run(start)).toMatchObject({ kind: 'stop', reason: 'Incompatible' });
    expect(start.steps).toEqual(['one', 'refuse', 'release one']);
  });

  it('releases what it acquired when a stage throws', async () => {
    const start = begin();
    const list = stages<Start>()
      .and(acquire('one'))
      .and(() => {
        throw new Error('a defect');
      });
    await expect(list.run(start)).rejects.toThrow('a defect');
    expect(start.steps).toEqual(['one', 'release one']);
  });

  it('begins no stage after the signal has aborted', async () => {
    const stopping = new AbortController();
    const start = begin(stopping.signal);
    const list = stages<Start>()
      .and(acquire('one'))
      .and(() => {
        stopping.abort();
        return proceed({});
      })
      .and(acquire('two'));
    expect(await list.run(start)).toEqual({ kind: 'preempted' });
    expect(start.steps).toEqual(['one', 'release one']);
  });
});
