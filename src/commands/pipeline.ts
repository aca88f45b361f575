/** What the commands need of the way through the house. */
import type {Cluster, Finding, Hosts, Lock, Site, Summary, Tell} from '../model.ts';

export type Walk = {
	/** The run's id, as events and the log carry it. */
	readonly run: string;
	readonly tell: Tell;
	readonly signal: AbortSignal;
	readonly acceptNewHostKeys: boolean;
	readonly sudoPassword?: () => Promise<string>;
	/** Told where secrets are kept as soon as there is such a place, so that no report shows one. */
	readonly hide: (values: () => readonly string[]) => void;
	readonly skipPhases: readonly string[];
	readonly onlyPhases: readonly string[];
	/** Called after a run without failures, while the connections still live. */
	readonly onceDone?: (hosts: Hosts, sites: readonly Site[]) => Promise<void>;
};

export type Outcome = {readonly summary: Summary; readonly sites: readonly Site[]};

export type Pipeline = {
	/** A new cluster, or what is missing of it. Throws PreflightError, ConnectError, IdentityError, LockedError; failed steps are in the summary. */
	initialise(cluster: Cluster, lock: Lock, walk: Walk): Promise<Outcome>;
	/** All findings on all machines, told as `check` events too. */
	preflight(cluster: Cluster, walk: Walk): Promise<readonly Finding[]>;
};
