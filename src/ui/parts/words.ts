// How the page shows values: times, revisions, people.

/** `3 min ago`, `in 2 h`; the exact time belongs into a title. */
export function ago(at: string, now = Date.now()): string {
  const seconds = Math.round((now - Date.parse(at)) / 1000);
  // Clocks that differ by a little make nothing come from the future.
  return seconds < -5 ? `in ${lasting(-seconds)}` : `${lasting(Math.max(0, seconds))} ago`;
}

function lasting(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The name alone of `Name <mail>`. */
export function nameOf(by: string): string {
  return by.replace(/ <.*>$/, '');
}

export function short(revision: string): string {
  return revision.slice(0, 8);
}

/** The content of a form's field, trimmed. */
export function fieldOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
}
