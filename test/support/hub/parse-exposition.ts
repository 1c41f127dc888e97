// The text that Prometheus scrapes, by the beginning of a series.

/** A function that gives the values of all series whose text begins so. */
export function parseExposition(text: string): (prefix: string) => readonly number[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (prefix) =>
    lines
      .filter((line) => line.startsWith(prefix))
      .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}
