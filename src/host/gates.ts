/** How many handshakes run at a time: sshd drops the eleventh that has not logged in yet (MaxStartups 10:30:100), so it never sees so many of ours. */
import {type Slots, slots} from './slots.ts';

/** Handshakes with one address. sshd counts those of other people too. */
const perAddress = 5;

export type Gates = {
	/** Waits for a turn with this address; the returned function gives it back. Rejects with the signal's reason. */
	pass(host: string, port: number, signal?: AbortSignal): Promise<() => void>;
	/** This address has dropped us: fewer at once from now on. */
	narrow(host: string, port: number): void;
};

export function gates(): Gates {
	const places = new Map<string, Slots>();
	const at = (host: string, port: number) => {
		const key = `${host} ${port}`;
		const found = places.get(key) ?? slots(perAddress);
		places.set(key, found);
		return found;
	};
	return {
		pass: (host, port, signal) => at(host, port).take(signal),
		narrow: (host, port) => at(host, port).shrink(),
	};
}
