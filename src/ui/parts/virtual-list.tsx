// A list with rows of one height, which draws only the visible ones.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  /** Pixels of a row. */
  readonly rowHeight: number;
  row(item: T, index: number): ComponentChildren;
  /** The last row is in sight, or nearly: there may be more to read. */
  onEnd?(): void;
}

const beyond = 8;

export function VirtualList<T>({ label, items, rowHeight, row, onEnd }: VirtualListProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [{ top, height }, look] = useState({ top: 0, height: 600 });
  const isEmpty = items.length === 0;
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const read = (): void => look({ top: current.scrollTop, height: current.clientHeight });
    read();
    const sizes = new ResizeObserver(read);
    sizes.observe(current);
    current.addEventListener('scroll', read, { passive: true });
    return () => {
      sizes.disconnect();
      current.removeEventListener('scroll', read);
    };
  }, [isEmpty]);
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond);
  const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + beyond);
  const isAtEnd = !isEmpty && last === items.length;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, items.length]);
  if (isEmpty) return null;
  return (
    <div class="rows" ref={box} tabIndex={0} role="region" aria-label={label}>
      <ul style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, index) => (
          <li
            key={first + index}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ top: `${(first + index) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {row(item, first + index)}
          </li>
        ))}
      </ul>
    </div>
  );
}
