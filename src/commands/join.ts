/** `kubestrap join`: more machines for a cluster that lives. */

import {livingConfig, livingNetwork} from '../cluster/living-config.ts';
import {ConfigError, ConnectError} from '../errors.ts';
import type {Cluster, Hosts, NodeSpec} from '../model.ts';
import type * as pipeline from '../pipeline.ts';
import type {Outcome, Walk} from '../pipeline.ts';
import type {Closing} from '../report/summary.ts';
import type {Search} from '../survey/living.ts';
import type {readRising} from '../survey/rising.ts';
import type {Act} from './act.ts';
import type {Call, Flags} from './call.ts';
import {sameCluster} from './closing.ts';
import type {Connect} from './first-control-plane.ts';
import {make} from './make.ts';
import {clusterText} from './open-cluster.ts';
import {openText} from './open-text.ts';

export type Doors = Pick<typeof pipeline, 'joinTo'> & {readonly connect: Connect; readonly readRising: typeof readRising};

export function join(call: Call, doors: Doors): Promise<number> {
	const isMeant = ({name, address, access}: NodeSpec) => {
		const {words: named} = call.flags;
		const own = [
			name,
			address,
			`${access.user}@${address}`,
			`${access.user}@${address}:${access.port}`,
			`${address}:${access.port}`,
		];
		return named.length === 0 || named.some((word) => own.includes(word));
	};
	return make(
		{
			verb: 'join',
			open: (act) => meant(call, doors, act, isMeant),
			walk: (cluster, lock, walk) => doors.joinTo(cluster, lock, {...walk, isMeant}),
			closing: (cluster, outcome) => afterJoin(call.flags, cluster, outcome),
		},
		call,
	);
}

/** The cluster with the machines that are to join, and of its own nodes only control planes, through which we speak with it. */
async function meant(call: Call, doors: Doors, {walk}: Act, isMeant: (node: NodeSpec) => boolean): Promise<Cluster> {
	const {flags} = call;
	if (flags.words.length === 0 && (flags.config === undefined || flags.joinCluster !== undefined))
		throw new ConfigError([{message: 'no machine was named'}], {
			hint: 'kubestrap join user@host… --cluster user@host, or -c FILE',
		});
	const text = await clusterText(call);
	if (flags.joinCluster === undefined) return fromConfig(call, text, isMeant);
	const seats = {...flags.cluster, controlPlanes: [flags.joinCluster]};
	const found = await ask(openText(call, text, seats), doors, walk);
	const port = Number(new URL(found.server).port || 443);
	const network = flags.cluster.cni === undefined ? livingNetwork(text, found.configMaps) : {};
	const more = {...seats, ...network, ...words(flags, flags.words), ...(port === 6443 ? {} : {apiserverBindPort: port})};
	return openText(call, livingConfig(text, found.configMaps), more);
}

/** Words that the config lists are those nodes; others are new machines. Without words all that it lists may join. */
function fromConfig(call: Call, text: string, isMeant: (node: NodeSpec) => boolean): Cluster {
	const {words: named, cluster: flags} = call.flags;
	const listed = openText(call, text, flags).nodes;
	const known = (word: string) =>
		listed.some((node) => [node.name, node.address, `${node.access.user}@${node.address}`].includes(word));
	const cluster = openText(call, text, {
		...flags,
		...words(
			call.flags,
			named.filter((word) => !known(word)),
		),
	});
	return {...cluster, nodes: cluster.nodes.filter((node) => node.role === 'control-plane' || isMeant(node))};
}

const words = ({role}: Flags, machines: readonly string[]) =>
	role === 'control-plane' ? {moreControlPlanes: [...machines]} : {moreWorkers: [...machines]};

/** What the cluster says of itself. Throws ConnectError when it does not answer. */
async function ask(cluster: Cluster, {connect, readRising: read}: Doors, walk: Walk): Promise<NonNullable<Search['found']>> {
	const {tell, signal, acceptNewHostKeys, sudoPassword} = walk;
	const hosts: Hosts = await connect(cluster, {signal, acceptNewHostKeys, ...(sudoPassword && {sudoPassword})});
	try {
		const {found, silent} = await read(cluster, hosts, {tell, signal});
		if (found !== undefined) return found;
		const [{key, why} = {key: 'cluster', why: 'nothing was asked'}] = silent;
		throw new ConnectError(key, `no cluster answers there: ${why}`, {hint: 'name a control plane of the cluster that lives'});
	} finally {
		await Promise.all([...hosts.values()].map((host) => host.close()));
	}
}

function afterJoin(flags: Flags, cluster: Cluster, {sites, summary}: Outcome): Closing {
	const came = sites.filter(({stage}) => stage === 'joining').map(({name}) => name);
	const same = flags.joinCluster === undefined ? sameCluster(flags) : `--control-planes ${flags.joinCluster}`;
	return {
		headline:
			came.length === 0 || summary.changed === 0
				? `all of these machines are nodes of ${cluster.name} already`
				: `${came.join(', ')} joined cluster ${cluster.name}`,
		next: [`kubestrap status ${same}`],
	};
}
