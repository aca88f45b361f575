/** The operator's kubeconfig: ours among those of other clusters, none of which we touch. */
import {randomBytes} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {hostPort} from '../cluster/network.ts';
import {operatorsAddress} from '../cluster/operators-address.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster} from '../model.ts';
import {parseYaml, toYaml} from '../yaml.ts';

type Named = {readonly name: string; readonly [key: string]: unknown};
type Kubeconfig = {
	readonly clusters: readonly Named[];
	readonly users: readonly Named[];
	readonly contexts: readonly Named[];
	readonly 'current-context'?: string;
	readonly [key: string]: unknown;
};

/**
 * A node's admin.conf with entries named after the cluster, as an operator with several clusters wants them. Where nothing stands before the
 * API servers, it points at the address by which the operator reaches the first control plane: admin.conf may name one that only nodes know.
 * Pure.
 */
export function operatorKubeconfig(adminConf: string, config: Cluster): Kubeconfig {
	const {name, nodes, bindPort} = config;
	const {clusters, users} = readKubeconfig(adminConf, 'admin.conf');
	const [cluster, user] = [clusters[0], users[0]];
	if (cluster === undefined || user === undefined)
		throw new ConfigError([{file: 'admin.conf', message: 'has no cluster or no user'}]);
	const first = nodes.find(({role}) => role === 'control-plane');
	const direct = first && operatorsAddress(first, config);
	const server = direct === undefined ? undefined : `https://${hostPort(direct, bindPort)}`;
	const admin = `${name}-admin`;
	return {
		apiVersion: 'v1',
		kind: 'Config',
		clusters: [{...cluster, ...(server && {cluster: {...(cluster.cluster as object), server}}), name}],
		users: [{...user, name: admin}],
		contexts: [{name, context: {cluster: name, user: admin}}],
		'current-context': name,
		preferences: {},
	};
}

/**
 * `own` put into `others`. An entry of the same name that belongs to another cluster (another authority) is a ConfigError unless
 * `overwrite`. The current context stays, if there is one. Pure.
 */
export function merged(others: Kubeconfig, own: Kubeconfig, {file, overwrite}: {file: string; overwrite: boolean}): Kubeconfig {
	const clash = others.clusters.find(
		(cluster) => own.clusters.some(({name}) => name === cluster.name) && authority(cluster) !== authority(own.clusters[0]),
	);
	if (clash !== undefined && !overwrite) {
		const hint = 'choose another file, or overwrite the entry with --yes';
		throw new ConfigError([{file, message: `its entry ${clash.name} belongs to another cluster`, hint}]);
	}
	const place = (old: readonly Named[], mine: readonly Named[]) => [
		...old.filter(({name}) => !mine.some((entry) => entry.name === name)),
		...mine,
	];
	return {
		...others,
		clusters: place(others.clusters, own.clusters),
		users: place(others.users, own.users),
		contexts: place(others.contexts, own.contexts),
		'current-context': others['current-context'] || (own['current-context'] ?? ''),
	};
}

/** Puts `own` into a kubeconfig file, 0600, in one step: a reader sees the old file or the new one. Throws ConfigError as `merged`. */
export function writeKubeconfig(file: string, own: Kubeconfig, {overwrite}: {overwrite: boolean}): void {
	const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
	const next = before.trim() === '' ? own : merged(readKubeconfig(before, file), own, {file, overwrite});
	mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	const fresh = `${file}.${randomBytes(4).toString('hex')}`;
	try {
		writeFileSync(fresh, toYaml(next), {mode: 0o600, flag: 'wx', flush: true});
		chmodSync(fresh, 0o600);
		renameSync(fresh, file);
	} finally {
		rmSync(fresh, {force: true});
	}
}

function readKubeconfig(text: string, file: string): Kubeconfig {
	const {documents, problems} = parseYaml(text, {file});
	if (problems.length > 0) throw new ConfigError(problems);
	const value = (documents[0]?.value ?? {}) as Partial<Record<keyof Kubeconfig, unknown>>;
	const list = (entries: unknown) => (Array.isArray(entries) ? (entries as Named[]) : []);
	return {...value, clusters: list(value.clusters), users: list(value.users), contexts: list(value.contexts)} as Kubeconfig;
}

function authority(entry: Named | undefined): string {
	const {'certificate-authority-data': data, server} = (entry?.cluster ?? {}) as Record<string, unknown>;
	return String(data ?? server);
}
