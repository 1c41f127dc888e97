// Which Hub of several writes the events of an environment: the port; src/app makes it of the databases' own locks.
import type { Project } from '../../model/project.ts';

export interface WriterLocks {
  /** Whether this process holds the lock; tries to take it. */
  isHeld(project: Project, environment: string): Promise<boolean>;
}
