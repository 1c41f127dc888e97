// Which of several Hubs acts in an environment and sends its events: the port; src/app implements it with the
// databases' locks.
import type { Project } from '../../model/project.ts';

export interface WriterLocks {
  /**
   * Whether this process sends the environment's events: it holds the lock, or held it when the database last answered.
   * An event that is sent twice counts once. Tries to take the lock.
   */
  isHeld(project: Project, environment: string): Promise<boolean>;
  /**
   * Whether this process holds the lock now, so that no other one can. Tries to take it; `false` when the database does
   * not answer.
   */
  leads(project: Project, environment: string): Promise<boolean>;
}
