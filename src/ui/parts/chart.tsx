// A chart of a few lines over time, drawn by uPlot. Screen readers get the newest values as text.
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';

/** Each is seen on white and on black. */
const colors = ['#2f6fde', '#c2650c', '#1a8f5a', '#a053d6'];

export interface ChartProps {
  readonly title: string;
  readonly labels: readonly string[];
  readonly data: [number[], ...(number | null)[][]];
  /** Lines come in pairs, the lower and the upper bound of something: what is between them is filled. */
  readonly isRange?: boolean;
}

const height = 170;
/** Seconds that the time axis shows at least. */
const leastSpan = 60;
const twoDigits = (part: number): string => String(part).padStart(2, '0');

function timeOf(seconds: number): string {
  const at = new Date(seconds * 1000);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
}

/** Of one moment alone uPlot would show a day. */
function rangeOf({ data: [times] }: UPlot): [number, number] {
  const last = times.at(-1) ?? 0;
  return [Math.min(times[0] ?? last, last - leastSpan), last];
}

export function Chart({ title, labels, data, isRange = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const key = labels.join(' ');
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    // Read at each drawing, because light mode may become dark mode.
    const stroke = (): string => getComputedStyle(current).color;
    const axis = { stroke, font: '12px system-ui, sans-serif', grid: { stroke: '#8883', width: 1 } };
    const sizeOf = () => ({ width: current.clientWidth, height });
    const colorOf = (index: number): string =>
      colors[(isRange ? index >> 1 : index) % colors.length] ?? '#888';
    const drawn = new UPlot(
      {
        ...sizeOf(),
        series: [
          {},
          ...labels.map((label, index) => ({ label, stroke: colorOf(index), width: isRange ? 1.5 : 2 })),
        ],
        ...(isRange
          ? {
              bands: labels.flatMap((_, index) =>
                index % 2 === 1
                  ? [{ series: [index + 1, index] as [number, number], fill: `${colorOf(index)}33` }]
                  : [],
              ),
            }
          : {}),
        scales: {
          x: { range: rangeOf },
          y: { range: { min: { pad: 0, soft: 0, mode: 1 }, max: { pad: 0.15, soft: 0.01, mode: 2 } } },
        },
        axes: [
          { ...axis, space: 76, values: (_, splits) => splits.map(timeOf) },
          { ...axis, size: 52 },
        ],
        cursor: { show: false },
        legend: { live: false },
      },
      data,
      current,
    );
    plot.current = drawn;
    const sizes = new ResizeObserver(() => drawn.setSize(sizeOf()));
    sizes.observe(current);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => drawn.redraw(false, true);
    dark.addEventListener('change', redraw);
    return () => {
      sizes.disconnect();
      dark.removeEventListener('change', redraw);
      drawn.destroy();
    };
  }, [key, isRange]);
  useEffect(() => plot.current?.setData(data), [data]);
  const newest = labels.map((release, index) => `${release} ${data[index + 1]?.at(-1)?.toFixed(2) ?? '–'}`);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title}: ${newest.join(', ')}`} />
    </figure>
  );
}
