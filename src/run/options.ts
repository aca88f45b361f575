/** What the effects of a run are given. */
import type {Cluster, Living, Lock, Output, Secrets, Site, Tell} from '../model.ts';
import type {Artifacts} from './send.ts';

/** How a failed wait is explained: a constant script that gathers evidence on the node, and the catalogue that reads it (src/checks/causes.ts). */
export type Diagnose = {
	readonly script: string;
	readonly judge: (
		key: string,
		evidence: Output,
		cluster: Cluster,
		site: Site,
	) => {readonly ids: readonly string[]; readonly cause: string; readonly evidence: readonly string[]; readonly remedy: string};
	/** Names of the nodes that a wait's last words complain of. */
	readonly blamed: (evidence: readonly string[]) => readonly string[];
	/** A quick script for a wait that still goes on: what has died on the machine, and what it said last. `$1`: seconds that the wait has lasted. */
	readonly glimpse: string;
	/** The cause, once what the looks of one machine saw (oldest first) leaves no doubt that waiting is in vain. */
	readonly certainly: (looks: readonly string[], key: string) => string | undefined;
};

export type ExecuteOptions = {
	readonly secrets: Secrets;
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
	/** A locked artifact as a verified file on the operator's machine, for nodes without a downloader. */
	readonly artifacts: Artifacts;
	/** Everything comes from the operator, nothing from elsewhere; `rate`: at most so many bytes in a second over his line. */
	readonly offline?: {readonly rate?: number} | undefined;
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly diagnose?: Diagnose;
	/** The cluster that lives, if one does: its lease is held for the whole run. A cluster that is born has one once its API answers. */
	readonly living?: Pick<Living, 'seat'> | undefined;
	/** This run's id, as events and the nodes' locks name it. */
	readonly run?: string;
	/** Version of kubestrap, for the nodes' records. */
	readonly writer?: string;
};
