/** Debian's order of versions (deb-version(7)): epoch, upstream version, revision. Negative when the first is older. */
export function compareVersions(one: string, other: string): number {
	const [a, b] = [partsOf(one), partsOf(other)];
	return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

function partsOf(version: string): {epoch: number; upstream: string; revision: string} {
	const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
	const dash = rest.lastIndexOf('-');
	return dash === -1
		? {epoch: Number(epoch), upstream: rest, revision: ''}
		: {epoch: Number(epoch), upstream: rest.slice(0, dash), revision: rest.slice(dash + 1)};
}

/** Turns of what is no digit and of numbers. A tilde comes before everything, even the end; letters come before other signs. */
function compareParts(one: string, other: string): number {
	const [words, others] = [split(one), split(other)];
	for (let at = 0; at < Math.max(words.length, others.length); at++) {
		const [a = '', b = ''] = [words[at], others[at]];
		const order = at % 2 === 1 ? Number(BigInt(a || 0) - BigInt(b || 0)) : compareSigns(a, b);
		if (order !== 0) return order;
	}
	return 0;
}

/** Parts at even places hold no digit, those at odd places are numbers. */
const split = (text: string): string[] => text.split(/(\d+)/);

function compareSigns(one: string, other: string): number {
	for (let at = 0; at < Math.max(one.length, other.length); at++) {
		const order = weight(one[at]) - weight(other[at]);
		if (order !== 0) return order;
	}
	return 0;
}

function weight(sign: string | undefined): number {
	if (sign === '~') return -1;
	if (sign === undefined) return 0;
	return sign.charCodeAt(0) + (/[A-Za-z]/.test(sign) ? 0 : 256);
}
