// What a person at a terminal reads of the Hub's log.
import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { createReadableLog, logForm } from '../../src/app/readable-log.ts';

function linesOf(write: (logger: pino.Logger) => void): readonly string[] {
  const out = new PassThrough({ encoding: 'utf8' });
  const written: string[] = [];
  write(pino({ level: 'info', ...logForm }, createReadableLog(out)));
  // Whether one read gives all chunks or the first one depends on the Node version.
  for (let chunk: unknown = out.read(); typeof chunk === 'string'; chunk = out.read()) written.push(chunk);
  return written.join('').split('\n');
}

describe('the log on a terminal', () => {
  it('is one line an event: time, words, fields', () => {
    const lines = linesOf((logger) => {
      logger.info({ environment: 'dev', release: 'v1.1.0', durationMs: 12 }, 'release activated');
      logger.warn({ problem: 'two words' }, 'the config repo cannot be followed');
      logger.debug('not asked for');
    });
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d release activated environment=dev release=v1\.1\.0 durationMs=12$/,
      ),
      expect.stringMatching(/ warning: the config repo cannot be followed problem="two words"$/),
      '',
    ]);
  });

  it('lets no value steer the terminal', () => {
    const [line] = linesOf((logger) => logger.info({ by: '\u001b]0;title\u0007\u009b2J' }, 'committed'));
    expect(line).toMatch(/committed by="?[ -~]+$/);
  });

  it('shows the stack of an error', () => {
    const lines = linesOf((logger) => logger.error({ err: new Error('why') }, 'a request failed'));
    expect(lines[0]).toMatch(/ error: a request failed err=Error: why$/);
    expect(lines[1]).toMatch(/^ {4}at /);
  });
});
