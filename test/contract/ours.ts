/** What kubestrap would leave for a case: its own phases over a made-up survey of one machine. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {load} from '../../src/cluster/load.ts';
import {listFolder} from '../../src/cluster/patches.ts';
import {identify} from '../../src/identity/identify.ts';
import {openSecrets} from '../../src/identity/secrets.ts';
import type {Cluster, Content, Facts, Phase, Role, Scope, Site, Step} from '../../src/model.ts';
import {filled, secretsIn} from '../../src/steps/content.ts';
import {kubernetesVersion} from '../../src/versions.ts';

export const cases = join(import.meta.dirname, '../golden/cases');
const debianFolders = ['/etc/ca-certificates', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates'];

/** The cluster of a case, for a version. kubeadm leaves patches out that it does not know; kubestrap would refuse them. */
export function clusterOf(name: string, version: string): Cluster {
	const file = join(cases, `${name}.yaml`);
	const text = readFileSync(file, 'utf8').replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${version}`);
	const {patchTargets} = kubernetesVersion(version);
	const isKnown = (entry: string) => patchTargets.some((target) => entry.startsWith(target));
	const list = (path: string) => listFolder(path).filter((entry) => isKnown(entry.name));
	return load(text, {file, list, flags: {controlPlanes: ['root@203.0.113.1'], cni: 'none'}});
}

export function factsOf(hostname: string, address: string, changed: Partial<Facts> = {}): Facts {
	const folder = {mode: '0755', owner: 'root:root', size: 4096};
	return {
		hostname,
		machineId: `machine-of-${hostname}`,
		arch: 'amd64',
		os: {id: 'debian', idLike: [], versionId: '12', pretty: 'Debian GNU/Linux 12'},
		kernel: '6.1.0',
		cgroup: 'v2',
		capSysResource: true,
		cpus: 4,
		memoryMiB: 8192,
		addresses: [],
		defaultAddress: address.includes(':') ? {v6: address} : {v4: address},
		resolvConf: '/etc/resolv.conf',
		swaps: [],
		clockSkewMs: 0,
		files: Object.fromEntries(debianFolders.map((path) => [path, folder])),
		units: [],
		probes: {},
		...changed,
	} as Facts;
}

export function siteOf(cluster: Cluster, name: string, role: Role, address: string, changed: Partial<Facts> = {}): Site {
	const spec = cluster.nodes.find((node) => node.name === name) ?? cluster.nodes[0]!;
	// The operator reaches it by the same address; where that is another one, it is in the certificate too.
	return {name, role, address, spec: {...spec, role, address}, facts: factsOf(name, address, changed)};
}

/** The scope of the first of these sites, for a cluster that is to be born. */
export function scopeOf(cluster: Cluster, sites: readonly Site[]): Scope {
	const identity = identify(cluster, sites, {clusterId: 'golden', now: new Date('2026-11-21T00:00:00Z')});
	return {cluster, site: sites[0]!, sites, identity, lock: {binaries: {}, images: {}, madeBy: 'test', madeAt: ''}};
}

/** The only machine of a golden case. */
export function goldenScope(cluster: Cluster): Scope {
	return scopeOf(cluster, [siteOf(cluster, 'cp1', 'control-plane', cluster.advertiseAddress ?? '10.0.0.11')]);
}

export type Make = (content: Content) => Promise<string>;

/** Texts with real secrets in them, made as in a run. */
export function maker({cluster, sites, identity}: Scope): Make {
	const secrets = openSecrets(identity, cluster, sites, new Map());
	return async (content) => {
		const ids = [...new Set(secretsIn(content).map(({secret}) => secret))];
		const values = await Promise.all(ids.map(async (id) => [id, await secrets.get(id)] as const));
		return filled(content, new Map(values)).toString();
	};
}

/** Texts in which every secret is its name in brackets. */
export function shown(content: Content): string {
	return typeof content === 'string'
		? content
		: content.map((part) => (typeof part === 'string' ? part : 'latin1' in part ? part.latin1 : `(${part.secret})`)).join('');
}

export type FileStep = Extract<Step, {kind: 'file'}>;

export function filesOf(phases: readonly Phase[], scope: Scope): Map<string, FileStep> {
	const files = phases.flatMap((phase) => phase.steps(scope)).filter((step) => step.kind === 'file');
	return new Map(files.map((step) => [step.path, step]));
}

export function contentOf(step: FileStep | undefined): Content {
	if (step === undefined || (typeof step.content === 'object' && 'kept' in step.content)) throw new Error('no content');
	return step.content;
}
