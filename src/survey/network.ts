/** Readers of what `ip` prints, one line per item (`-o`). */
import {isIP} from 'node:net';
import type {Facts} from '../model.ts';

/** `ip -o addr show`: global addresses of all devices, in the order of the kernel. */
export function readAddresses(text: string): Facts['addresses'] {
	const found: {device: string; address: string; prefix: number}[] = [];
	for (const line of text.split('\n')) {
		const [, device, address, prefix] =
			/^\d+:\s+([^\s\p{Cc}/]{1,64})\s+inet6?\s+([0-9a-fA-F:.]+)(?:\s+peer\s+\S+?)?\/(\d+)\s.*scope (?:global|site)\b/u.exec(
				line,
			) ?? [];
		if (
			device !== undefined &&
			address !== undefined &&
			isIP(address) !== 0 &&
			!/\b(?:deprecated|tentative|temporary)\b/.test(line)
		) {
			found.push({device: device.replace(/@.*$/, ''), address, prefix: Number(prefix)});
		}
	}
	return found;
}

export type Route = {readonly to: string; readonly source: string};

/** Answers of `route get`: which own address a packet to `to` would carry. Routes that the kernel refused are absent. */
export function readRoutes(text: string): Route[] {
	const found: Route[] = [];
	for (const line of text.split('\n')) {
		const [, to, source] = /^(?:local\s+)?([0-9a-fA-F:.]+)\s.*\bsrc\s+([0-9a-fA-F:.]+)/.exec(line) ?? [];
		if (to !== undefined && source !== undefined && isIP(to) !== 0 && isIP(source) !== 0) found.push({to, source});
	}
	return found;
}

/** Addresses that stand for the default route in the survey: documentation networks, which no other route knows. */
export const beyond = {v4: '192.0.2.1', v6: '2001:db8::1'} as const;

export function defaultAddress(routes: readonly Route[]): Facts['defaultAddress'] {
	const v4 = routes.find(({to}) => to === beyond.v4)?.source;
	const v6 = routes.find(({to}) => to === beyond.v6)?.source;
	return {...(v4 === undefined ? {} : {v4}), ...(v6 === undefined ? {} : {v6})};
}
