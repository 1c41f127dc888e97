// A chart of a few lines over time, drawn by uPlot. Who cannot see it is told the newest values.
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';

const colors = ['#2563eb', '#d97706', '#059669', '#9333ea'];

export interface ChartProps {
  readonly title: string;
  readonly labels: readonly string[];
  readonly data: [number[], ...(number | null)[][]];
}

export function Chart({ title, labels, data }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const key = labels.join(' ');
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    // Read at each drawing, since light may become dark.
    const stroke = (): string => getComputedStyle(current).color;
    const axis = { stroke, grid: { stroke: '#8884', width: 1 } };
    const sizeOf = () => ({ width: Math.min(480, current.clientWidth), height: 160 });
    const drawn = new UPlot(
      {
        ...sizeOf(),
        series: [
          {},
          ...labels.map((label, index) => ({
            label,
            stroke: colors[index % colors.length] ?? '#888',
            width: 2,
          })),
        ],
        axes: [axis, axis],
        cursor: { show: false },
        legend: { live: false },
      },
      data,
      current,
    );
    plot.current = drawn;
    const sizes = new ResizeObserver(() => drawn.setSize(sizeOf()));
    sizes.observe(current);
    return () => {
      sizes.disconnect();
      drawn.destroy();
    };
  }, [key]);
  useEffect(() => plot.current?.setData(data), [data]);
  const newest = labels.map((release, index) => `${release} ${data[index + 1]?.at(-1)?.toFixed(2) ?? '–'}`);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={box} role="img" aria-label={`${title}: ${newest.join(', ')}`} />
    </figure>
  );
}
