/** How a cluster stands, as tables for people: plain, and narrow enough for a terminal. */
import type {ClusterNode, EtcdMember} from '../model.ts';
import {columns} from '../report/columns.ts';
import type {Standing} from './standing.ts';

export function standingText(standing: Standing): string {
	const {wrong, warnings, differences} = standing;
	const parts = [
		headline(standing),
		tableOf(['NODE', 'ROLE', 'STATE', 'VERSION', 'RUNTIME', 'ADDRESS'], standing.nodes.map(nodeRow)),
		tableOf(['ETCD', 'ROLE', 'STATE', 'RAFT INDEX', 'SIZE', 'VERSION', 'ID'], (standing.etcd ?? []).map(memberRow)),
		certificates(standing),
		listed('not as planned:', differences),
		listed('warnings:', warnings),
		wrong.length === 0 ? 'nothing is wrong\n' : listed('wrong:', wrong),
	];
	return parts.filter((part) => part !== '').join('\n');
}

function headline({cluster, version, server, seat}: Standing): string {
	const parts = [version === undefined ? '' : `Kubernetes ${version}`, server === undefined ? '' : `${server} on ${seat}`];
	return `cluster ${[cluster, ...parts.filter((part) => part !== '')].join(', ')}\n`;
}

function nodeRow({name, controlPlane, ready, unschedulable, kubeletVersion, runtime, addresses}: ClusterNode): string[] {
	const state = `${ready ? 'Ready' : 'NotReady'}${unschedulable ? ', cordoned' : ''}`;
	return [
		name,
		controlPlane ? 'control-plane' : 'worker',
		state,
		kubeletVersion,
		runtime.replace('://', ' '),
		addresses.join(','),
	];
}

function memberRow({
	id,
	name,
	peerUrls,
	clientUrls,
	learner,
	healthy,
	leader,
	version = '-',
	raftIndex,
	dbSize,
}: EtcdMember): string[] {
	const role = leader ? 'leader' : learner ? 'learner' : 'voter';
	const state = healthy ? 'healthy' : clientUrls.length === 0 ? 'never started' : 'not healthy';
	const size = dbSize === undefined ? '-' : `${(dbSize / 2 ** 20).toFixed(1)} MiB`;
	return [name || (peerUrls[0] ?? '-'), role, state, String(raftIndex ?? '-'), size, version, id];
}

/** A row for each certificate, a column for each control plane: the days that are left. */
function certificates({certificates: all}: Standing): string {
	const nodes = [...new Set(all.map(({node}) => node))];
	const names = [...new Map(all.map(({name, authority}) => [name, authority]))];
	const days = (name: string, node: string) => {
		const found = all.find((one) => one.name === name && one.node === node);
		return found === undefined ? '-' : found.days === undefined ? '?' : `${found.days} days`;
	};
	return tableOf(
		['CERTIFICATE', 'AUTHORITY', ...nodes],
		names.map(([name, authority]) => [name, authority === name ? '-' : authority, ...nodes.map((node) => days(name, node))]),
	);
}

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]) =>
	rows.length === 0 ? '' : columns([head, ...rows]);

const listed = (head: string, lines: readonly string[]) =>
	lines.length === 0 ? '' : [head, ...lines.map((line) => `  ${line}`), ''].join('\n');
