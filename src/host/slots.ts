/** A queue for a few places: sshd refuses the eleventh channel of a connection, so we never ask for it. */

export type Slots = {
	/** Waits for a place; the returned function gives it back. Rejects with the signal's reason. */
	take(signal?: AbortSignal): Promise<() => void>;
	/** The server allows fewer than we thought: never more than are in use now, but always one. */
	shrink(): void;
	readonly used: number;
};

export function slots(limit: number): Slots {
	let places = limit;
	let used = 0;
	const queue: (() => void)[] = [];
	const next = () => {
		while (used < places && queue.length > 0) {
			used += 1;
			queue.shift()!();
		}
	};
	return {
		get used() {
			return used;
		},
		shrink: () => {
			places = Math.max(1, Math.min(places, used));
		},
		take: (signal) =>
			new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				const leave = () => {
					queue.splice(queue.indexOf(enter), 1);
					reject(signal?.reason);
				};
				const enter = () => {
					signal?.removeEventListener('abort', leave);
					let given = false;
					resolve(() => {
						if (given) return;
						given = true;
						used -= 1;
						next();
					});
				};
				signal?.addEventListener('abort', leave, {once: true});
				queue.push(enter);
				next();
			}),
	};
}
