/** What `reset` asks the operator's word for, or refuses: machines that this config does not prove to be its own. */
import {isNodeOfOthers} from '../contract/whose.ts';
import type {Cluster, Finding, Site} from '../model.ts';
import {newerWriter, otherNode, tornRecord, tornRemedy} from './refusals.ts';

type Case = {
	readonly cluster: Cluster;
	readonly sites: readonly Site[];
	readonly staying: number;
	readonly version?: string | undefined;
};
/** `mild`: said, and in nobody's way. */
type Row = {
	readonly id: string;
	readonly mild?: true;
	readonly remedy: string;
	readonly judge: (site: Site, one: Case) => string | undefined;
};

const word = 'give your word for it with --force, or take the machine out of this command';

const rows: readonly Row[] = [
	{
		id: 'OtherCluster',
		remedy: word,
		judge: ({facts: {ownership}}, {cluster}) =>
			ownership !== undefined && ownership.name !== cluster.name
				? `the machine belongs to the cluster ${ownership.name} (${ownership.clusterId}), and this is ${cluster.name}`
				: undefined,
	},
	{
		id: 'TwoClusters',
		remedy: word,
		judge: ({facts: {ownership}}, {sites}) => {
			const [first] = sites.filter(({facts}) => facts.ownership !== undefined);
			const id = first?.facts.ownership?.clusterId;
			return ownership !== undefined && ownership.clusterId !== id
				? `the machine belongs to ${ownership.name} (${ownership.clusterId}), ${first!.name} to another cluster of that name (${id})`
				: undefined;
		},
	},
	{id: 'OtherNode', remedy: word, judge: otherNode},
	{
		id: 'NewerKubestrap',
		remedy: `take that version or a newer one; or ${word}`,
		judge: (site, {version}) => newerWriter(site, version),
	},
	{id: 'TornRecord', mild: true, remedy: tornRemedy, judge: tornRecord},
	{
		id: 'MadeByOthers',
		remedy: `${word}; then what \`kubeadm reset\` deletes is deleted, etcd's data with it`,
		judge: (site) =>
			isNodeOfOthers(site)
				? 'the machine is a node, but kubestrap did not make it one: kubeadm did, or somebody by hand'
				: undefined,
	},
	{
		id: 'EtcdMember',
		remedy: 'take it out of the cluster with `kubestrap node remove`; if the cluster is given up, --force',
		judge: ({role, facts}, {staying}) =>
			role === 'control-plane' && staying > 0 && facts.files['/etc/kubernetes/manifests/etcd.yaml'] !== undefined
				? `other control planes stay (${staying}), and for them the member of etcd on this machine would only be silent`
				: undefined,
	},
];

/**
 * All findings about the machines that are to be reset. `staying`: how many control planes of the config are not. With `force` those that the
 * operator's word settles are warnings; that two machines have one name is an error always.
 */
export function resetFindings(one: Case, {force}: {force: boolean}): Finding[] {
	const names = one.sites.map(({name}) => name);
	return one.sites.flatMap((site) => {
		const node = site.name;
		const twice: Finding[] =
			names.filter((name) => name === node).length > 1
				? [
						{
							node,
							id: 'DuplicateHostname',
							level: 'error',
							evidence: `two machines are called ${node}`,
							remedy: 'give them names in the config',
						},
					]
				: [];
		const found = rows.flatMap(({id, mild, remedy, judge}): Finding[] => {
			const evidence = judge(site, one);
			return evidence === undefined ? [] : [{node, id, level: force || mild ? 'warning' : 'error', evidence, remedy}];
		});
		return [...twice, ...found];
	});
}
