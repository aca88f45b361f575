import type {Cluster, Finding, Living, Lock, Selector, Site} from '../model.ts';
import type {Between} from './between-facts.ts';

/**
 * A look that the survey takes on a node: constant POSIX sh, run in a subshell with stdin closed, read only, standard tools only.
 * It sees the survey's arguments (`key=value`, src/survey/arguments.ts) as `"$@"`, and the functions of src/survey/script.ts.
 * `deep` looks cost time and make sense only where a runtime is: they run when the survey is asked for them.
 */
export type Probe = {readonly name: string; readonly sh: string; readonly deep?: true};

/** Everything a judge may know. Judges are pure. */
export type Case = {
	readonly cluster: Cluster;
	readonly site: Site;
	readonly sites: readonly Site[];
	/** Absent while there is no cluster that answers. */
	readonly living?: Living | undefined;
	/** How big the bundle is that everything comes from; absent: it comes from elsewhere. */
	readonly bundleBytes?: number | undefined;
	/** Absent: how big the artifacts are is not known. */
	readonly lock?: Lock | undefined;
	/** What machines are for each other; absent: it was not asked, because all of them are part of a cluster already. */
	readonly between?: Between | undefined;
	/** Of this kubestrap. */
	readonly version?: string | undefined;
};

/** What a judge says of one subject: `id` when the row stands for a family of names (`Port-6443`), `level` when it differs from the row's. */
export type Verdict = {
	readonly id?: string;
	readonly level?: Finding['level'];
	readonly evidence: string;
	readonly remedy: string;
};

/** One preflight check. A new check is one such row, in the table of its theme. */
export type Check = {
	/** kubeadm's name where kubeadm has the check; `<…>` stands for what the id has instead. */
	readonly name: string;
	readonly from: 'kubeadm' | 'kubestrap';
	readonly level: Finding['level'];
	readonly on: Selector;
	/** `bare`: before anything is changed. `after`: its subject is made true by that phase, so it is judged once that phase is done. */
	readonly when: 'bare' | {readonly after: string};
	/** Its subject becomes ours when Kubernetes is laid down (a port, a file): never judged where the record says that this began, nor on members of a cluster that lives. */
	readonly unowned?: boolean;
	readonly probes?: readonly Probe[];
	readonly judge: (one: Case) => readonly Verdict[];
};

/** Standard output of a probe; empty when the node could not answer it (its tool is missing). */
export function said({facts}: Site, {name}: Probe): string {
	const output = facts.probes[name];
	return output === undefined || output.code !== 0 ? '' : output.stdout;
}

export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
