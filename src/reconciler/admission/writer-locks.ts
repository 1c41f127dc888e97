// Which Hub of several acts in an environment and tells its events: the port; src/app makes it of the databases' own locks.
import type { Project } from '../../model/project.ts';

export interface WriterLocks {
  /**
   * Whether this process tells the events of the environment: it holds the lock, or held it when the database could last be
   * asked. Told twice an event counts once. Tries to take the lock.
   */
  isHeld(project: Project, environment: string): Promise<boolean>;
  /** Whether this process holds the lock now, so that no other one can. Tries to take it; false where the database does not answer. */
  leads(project: Project, environment: string): Promise<boolean>;
}
