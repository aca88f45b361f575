import {isIP} from 'node:net';
import {hostOf} from '../cluster/route.ts';
import {keyOf} from '../cluster/selectors.ts';
import type {Cluster, Facts, Living, NodeSpec, Site} from '../model.ts';
import {beyond, readRoutes} from './network.ts';
import {stageOf} from './stages.ts';

/**
 * The nodes with their names and addresses settled, in the order of the config. Pure.
 * Name: the config's, else the machine's host name in lower case. Address: `internalAddress`, else (first control plane) the
 * advertiseAddress that was asked for, else the one that its packets to the other nodes carry, else the written one if it is the machine's own, else that of the default route, else the first.
 * Stage: how each stands to a cluster that lives (stages.ts); `living` is what the search for it found.
 * `seat`: it is the one that answered for the cluster.
 * What is doubtful (two nodes of one name, no address: '') is no error here: the checks say it, about all nodes at once.
 */
export function sitesOf(
	cluster: Cluster,
	facts: ReadonlyMap<string, Facts>,
	living?: Pick<Living, 'nodes'> & {readonly key?: string},
): Site[] {
	const first = cluster.nodes.find(({role}) => role === 'control-plane');
	const sites = cluster.nodes.map((spec) => {
		const seen = facts.get(keyOf(spec));
		if (seen === undefined) throw new Error(`no facts of ${keyOf(spec)}`);
		const advertised = spec === first ? cluster.advertiseAddress : undefined;
		return {
			name: spec.name ?? seen.hostname,
			role: spec.role,
			address: spec.internalAddress ?? advertised ?? ownAddress(cluster, spec, seen),
			spec,
			facts: seen,
		};
	});
	const seat = (spec: NodeSpec) => (living?.key !== undefined && keyOf(spec) === living.key ? ({seat: true} as const) : {});
	return sites.map((site) => ({...site, ...seat(site.spec), ...stageOf(site, sites, living)}));
}

function ownAddress(cluster: Cluster, spec: NodeSpec, facts: Facts): string {
	const family = primaryFamily(cluster);
	const usable = facts.addresses.map(({address}) => address).filter((address) => isIP(address) === family);
	const routes = readRoutes(facts.probes.routes?.stdout ?? '').filter(({to}) => to !== beyond.v4 && to !== beyond.v6);
	const towardsOthers = mostFrequent(routes.map(({source}) => source).filter((source) => usable.includes(source)));
	const byDefault = family === 6 ? facts.defaultAddress.v6 : facts.defaultAddress.v4;
	// The address that the operator wrote down is the machine's own in every network without NAT.
	const host = hostOf(spec, cluster);
	const written = usable.includes(host) ? host : undefined;
	return towardsOthers ?? written ?? byDefault ?? usable[0] ?? '';
}

/** Kubernetes takes the family of the first service network as the primary one. */
const primaryFamily = ({configuration}: Cluster): 4 | 6 =>
	configuration.networking.serviceSubnet.split(',')[0]?.includes(':') ? 6 : 4;

function mostFrequent(values: readonly string[]): string | undefined {
	const counts = new Map<string, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}
