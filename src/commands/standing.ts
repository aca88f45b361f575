/** How a cluster stands: what `status` says, as a value. Pure. */
import {type Expiry, expiriesOf} from '../identity/expiry.ts';
import type {Cluster, ClusterNode, EtcdMember, Living, Site} from '../model.ts';
import {otherVersions, unplanned, uploaded} from './planned.ts';

/** Days before the end of a certificate from which on it is said. */
const soon = 30;

export type Standing = {
	readonly cluster: string;
	/** What kubeadm-config says. */
	readonly version?: string;
	/** The API server that was asked, and the node that it is on. */
	readonly server?: string;
	readonly seat?: string;
	readonly nodes: readonly ClusterNode[];
	/** Absent with an external etcd, and where etcd could not be asked. */
	readonly etcd?: readonly EtcdMember[];
	readonly certificates: readonly Expiry[];
	readonly wrong: readonly string[];
	readonly warnings: readonly string[];
	/** What is not as planned: differences from the config, and between the versions of the nodes. */
	readonly differences: readonly string[];
};

export type Evidence = {
	readonly cluster: Cluster;
	/** Whether the cluster is written down in a file, so that it can be compared. */
	readonly planned: boolean;
	readonly living?: Living | undefined;
	/** The control planes that could be surveyed. */
	readonly sites: readonly Site[];
	/** Control planes that say nothing good, with the reason. */
	readonly silent: readonly {readonly node: string; readonly why: string}[];
	readonly now: Date;
};

export function standingOf({cluster, planned, living, sites, silent, now}: Evidence): Standing {
	const certificates = sites.flatMap((site) => expiriesOf(cluster, site, now));
	const told = living && uploaded(living);
	const version = told?.(['kubernetesVersion']);
	const isOver = ({days}: Expiry) => days === undefined || days < 0;
	return {
		cluster: planned ? cluster.name : (told?.(['clusterName']) ?? cluster.name),
		...(version === undefined ? {} : {version}),
		...(living === undefined ? {} : {server: living.server, seat: living.seat}),
		nodes: living?.nodes ?? [],
		...(living?.members === undefined ? {} : {etcd: living.members}),
		certificates,
		wrong: [
			...(living === undefined ? [`cluster ${cluster.name}: no API server answers`] : []),
			...silent.map(({node, why}) => `${node}: ${why}`),
			...(living?.nodes ?? []).filter(({ready}) => !ready).map(({name}) => `${name}: the node is not Ready`),
			...(living?.members ?? []).flatMap(illness),
			...certificates.filter(isOver).map(ended),
		],
		warnings: [
			...(living?.nodes ?? [])
				.filter(({unschedulable}) => unschedulable)
				.map(({name}) => `${name}: takes no new pods (cordoned)`),
			...certificates.filter((one) => !isOver(one) && one.days! < soon).map(ended),
		],
		differences:
			living === undefined
				? []
				: [
						...(planned ? unplanned({cluster, living, sites}) : []),
						...otherVersions(
							living.nodes,
							planned ? cluster.configuration.kubernetesVersion : version,
							planned ? 'the config' : 'kubeadm-config',
						),
					],
	};
}

function illness({name, peerUrls, clientUrls, healthy}: EtcdMember): string[] {
	if (healthy) return [];
	const who = name || peerUrls[0];
	return [clientUrls.length === 0 ? `${who}: was added to etcd and has never started` : `${who}: its etcd is not healthy`];
}

function ended({node, name, days}: Expiry): string {
	if (days === undefined) return `${node}: its certificate ${name} cannot be read`;
	return `${node}: its certificate ${name} ${days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`}`;
}
