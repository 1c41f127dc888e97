// Calls per second and the mean duration of a call, by release, since the page was opened, from the Hub's metrics.
import { useEffect, useState } from 'preact/hooks';
import { text } from '../state/hub.ts';
import { Chart } from './chart.tsx';

interface Reading {
  readonly at: number;
  /** By release: the total number of calls, and their total seconds. */
  readonly byRelease: ReadonlyMap<string, { readonly calls: number; readonly seconds: number }>;
}

/** Milliseconds between two readings, and how many are kept. */
const pace = 2_000;
const most = 300;
const line =
  /^stk_call_duration_seconds_(count|sum)\{environment="([^"]*)",operation="[^"]*",release="([^"]*)",code="[^"]*"\} (\S+)$/gm;

export function readCalls(metrics: string, environment: string, at: number): Reading {
  const byRelease = new Map<string, { calls: number; seconds: number }>();
  for (const [, what, of, release = '', value] of metrics.matchAll(line)) {
    if (of !== environment) continue;
    const sum = byRelease.get(release) ?? { calls: 0, seconds: 0 };
    if (what === 'count') sum.calls += Number(value);
    else sum.seconds += Number(value);
    byRelease.set(release, sum);
  }
  return { at, byRelease };
}

export function CallCharts({ environment }: { readonly environment: string }) {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  useEffect(() => {
    setReadings([]);
    const look = async (): Promise<void> => {
      const reading = readCalls(await text('metrics'), environment, Date.now());
      setReadings((before) => [...before, reading].slice(-most));
    };
    // A failed reading leaves a gap; the page itself shows that the Hub is unreachable.
    const read = (): void => void look().catch(() => undefined);
    read();
    const timer = setInterval(read, pace);
    return () => clearInterval(timer);
  }, [environment]);
  const releases = [...new Set(readings.flatMap(({ byRelease }) => [...byRelease.keys()]))].slice(-4);
  const steps = readings.slice(1).map((reading, index) => ({ reading, before: readings[index] ?? reading }));
  const column = (
    release: string,
    measure: (calls: number, seconds: number, took: number) => number | null,
  ) =>
    steps.map(({ reading, before }) => {
      const now = reading.byRelease.get(release);
      const then = before.byRelease.get(release) ?? { calls: 0, seconds: 0 };
      if (now === undefined) return null;
      return measure(now.calls - then.calls, now.seconds - then.seconds, (reading.at - before.at) / 1000);
    });
  const times = steps.map(({ reading }) => reading.at / 1000);
  const perSecond = releases.map((release) => column(release, (calls, _seconds, took) => calls / took));
  const duration = releases.map((release) =>
    column(release, (calls, seconds) => (calls === 0 ? null : (seconds / calls) * 1000)),
  );
  if (releases.length === 0) return <p class="dim">It has answered no call since the Hub started.</p>;
  return (
    <div class="charts">
      <Chart title="Calls per second" labels={releases} data={[times, ...perSecond]} />
      <Chart title="Mean duration, ms" labels={releases} data={[times, ...duration]} />
    </div>
  );
}
