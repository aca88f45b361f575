/** A document with something in it that is not what it was. */
import {hostileText, hostileValue} from './hostile.ts';
import type {Random} from './random.ts';

export type Json = {[key: string]: unknown};

/** Some value, key or gap of the document becomes another one. */
export function spoil(document: Json, random: Random): void {
	let at = document;
	for (;;) {
		const key = random.pick(Object.keys(at));
		const below = at[key];
		if (typeof below === 'object' && below !== null && Object.keys(below).length > 0 && !random.once(4)) {
			at = below as Json;
			continue;
		}
		const change = random.below(6);
		if (change === 0) delete at[key];
		else if (change === 1) put(at, hostileText(random), below);
		else if (typeof below === 'string' && change === 2) at[key] = hostileText(random);
		else at[key] = hostileValue(random);
		return;
	}
}

/** Also under names with a meaning of their own. */
export function put(place: Json, key: string, value: unknown): void {
	Object.defineProperty(place, key, {value, enumerable: true, configurable: true, writable: true});
}
