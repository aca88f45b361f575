/** What a walk through the corridor is given. */
import type {Whole} from '../artifacts/bundle/together.ts';
import type {Saved} from '../foresight/saved.ts';
import type {Hosts, Site, Tell} from '../model.ts';
import type {Foreseen} from './foresee.ts';

export type Walk = {
	readonly tell: Tell;
	/** The run's id, which events, the log file and the nodes' locks carry. */
	readonly run: string;
	/** Version of kubestrap, for the nodes' records. */
	readonly version?: string;
	readonly signal: AbortSignal;
	readonly acceptNewHostKeys: boolean;
	readonly sudoPassword?: () => Promise<string>;
	/** Of an encrypted key that no agent holds. */
	readonly passphrase?: () => Promise<string>;
	/** How long to wait for another run to end; absent: not at all. */
	readonly lockSeconds?: number;
	/** How many machines are connected to at a time. */
	readonly concurrency?: number;
	/** Told where secrets are kept as soon as there is such a place, so that no report shows one. */
	readonly hide: (values: () => readonly string[]) => void;
	readonly skipPhases: readonly string[];
	readonly onlyPhases: readonly string[];
	/** Everything is installed from it; no mirror and no registry is asked by anybody. `rate`: bytes in a second over the operator's line. */
	readonly bundle?: {readonly whole: Whole; readonly rate?: number};
	/** Nothing is done, and nothing is written anywhere: what would be done is handed over here instead. */
	readonly foretell?: (foreseen: Foreseen) => Promise<void>;
	/** Nothing is done but this, and only where everything is as it was seen then. */
	readonly agreedOn?: Saved;
	/** Called after a run without failures, while the connections still live. */
	readonly onceDone?: (hosts: Hosts, sites: readonly Site[]) => Promise<void>;
};
