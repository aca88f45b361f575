import {keyOf} from '../cluster/selectors.ts';
import type {Cluster, Facts, Living, NodeSpec, Site} from '../model.ts';
import {apart, ownAddress} from './own-address.ts';
import {stageOf} from './stages.ts';

/**
 * The nodes with their names and addresses settled, in the order of the config. Pure.
 * Name: the config's, else the machine's host name in lower case. Address: `internalAddress`, else (first control plane) the
 * advertiseAddress that was asked for, else what own-address.ts finds: the same network for all, and each its own.
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
	const chosen = cluster.nodes.map((spec) => {
		const seen = facts.get(keyOf(spec));
		if (seen === undefined) throw new Error(`no facts of ${keyOf(spec)}`);
		const advertised = spec === first ? cluster.advertiseAddress : undefined;
		const given = spec.internalAddress ?? advertised;
		return {spec, facts: seen, address: given ?? ownAddress(cluster, spec, seen), given: given !== undefined};
	});
	const addresses = apart(cluster, chosen);
	const sites = chosen.map(({spec, facts: seen}, index) => ({
		name: spec.name ?? seen.hostname,
		role: spec.role,
		address: addresses[index]!,
		spec,
		facts: seen,
	}));
	const seat = (spec: NodeSpec) => (living?.key !== undefined && keyOf(spec) === living.key ? ({seat: true} as const) : {});
	return sites.map((site) => ({...site, ...seat(site.spec), ...stageOf(site, sites, living)}));
}
