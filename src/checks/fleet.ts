/** What is wrong only when machines are looked at together: two of a name, clocks apart, nodes of two clusters. */
import type {Site} from '../model.ts';
import {flags} from './probes.ts';
import {type Case, type Check, linesOf, said, type Verdict} from './row.ts';

const unique = (name: string, what: string, of: (site: Site) => string, remedy: string): Check => ({
	name,
	from: 'kubestrap',
	level: 'error',
	on: 'every',
	when: 'bare',
	judge: ({site, sites}) => {
		const twins = sites.filter((other) => other !== site && of(site) !== '' && of(other) === of(site));
		return twins.length === 0
			? []
			: [
					{
						evidence: `${twins.map(shown).join(', ')} ${twins.length === 1 ? 'has' : 'have'} the same ${what}: ${of(site)}`,
						remedy,
					},
				];
	},
});

const shown = ({name, spec}: Site) => (spec.address === name ? name : `${name} (${spec.address})`);

export const fleetChecks: readonly Check[] = [
	unique(
		'DuplicateHostname',
		'node name',
		({name}) => name,
		'set `name` of each node in the config, or give the machines names of their own: hostnamectl set-hostname NAME',
	),
	unique(
		'DuplicateAddress',
		'internal address',
		({address}) => address,
		'set `internalAddress` of each node (ip -br address); a machine may be listed once only',
	),
	unique(
		'DuplicateMachineID',
		'machine id',
		({facts}) => facts.machineId,
		'they are clones of one image: rm /etc/machine-id && systemd-machine-id-setup on all but one, then reboot them',
	),
	{
		name: 'MachineID',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site}) =>
			site.facts.machineId === ''
				? [{evidence: '/etc/machine-id is empty or not there', remedy: 'systemd-machine-id-setup'}]
				: [],
	},
	{
		name: 'ClockSkew',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [flags],
		judge: clock,
	},
	{
		name: 'OtherCluster',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site, sites}) => {
			const {ownership} = site.facts;
			if (ownership === undefined) return [];
			const remedy = 'take it out of this config; or, if that cluster is over, give the machine back with `kubestrap reset`';
			if (ownership.name !== cluster.name)
				return [{evidence: `the machine belongs to the cluster ${ownership.name} (${ownership.clusterId})`, remedy}];
			const owners = new Set(sites.flatMap(({facts}) => (facts.ownership === undefined ? [] : [facts.ownership.clusterId])));
			return owners.size === 1
				? []
				: [
						{
							evidence: `the machine belongs to ${ownership.clusterId}, others of this config to another cluster called ${cluster.name}`,
							remedy,
						},
					];
		},
	},
];

/**
 * Tokens and certificates depend on clocks. Nodes are compared with their median, since two machines that agree are more likely right than one;
 * the operator's own clock matters too, because certificates made there begin five minutes before its now.
 */
function clock({site, sites}: Case): Verdict[] {
	const median = middle(sites.map(({facts}) => facts.clockSkewMs));
	const off = site.facts.clockSkewMs - median;
	const sync = linesOf(said(site, flags)).find((line) => line.startsWith('time-sync:'));
	const remedy =
		sync === undefined
			? 'start a time service there: systemctl enable --now systemd-timesyncd (or chrony)'
			: `look why ${sync.slice(10)} does not keep time there: timedatectl; systemctl status ${sync.slice(10)}`;
	const verdicts: Verdict[] = [];
	if (Math.abs(off) > 2000) {
		verdicts.push({
			level: Math.abs(off) > 30_000 ? 'error' : 'warning',
			evidence: `its clock is ${seconds(off)} the other nodes' clocks`,
			remedy,
		});
	}
	if (Math.abs(median) > 60_000 && Math.abs(off) <= 30_000) {
		const level = Math.abs(median) > 240_000 ? 'error' : 'warning';
		verdicts.push({
			level,
			evidence: `its clock is ${seconds(site.facts.clockSkewMs)} that of this computer`,
			remedy: 'set the clock of this computer, or those of the nodes: timedatectl set-ntp true',
		});
	}
	return verdicts;
}

const seconds = (ms: number) => `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? 'behind' : 'ahead of'}`;

function middle(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	// Of two the lower one: with two machines either may be wrong, and both findings would say the same.
	return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
