import {setTimeout as pause} from 'node:timers/promises';

/** The operator's line, shared by all that is sent over it. */
export type Throttle = {
	/** Waits until so many bytes may be sent. */
	take(bytes: number, signal?: AbortSignal): Promise<void>;
};

/** How far ahead of its rate a line may run, in milliseconds: small pieces need no timer each. */
const ahead = 100;

/** At most `rate` bytes in a second, over all callers together; undefined: as many as go through. The clock and the pause are for tests. */
export function throttle(
	rate: number | undefined,
	{now = () => performance.now(), wait = (ms: number, signal?: AbortSignal) => pause(ms, undefined, signal ? {signal} : {})} = {},
): Throttle {
	if (rate === undefined) return {take: async () => {}};
	// When everything that was let through so far has had its time.
	let free = now();
	return {
		take: async (bytes, signal) => {
			const at = Math.max(free, now());
			free = at + (bytes / rate) * 1000;
			const early = at - now() - ahead;
			if (early > 0) await wait(early, signal);
		},
	};
}
