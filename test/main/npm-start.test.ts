// `npm start`: what a person or a service manager signals is npm, and the Hub behind it has to end with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { sendRequest } from '../support/hub/http-request.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('npm start ends with the Hub that it started when it is told to', async () => {
  const state = await mkdtemp(join(tmpdir(), 'stk-npm-start-'));
  const npm = spawn('npm', ['start', '--', '--listen', '127.0.0.1:0', '--state', join(state, 'hub')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let said = '';
    let port = 0;
    for await (const chunk of npm.stderr) {
      said += String(chunk);
      port = Number(/^Listening on http:\/\/127\.0\.0\.1:(\d+);/m.exec(said)?.[1] ?? 0);
      if (port > 0) break;
    }
    expect((await sendRequest(port, '/health/live')).status).toBe(200);
    const ended = once(npm, 'exit');
    npm.kill('SIGTERM');
    await ended;
    await expect(sendRequest(port, '/health/live')).rejects.toThrow();
  } finally {
    npm.kill('SIGKILL');
    await rm(state, { recursive: true, force: true });
  }
});
