import type { Row } from '../figures.js';
import { f11, f12 } from './database-away.js';
import { f3, f4 } from './killed-writers.js';
import { f31 } from './listeners.js';
import { f30 } from './schedules.js';
import { f28, f29 } from './trimmed-journals.js';

/** Every row of the fault table that the service can show so far. */
export const rows: readonly Row[] = [f3, f4, f11, f12, f28, f29, f30, f31];
