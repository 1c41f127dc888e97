// `npm run bench [-- --quick] [NAME …]`: runs the scenarios one after another, prints their tables and writes
// bench/results.md (not for a quick or partial run). Exit code 1 when a scenario failed; a missed aim is not a failure.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeLoad, describeMachine, readProcessorTime, type ProcessorTime } from './machine.ts';
import { formatReport, formatResult, type ScenarioResult } from './report.ts';
import type { Scenario } from './scenario.ts';
import { stopPostgres } from './postgres.ts';
import { admission } from './scenarios/admission.ts';
import { audit } from './scenarios/audit.ts';
import { constantCalls, primaryKeyCalls } from './scenarios/calls.ts';
import { canaryCalls } from './scenarios/canary-calls.ts';
import { canaryMemory } from './scenarios/canary-memory.ts';
import { canaryLook } from './scenarios/canary-look.ts';
import { canaryStop } from './scenarios/canary-stop.ts';
import { canarySimulation } from './scenarios/canary-simulation.ts';
import { check, rollbackMatrix } from './scenarios/check.ts';
import { checkUnderLoad } from './scenarios/check-under-load.ts';
import { eventListeners } from './scenarios/event-listeners.ts';
import { fileStore } from './scenarios/file-store.ts';
import { eventLoop } from './scenarios/event-loop.ts';
import { gates } from './scenarios/gates.ts';
import { coldStarts, pointerCommits } from './scenarios/large-repo.ts';
import { memory } from './scenarios/memory.ts';
import { pipelineCalls } from './scenarios/pipeline-calls.ts';
import { promoteCommand } from './scenarios/promote-command.ts';
import { propagation } from './scenarios/propagation.ts';
import { smoke } from './scenarios/smoke.ts';

const scenarios: readonly Scenario[] = [
  propagation,
  smoke,
  primaryKeyCalls,
  constantCalls,
  eventLoop,
  eventListeners,
  gates,
  admission,
  pipelineCalls,
  audit,
  canaryLook,
  canaryCalls,
  canaryMemory,
  canarySimulation,
  canaryStop,
  pointerCommits,
  coldStarts,
  promoteCommand,
  check,
  rollbackMatrix,
  checkUnderLoad,
  fileStore,
  memory,
];

/** The project's root, seen from dist-bench/bench/run.js. */
const root = fileURLToPath(new URL('../..', import.meta.url));

function select(names: readonly string[]): readonly Scenario[] {
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const known = scenarios.map((scenario) => scenario.name).join(', ');
    throw new Error(`no scenario is called ${unknown.join(', ')}; there are: ${known}`);
  }
  return names.length === 0 ? scenarios : scenarios.filter((scenario) => names.includes(scenario.name));
}

async function runScenario(
  scenario: Scenario,
  isQuick: boolean,
  signal: AbortSignal,
): Promise<ScenarioResult> {
  const directory = await mkdtemp(join(tmpdir(), 'stk-bench-'));
  const say = (text: string) => console.error(`  ${text}`);
  console.error(scenario.name);
  const before = readProcessorTime();
  try {
    const rows = await scenario.run({ directory, command: join(root, 'dist/main.js'), isQuick, say, signal });
    return { scenario, rows, failure: undefined, stolen: shareStolen(before, readProcessorTime()) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { scenario, rows: [], failure, stolen: undefined };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function shareStolen(from: ProcessorTime | undefined, to: ProcessorTime | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (to.stolen - from.stolen) / (to.all - from.all);
}

async function run(args: readonly string[]): Promise<number> {
  const isQuick = args.includes('--quick');
  const names = args.filter((arg) => arg !== '--quick');
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // What is being measured may wait for long: a second signal, or five seconds, end it where it is.
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort();
      setTimeout(() => process.exit(130), 5_000).unref();
    });
  }
  const results: ScenarioResult[] = [];
  const loadBefore = describeLoad();
  for (const scenario of select(names)) {
    if (interrupt.signal.aborted) break;
    const result = await runScenario(scenario, isQuick, interrupt.signal);
    console.log(formatResult(result));
    results.push(result);
  }
  await stopPostgres();
  if (!isQuick && names.length === 0 && !interrupt.signal.aborted) {
    const load = `${loadBefore} before, ${describeLoad()} after`;
    const facts = { machine: describeMachine(), load, at: new Date().toISOString() };
    await writeFile(join(root, 'bench/results.md'), formatReport(results, facts));
  }
  return results.some((result) => result.failure !== undefined) ? 1 : 0;
}

process.exitCode = await run(process.argv.slice(2));
