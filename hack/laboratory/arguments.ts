/** What `hack/lab` is told on its command line. */
import {kindNames} from './record.ts';
import type {LabOptions} from './shape.ts';

export const usage = `hack/lab: throw-away machines and a mirror

  hack/lab up [--control-planes 1] [--workers 1] [--kind nspawn|uml|uml-nat|NODE=KIND]… [--kubernetes-version v1.37.1] [--default-route]
  hack/lab status                          what runs
  hack/lab nodes                           name, role, address, kind of each node
  hack/lab config [--user root|debian|carol] [--mirror lab|aliyun] [--packages]   the cluster.yaml for this lab
  hack/lab ssh [--user USER] NODE [COMMAND…]
  hack/lab reset NODE                      a fresh Debian for one node
  hack/lab reboot NODE                     an orderly shutdown, and a boot
  hack/lab power-cut NODE                  what it had not written to its disk is lost; it is dead until boot or reset
  hack/lab boot NODE                       from its own disk
  hack/lab down                            take it away
  hack/lab component NAME VERSION          compile one binary (or component) if need be, and print its path

  --name NAME    which lab (default: lab); labs of different names stand side by side
  --kind uml     nodes with a kernel and a disk of their own, User-mode Linux: swap, modules, clock, cgroup v2, power cuts.
                 uml-nat: the same with NAT, which Debian's kernel lacks: a whole worker.
                 nspawn, the default: containers, faster. --kind w1=uml: that node alone
`;

export const options = {
	name: {type: 'string', default: 'lab'},
	'control-planes': {type: 'string', default: '1'},
	workers: {type: 'string', default: '1'},
	kind: {type: 'string', multiple: true, default: [] as string[]},
	'kubernetes-version': {type: 'string', default: 'v1.37.1'},
	'default-route': {type: 'boolean', default: false},
	user: {type: 'string', default: 'root'},
	packages: {type: 'boolean', default: false},
	mirror: {type: 'string', default: 'lab'},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

/** What comes after `ssh NODE` belongs to the remote command, dashes and all. */
export function split(words: readonly string[]): readonly [string[], string[]] {
	const at = words.indexOf('ssh');
	if (at === -1) return [[...words], []];
	let node = at + 1;
	while (words[node]?.startsWith('--')) node += words[node]?.includes('=') ? 1 : 2;
	return [words.slice(0, node + 1), words.slice(node + 1)];
}

export function count(text: string, flag: string): number {
	if (!/^\d{1,2}$/.test(text)) throw new Error(`--${flag} is a number: ${text}`);
	return Number(text);
}

export function oneOf<T extends string>(choices: readonly T[], word: string, flag: string): T {
	const known = choices.find((each) => each === word);
	if (known === undefined) throw new Error(`--${flag} is one of ${choices.join(', ')}: ${word}`);
	return known;
}

/** `uml` for all nodes, `w1=uml` for one. */
export function kindsOf(words: readonly string[]): Pick<LabOptions, 'kind' | 'kinds'> {
	const named = words.filter((word) => word.includes('='));
	const kinds = Object.fromEntries(
		named.map((word) => [word.slice(0, word.indexOf('=')), oneOf(kindNames, word.slice(word.indexOf('=') + 1), 'kind')]),
	);
	const [kind = 'nspawn'] = words.filter((word) => !word.includes('='));
	return {kind: oneOf(kindNames, kind, 'kind'), kinds};
}
