import type {Difference} from './difference.ts';

/** What is said of one step that differs. */
export type Said = Pick<Difference, 'change' | 'from' | 'to' | 'diff'>;
