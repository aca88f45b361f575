/** JSON Patch, RFC 6902, on plain JSON values. */
import {isDeepStrictEqual} from 'node:util';

export type Operation = {
	readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
	readonly path: string;
	readonly from?: string;
	readonly value?: unknown;
};

/** Applies the operations in order to a copy. Throws when a path does not exist or a test fails. */
export function jsonPatch(target: unknown, operations: readonly Operation[]): unknown {
	const box = {root: structuredClone(target)};
	for (const operation of operations) apply(box, operation);
	return box.root;
}

type Box = {root: unknown};
type Place = {holder: Record<string, unknown> | unknown[]; key: string};

function apply(box: Box, {op, path, from, value}: Operation): void {
	switch (op) {
		case 'add':
			return add(box, path, structuredClone(value));
		case 'remove':
			return void remove(box, path);
		case 'replace':
			get(box, path);
			if (path === '') box.root = structuredClone(value);
			else set(place(box, path), structuredClone(value));
			return;
		case 'move':
			return add(box, path, remove(box, wanted(from)));
		case 'copy':
			return add(box, path, structuredClone(get(box, wanted(from))));
		case 'test':
			if (!isDeepStrictEqual(get(box, path), value)) throw new Error(`test of ${path} failed`);
			return;
		default:
			throw new Error(`unknown operation ${JSON.stringify(op)}`);
	}
}

function wanted(from: string | undefined): string {
	if (from === undefined) throw new Error('"from" is missing');
	return from;
}

function add(box: Box, path: string, value: unknown): void {
	if (path === '') {
		box.root = value;
		return;
	}
	const {holder, key} = place(box, path);
	if (!Array.isArray(holder)) {
		set({holder, key}, value);
		return;
	}
	const index = key === '-' ? holder.length : Number(key);
	if (!Number.isInteger(index) || index < 0 || index > holder.length) throw new Error(`no place ${path} in the list`);
	holder.splice(index, 0, value);
}

function remove(box: Box, path: string): unknown {
	const value = get(box, path);
	const {holder, key} = place(box, path);
	if (Array.isArray(holder)) holder.splice(Number(key), 1);
	else delete holder[key];
	return value;
}

function set({holder, key}: Place, value: unknown): void {
	Object.defineProperty(holder, key, {value, writable: true, enumerable: true, configurable: true});
}

function get(box: Box, path: string): unknown {
	let value = box.root;
	for (const key of keys(path)) {
		if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) throw new Error(`${path} is not there`);
		value = (value as Record<string, unknown>)[key];
	}
	return value;
}

function place(box: Box, path: string): Place {
	const all = keys(path);
	const key = all.at(-1);
	if (key === undefined) throw new Error('the whole document cannot be removed');
	const holder = get(box, path.slice(0, path.lastIndexOf('/')));
	if (typeof holder !== 'object' || holder === null) throw new Error(`${path} is not inside an object or list`);
	return {holder: holder as Place['holder'], key};
}

function keys(path: string): string[] {
	if (path === '') return [];
	if (!path.startsWith('/')) throw new Error(`path ${JSON.stringify(path)} does not begin with a slash`);
	return path
		.slice(1)
		.split('/')
		.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
