/** What machines are for each other: the questions of the second look, and what the answers say. Types and readers, pure. */

export type Way = {
	/** Names of sites: who asks, and who is asked. */
	readonly from: string;
	readonly to: string;
	readonly protocol: 'tcp' | 'udp';
	readonly port: number;
	/** What listens there: `the kubelet`. */
	readonly use: string;
};

/** A place that a node asks over HTTP: `for` is a registry as references have it, or `binaries`. */
export type Place = {readonly for: string; readonly url: string; readonly proxy: string; readonly isMirror: boolean};

/** What one node told, by the name of each part. */
export type Told = Readonly<Record<string, string>>;

/** The second look, for judges: everything that was asked, and what each node answered by its name. Names stand in `order` of the numbers. */
export type Between = {
	readonly order: readonly string[];
	readonly ways: readonly Way[];
	readonly places: ReadonlyMap<string, readonly Place[]>;
	readonly told: ReadonlyMap<string, Told>;
};

const linesOf = (text: string | undefined): string[] => (text ?? '').split('\n').filter((line) => line !== '');

/** How a port stood while it was asked: `ours` was a listener for the look, `served` somebody's, anything else was none. */
export function standOf({told}: Between, {to, protocol, port}: Way): string | undefined {
	const lines = linesOf(told.get(to)?.listening).map((line) => line.split(' '));
	return lines.find(([kind, number]) => kind === protocol && Number(number) === port)?.[2];
}

/** What came of a connection: the line that was heard, why it failed, or nothing within the time. Undefined: it was not tried. */
export function connectionOf({order, told}: Between, {from, to, port}: Way): {open?: string; failed?: string} | undefined {
	const own = told.get(from);
	if (own === undefined || own.tool?.trim() === 'none') return undefined;
	for (const line of linesOf(own.asked)) {
		const [, number, where, state, text = ''] = /^(\d+) (\d+) (open|failed) ?(.*)$/.exec(line) ?? [];
		if (order[Number(number)] !== to || Number(where) !== port) continue;
		return state === 'open' ? {open: text} : {failed: text};
	}
	return {};
}

/** Sizes of packets that arrived at a node, by who sent them. */
export function heardBy({order, told}: Between, to: string): ReadonlyMap<string, ReadonlySet<number>> {
	const sizes = new Map<string, Set<number>>();
	for (const line of linesOf(told.get(to)?.heard)) {
		const [, number, size] = /^kubestrap \S+ (\d+) (\d+) *$/.exec(line) ?? [];
		const from = order[Number(number)];
		if (number === undefined || from === undefined) continue;
		sizes.set(from, (sizes.get(from) ?? new Set()).add(Number(size)));
	}
	return sizes;
}

/** Whose listener spoke (`kubestrap NONCE NUMBER`); undefined when it was none of ours. */
export function speakerOf({order}: Between, line: string): string | undefined {
	const number = /^kubestrap \S+ (\d+)$/.exec(line)?.[1];
	return number === undefined ? undefined : order[Number(number)];
}

/** `KEY<TAB>VALUE` lines. */
export function pairsOf(text: string | undefined): [key: string, value: string][] {
	return linesOf(text).map((line) => {
		const at = line.indexOf('\t');
		return [line.slice(0, at), line.slice(at + 1)];
	});
}

/** Milliseconds of the waited-for writes of the last round, fastest first. */
export function writesOf(told: Told | undefined): number[] {
	const rows = linesOf(told?.synced).flatMap((line) => {
		const [round = '', seconds = ''] = line.split(' ');
		const ms = Number(seconds) * 1000;
		return seconds === '' || !Number.isFinite(ms) ? [] : [{round, ms}];
	});
	const last = rows.at(-1)?.round;
	return rows
		.filter(({round}) => round === last)
		.map(({ms}) => ms)
		.sort((one, other) => one - other);
}
