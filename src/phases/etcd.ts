import {localEndpoint} from '../cluster/endpoints.ts';
import {lastValue} from '../contract/arguments.ts';
import {etcdInitial} from '../contract/etcd-members.ts';
import {inUrl, startupFailures} from '../contract/probes.ts';
import {staticPod} from '../contract/static-pod.ts';
import type {LocalEtcd, Phase, Scope, Step} from '../model.ts';
import {imagesFor} from '../versions.ts';
import {setAside} from './etcd-aside.ts';

/** The member of etcd on each control plane. All members of a birth start at the same time with the same list; later ones as learners. */
export const etcd: Phase = {
	name: 'etcd',
	title: 'Write the static pod of etcd',
	on: 'control-plane',
	steps: (scope): Step[] => {
		const {etcd: wanted} = scope.cluster.configuration;
		if ('external' in wanted) return [];
		const {extraArgs = [], extraEnvs = [], dataDir} = wanted.local;
		return [
			// Whose data is gone is started again and again by its kubelet, and leaves things there until the manifest is a new one.
			...setAside(scope, ['replace']),
			{kind: 'dir', path: dataDir, mode: '0700'},
			staticPod('etcd', data(scope, wanted.local), {extraArgs, extraEnvs}, scope.cluster.patches),
		];
	},
};

function data(scope: Scope, local: LocalEtcd): object {
	const {cluster, site} = scope;
	const {host} = localEndpoint(cluster, site);
	const loopback = host.includes(':') ? '::1' : '127.0.0.1';
	const initial = etcdInitial(scope);
	return {
		image: imagesFor(cluster).etcd,
		name: site.name,
		host: inUrl(host),
		loopback: inUrl(loopback),
		certs: cluster.configuration.certificatesDir,
		dataDir: local.dataDir,
		initialCluster: initial.cluster,
		existing: initial.existing,
		probe: probe(local, loopback),
		startupFailures: startupFailures(cluster),
	};
}

/** etcd is asked where it shows its metrics: at the first of `listen-metrics-urls`, when the operator moved them. */
function probe(local: LocalEtcd, loopback: string): {host: string; port: number; scheme: string} {
	const asked = lastValue(local.extraArgs, 'listen-metrics-urls')?.split(',')[0];
	const url = asked !== undefined && URL.canParse(asked) ? new URL(asked) : undefined;
	const host = url?.hostname.replace(/^\[|\]$/g, '');
	return {
		host: host ? host : loopback,
		port: url?.port ? Number(url.port) : 2381,
		scheme: url?.protocol === 'https:' ? 'HTTPS' : 'HTTP',
	};
}
