/** JSON Patch, RFC 6902, on plain JSON values. */
import {isDeepStrictEqual} from 'node:util';

export type Operation = {
	readonly op: string;
	readonly path: string;
	readonly from?: string;
	readonly value?: unknown;
};

/** Applies the operations in order to a copy. Throws when a path does not exist or a test fails. */
export function jsonPatch(target: unknown, patch: readonly Operation[]): unknown {
	const box = {root: structuredClone(target)};
	for (const operation of patch) {
		const apply = Object.hasOwn(operations, operation.op) ? operations[operation.op] : undefined;
		if (apply === undefined) throw new Error(`unknown operation ${JSON.stringify(operation.op)}`);
		apply(box, operation);
	}
	return box.root;
}

type Box = {root: unknown};
type Place = {holder: Record<string, unknown> | unknown[]; key: string};

const operations: Readonly<Record<string, (box: Box, operation: Operation) => void>> = {
	add: (box, {path, value}) => add(box, path, structuredClone(value)),
	remove: (box, {path}) => void remove(box, path),
	replace: (box, {path, value}) => {
		get(box, path);
		if (path === '') box.root = structuredClone(value);
		else set(place(box, path), structuredClone(value));
	},
	move: (box, {path, from}) => add(box, path, remove(box, wanted(from))),
	copy: (box, {path, from}) => add(box, path, structuredClone(get(box, wanted(from)))),
	test: (box, {path, value}) => {
		if (!isDeepStrictEqual(get(box, path), value)) throw new Error(`test of ${path} failed`);
	},
};

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
