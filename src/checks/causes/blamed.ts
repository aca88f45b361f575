/**
 * The nodes that a wait's last words complain of: kubectl's own `nodes "w1" not found`, and what our scripts say of nodes that are not Ready
 * (src/phases/nodes-ready.ts). Their logs tell more than those of the machine that waits. At most a few: one fault is most often the same everywhere.
 */
export function blamed(evidence: readonly string[]): string[] {
	const names = evidence.flatMap((line) => {
		const [, one, other] = /^node (\S+) is not Ready:|\bnodes "([^"]+)" not found/.exec(line) ?? [];
		return one ?? other ?? [];
	});
	return [...new Set(names)].slice(0, most);
}

const most = 3;
