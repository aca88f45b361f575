/** Machines on which this run has no business: those of another name, copies of others, and those that a newer kubestrap has written to. */
import type {Site} from '../model.ts';
import type {Check} from './row.ts';

/** The record says another name than the config does: an address that leads elsewhere by now. */
export function otherNode({name, spec, facts: {ownership}}: Site): string | undefined {
	if (ownership?.node === undefined || ownership.node === '' || ownership.node === name) return undefined;
	return `the machine at ${spec.address} is recorded as ${ownership.node}, and the config says that it is ${name}`;
}

/** Versions are compared by their first two numbers: what a patch release writes, each of its minor understands. */
export function newerWriter({facts: {ownership}}: Site, version: string | undefined): string | undefined {
	const [theirs, ours] = [minorOf(ownership?.writer), minorOf(version)];
	if (theirs === undefined || ours === undefined || theirs <= ours) return undefined;
	return `kubestrap ${ownership?.writer} has written here last, and this one is ${version}: it may not understand what the newer one left`;
}

function minorOf(version = ''): number | undefined {
	const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
	return major === undefined ? undefined : Number(major) * 1e6 + Number(minor);
}

/** A line that a power cut or a full disk tore. Whatever it was about, nothing was changed behind it by a version that syncs its record first. */
export function tornRecord({facts: {ownership}}: Site): string | undefined {
	if (ownership?.torn === undefined) return undefined;
	const lines = ownership.torn === 1 ? 'a line' : `${ownership.torn} lines`;
	return `${lines} of /var/lib/kubestrap/owned.ndjson cannot be read, torn by a power cut or a full disk: passed over, so reset gives back nothing of them`;
}

export const tornRemedy =
	'nothing need be done: the next run that writes there takes them out; look into the file before that if it matters what they were';

export const newerRemedy = 'take that version or a newer one; or leave this check out by name';

export const refusalChecks: readonly Check[] = [
	{
		name: 'OtherNode',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: (one) => {
			const evidence = otherNode(one.site);
			const remedy =
				'look which machine has this address now (hostnamectl; cat /etc/machine-id), and correct address or name in the config; a machine that shall have another name is given back first: kubestrap reset';
			return evidence === undefined ? [] : [{evidence, remedy}];
		},
	},
	{
		name: 'CopiedRecord',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site: {name, facts}}) => {
			const {ownership, machineId} = facts;
			if (!ownership?.machineId || machineId === '' || ownership.machineId === machineId) return [];
			return [
				{
					evidence: `the record of ${name} was written on the machine ${ownership.machineId}, and this one is ${machineId}: a copy of its disk, or a machine id made anew?`,
					remedy:
						'of two machines with one disk only one can be this node: reset the other one (kubestrap reset --force NODE), or install it anew',
				},
			];
		},
	},
	{
		name: 'TornRecord',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site}) => {
			const evidence = tornRecord(site);
			return evidence === undefined ? [] : [{evidence, remedy: tornRemedy}];
		},
	},
	{
		name: 'NewerKubestrap',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({site, version}) => {
			const evidence = newerWriter(site, version);
			return evidence === undefined ? [] : [{evidence, remedy: newerRemedy}];
		},
	},
];
