import type {Cluster, Output, Site} from '../model.ts';
import {controlPlaneCauses} from './causes/control-plane.ts';
import {endpointCauses} from './causes/endpoint.ts';
import {type Evidence, readEvidence} from './causes/evidence.ts';
import {machineCauses} from './causes/machine.ts';
import {nodeCauses} from './causes/node.ts';
import type {Cause} from './causes/row.ts';
import {runtimeCauses} from './causes/runtime.ts';
import {fits, isBeside} from './causes/waits.ts';
import {printable} from './printable.ts';

export {evidenceScript} from './causes/evidence.ts';

export type Diagnosis = {
	readonly ids: readonly string[];
	readonly cause: string;
	readonly evidence: readonly string[];
	readonly remedy: string;
};

/** Firm causes first: what the machine lacks explains what the runtime says, and that explains what the components say. */
export const causes: readonly Cause[] = [
	...machineCauses,
	...endpointCauses,
	...runtimeCauses,
	...controlPlaneCauses,
	...nodeCauses,
];

/** Which logs matter most for what was waited for. Causes that they tell come before causes of the same rank from other logs. */
const sources: Readonly<Record<string, RegExp>> = {
	'control-plane': /^(?:log |kubelet$|containerd$)/,
	controllers: /^(?:log |kubelet$|containerd$)/,
	etcd: /^log etcd$/,
	kubelet: /^(?:kubelet|units)$/,
	bootstrap: /^kubelet$/,
	runtime: /^(?:containerd|runtime|units)$/,
	'node-registration': /^kubelet$/,
	'kube-proxy': /^log kube-proxy$/,
	endpoint: /^(?:log kubestrap-node-proxy|kubelet)$/,
	nodes: /^(?:kubelet|containerd|log kube-flannel)$/,
};
const logs = /^(?:log |kubelet$|containerd$|containers$|before$)/;

type Match = {
	readonly row: Cause;
	readonly line: string;
	readonly excerpt: string;
	readonly words: readonly string[];
	readonly program: string;
	readonly near: boolean;
};

/**
 * Why a wait ran out. `key` is what was waited for (the step's `diagnose`), `evidence` what `evidenceScript` printed.
 * At most two causes are told, the firmest first. Where none is known it says so, and shows the lines that tell the most.
 */
export function diagnose(key: string, evidence: Output, cluster: Cluster, site: Site): Diagnosis {
	const read = readEvidence(`${evidence.stdout}\n${evidence.stderr}`);
	const matches = matching(key, read);
	if (matches.length === 0) return unknown(key, read);
	// A line that names two causes names one, and its consequence.
	const apart = matches.filter(({line}, index) => matches.findIndex((other) => other.line === line) === index);
	const told = apart.slice(0, 2).map(({row, words, program}) => ({
		id: row.id,
		cause: explain(row.cause, {words, program, cluster, site}),
		remedy: explain(row.remedy, {words, program, cluster, site}),
	}));
	return {
		ids: told.map(({id}) => id),
		cause: told.map(({cause}) => cause).join('; also: '),
		evidence: apart.slice(0, 3).map(({excerpt}) => excerpt),
		remedy: told.map(({remedy}) => remedy).join('; and: '),
	};
}

/** The causes that the evidence names, firmest first, each once. */
export function matching(key: string, all: Evidence): Match[] {
	const evidence = about(key, all);
	const source = sources[key] ?? logs;
	const found: Match[] = [];
	for (const row of causes.filter((one) => fits(one, key))) {
		if (found.some((match) => match.row.id === row.id) || row.if?.(evidence) === false) continue;
		const match = find(row, evidence, source);
		if (match !== undefined) found.push(match);
	}
	const firm = found.filter(({row}) => !row.weak);
	// What a wait was given up for is told alone: programs have died of it, and all else follows from that.
	const isVain = evidence.get('wait')?.some((line) => line.startsWith('gave up after ')) ?? false;
	const certain = found.filter(({row}) => row.certain);
	if (isVain && certain.length > 0) return certain.slice(0, 1);
	const rank = ({row, near}: Match) => (machineCauses.includes(row) ? 0 : near ? 1 : 2);
	const ranked = (matches: readonly Match[]) => matches.toSorted((one, other) => rank(one) - rank(other));
	// Of guesses one is told: the others are its consequences, or of a trouble that is over.
	return firm.length > 0 ? ranked(firm) : ranked(found).slice(0, 1);
}

/** The evidence that says anything of a wait. */
const about = (key: string, evidence: Evidence): Evidence =>
	new Map([...evidence].filter(([section]) => !isBeside(key, section)));

/** The last line that says it: the first ones may be of a time when all was only starting. */
function find(row: Cause, evidence: Evidence, source: RegExp): Match | undefined {
	for (const near of [true, false]) {
		for (const [section, lines] of evidence) {
			if (!(row.in ?? logs).test(section) || (row.in === undefined && source.test(section) !== near)) continue;
			for (const line of lines.toReversed()) {
				const words = row.says.exec(line.slice(0, 2000));
				// Words end up in a sentence that is shown: they are as untrusted as the line.
				if (words !== null && !row.unless?.test(line.slice(0, 2000))) {
					const clean = [...words].map((word) => (word === undefined ? undefined : printable(word, 120)));
					return {
						row,
						line,
						excerpt: `${section}: ${around(line, words.index, words.index + words[0].length)}`,
						words: clean as string[],
						program: section.replace(/^log /, ''),
						near: near || row.in !== undefined,
					};
				}
			}
		}
	}
	return undefined;
}

/** The part of a line that says it: logs nest errors deeply, and what matters comes last. What is far apart loses its middle. */
function around(line: string, from: number, to: number): string {
	if (line.length <= 300) return printable(line);
	const start = Math.max(0, from - 60);
	const before = start > 0 ? '…' : '';
	if (to - start <= 280) return `${before}${printable(line.slice(start))}`;
	// No word is torn: an address without its beginning is none.
	const rest = Math.max(line.lastIndexOf(' ', to - 130) + 1, to - 220);
	return `${before}${printable(line.slice(start, start + 120))} … ${printable(line.slice(rest, to + 30))}`;
}

const explain = <Caught>(text: string | ((caught: Caught) => string), caught: Caught) =>
	typeof text === 'string' ? text : text(caught);

/** No row fits: the last lines that look like errors, of the log that is nearest to what was waited for. */
function unknown(key: string, evidence: Evidence): Diagnosis {
	const source = sources[key] ?? logs;
	const sections = [...about(key, evidence)].filter(([section]) => logs.test(section));
	const ordered = [
		...sections.filter(([section]) => source.test(section)),
		...sections.filter(([section]) => !source.test(section)),
	];
	const lines = ordered.flatMap(([section, all]) =>
		all
			.filter(isTelling)
			.slice(-3)
			.map((line) => printable(`${section}: ${line}`)),
	);
	return {
		ids: [],
		cause: sections.every(([, all]) => all.length === 0) ? 'no known cause: the node gave no evidence' : 'no known cause',
		evidence: lines.slice(0, 6),
		remedy: 'look on the node: journalctl -u kubelet, crictl ps -a, crictl logs ID',
	};
}

/** klog marks errors and fatal ends by letter, zap and logrus by level; exit codes speak for themselves. */
const isTelling = (line: string) =>
	/(?:^|\s)[EF]\d{4} |"level":"(?:error|fatal|panic)"|level=(?:error|fatal)|\bpanic:|\bError:|exit code [1-9]|failed/.test(line);
