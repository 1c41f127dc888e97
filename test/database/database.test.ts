// The shared suite on every engine.
import { describeDatabase } from '../contract/database.ts';
import { describeOnEachEngine } from '../support/databases/database.ts';

describeOnEachEngine('a database', describeDatabase);
