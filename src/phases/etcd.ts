import {localEndpoint} from '../cluster/endpoints.ts';
import {lastValue} from '../contract/arguments.ts';
import {etcdInitial} from '../contract/etcd-members.ts';
import {type MemberState, memberStateOf} from '../contract/etcd-state.ts';
import {inUrl, startupFailures} from '../contract/probes.ts';
import {staticPod} from '../contract/static-pod.ts';
import type {LocalEtcd, Phase, Scope, Step} from '../model.ts';
import {imagesFor} from '../versions.ts';

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
			...setAside(memberStateOf(scope.site, scope.living), dataDir),
			{kind: 'dir', path: dataDir, mode: '0700'},
			staticPod('etcd', data(scope, wanted.local), {extraArgs, extraEnvs}, scope.cluster.patches),
		];
	},
};

const without: Partial<Record<MemberState, string>> = {
	// A member whose log is gone cannot go on with what else lies there.
	replace: '[ ! -e "$1/member" ] || ls "$1"/member/wal/*.wal >/dev/null 2>&1',
	// Data of a member that was taken out makes etcd come back as that one, which its peers refuse for ever.
	add: '[ ! -e "$1/member" ]',
};

/** What etcd could not begin with; nothing is deleted. */
function setAside(state: MemberState | undefined, dataDir: string): Step[] {
	const unless = state && without[state];
	if (unless === undefined) return [];
	const sh = 'mv "$1/member" "$1/member.lost-$(date +%s)"';
	const args = [dataDir];
	return [{kind: 'run', title: 'set the rest of the lost data aside', command: {sh, args}, unless: {sh: unless, args}}];
}

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
