import type {Cluster, Site} from '../../model.ts';
import type {Evidence} from './evidence.ts';

/** What an explanation may use: the words that the pattern caught, and what was planned. */
export type Caught = {
	readonly words: readonly string[];
	/** Whose words they are: `kubelet`, `containerd`, `etcd` and so on. */
	readonly program: string;
	readonly cluster: Cluster;
	readonly site: Site;
};

/** One known cause of a wait that ran out. A new cause is one such row, in the table of its theme, and a fixture with its real words. */
export type Cause = {
	readonly id: string;
	/** Sections of the evidence that are read; absent: all logs. */
	readonly in?: RegExp;
	/** Tried on each line; the first line that matches gives the words. Linear patterns only: lines come from machines in any state. */
	readonly says: RegExp;
	/** Lines that say it and mean something else. */
	readonly unless?: RegExp;
	/** Holds only when this is so as well. */
	readonly if?: (evidence: Evidence) => boolean;
	/**
	 * No waiting mends it: a wait is ended at once when a program has died of it twice (src/checks/causes/certain.ts). Only for words with which programs
	 * die, and that do not depend on what others are about to do.
	 */
	readonly certain?: true;
	/** Lines of it that are no certainty all the same: what is missing may be about to be made. */
	readonly mayHeal?: RegExp;
	/** What is waited for (keys of waits) without any need of what this is about: there it is at most a consequence (src/checks/causes/waits.ts). */
	readonly notFor?: RegExp;
	/** A cause that others bring about as well: only taken when nothing firmer was found. */
	readonly weak?: true;
	readonly cause: string | ((caught: Caught) => string);
	readonly remedy: string | ((caught: Caught) => string);
};
