/**
 * A plan in a file. It holds nothing that is ever run: what would be done is planned anew from the config, looked at anew, and compared with the
 * file, to the last step; so whoever changes the file can only make it be refused.
 */
import {createHash} from 'node:crypto';
import type {Cluster, Identity, Lock, Site} from '../model.ts';
import type {Agreed, Look} from './difference.ts';

export const format = 'kubestrap.dev/plan/v1';

/** What has to be the same on the operator's side; digests are sha256. */
export type Settings = {
	readonly kubestrap: string;
	readonly cluster: string;
	readonly config: string;
	readonly lock: string;
	/** Id of the bundle, or none. */
	readonly bundle: string;
	readonly 'skip-phases': string;
	readonly 'only-phases': string;
};

/** A step: `PHASE/LABEL`, what it wants, and how it was found: `same`, `waits`, or a digest of what was there instead. */
export type SavedStep = readonly [name: string, wants: string, found: string];

export type SavedNode = {
	readonly node: string;
	/** What the machine is, in few words: any other word is another machine. */
	readonly facts: Readonly<Record<string, string>>;
	readonly steps: readonly SavedStep[];
};

export type Saved = {
	readonly format: string;
	readonly settings: Settings;
	/** What is to be done, as the machines were: `init` or `apply`. */
	readonly recipe: string;
	/** Of the cluster, in the nodes' records; a cluster that is to be born is given this one. */
	readonly clusterId: string;
	/** Secrets that will be made, by their names. */
	readonly makes: readonly string[];
	readonly nodes: readonly SavedNode[];
	/** For people: what was shown. */
	readonly differences: readonly Agreed[];
};

export type Portrayed = {
	readonly recipe: string;
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly identity: Identity;
	readonly looks: readonly Look[];
	readonly differences: readonly Agreed[];
	readonly hostKeys: ReadonlyMap<string, string>;
};

export function portrait(seen: Portrayed, settings: Omit<Settings, 'cluster' | 'config' | 'lock'>): Saved {
	const {recipe, cluster, lock, sites, identity, looks, differences, hostKeys} = seen;
	const items = Object.values(identity.items).filter(({state}) => state === 'make');
	return {
		format,
		settings: {...settings, cluster: cluster.name, config: digest(withoutPaths(cluster)), lock: digest(lock)},
		recipe,
		clusterId: identity.clusterId,
		makes: items.map(({id}) => id).sort(),
		nodes: sites.map((site) => ({
			node: site.name,
			facts: factsOf(site, hostKeys.get(site.name)),
			steps: looks.filter(({node}) => node === site.name).map(stepOf),
		})),
		differences,
	};
}

function factsOf({address, role, stage, facts}: Site, hostKey = 'none'): Record<string, string> {
	const {machineId, hostname, arch, os, kernel, cgroup, container, resolvConf, swaps, ownership, files} = facts;
	return {
		'machine-id': machineId,
		'host key': hostKey,
		'host name': hostname,
		address,
		role,
		'place in the cluster': stage ?? 'none',
		architecture: arch,
		system: `${os.id} ${os.versionId}`,
		kernel,
		cgroup,
		container: container ?? 'none',
		'resolv.conf': resolvConf,
		swap: swaps.join(', ') || 'none',
		'what kubestrap recorded there': ownership === undefined ? 'none' : digest(ownership),
		'the last run that changed it': files['/var/lib/kubestrap/fence']?.text?.trim() ?? '0',
	};
}

/** Whether a wait is over may change while nobody changes anything. */
const stepOf = ({phase, label, step, input, made, differs, shown}: Look): SavedStep => [
	`${phase}/${label}`,
	input,
	step.kind === 'wait' ? 'waits' : differs ? digest({made, shown}).slice(0, 16) : 'same',
];

/** Where files lie on the operator's disk, and what he overlooks, says nothing of what is done; what they say does. */
function withoutPaths({
	sshConfig: _,
	lock: _lock,
	ignorePreflightErrors: _ignored,
	registration,
	mirror,
	patches,
	nodes,
	...cluster
}: Cluster): object {
	const {auth: _auth, ca: _ca, ...sources} = mirror;
	const {ignorePreflightErrors: _alsoIgnored, ...registered} = registration;
	return {
		...cluster,
		registration: registered,
		mirror: sources,
		patches: patches.map(({target, type, text}) => ({target, type, text})),
		nodes: nodes.map(({access: _access, ...node}) => node),
	};
}

export const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with sorted keys: the same value has one text. Absent and undefined are the same. */
export function canonical(value: unknown, indent?: string): string {
	const sorted = (_key: string, part: unknown) =>
		typeof part === 'object' && part !== null && !Array.isArray(part)
			? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
			: part;
	return JSON.stringify(value, sorted, indent);
}
