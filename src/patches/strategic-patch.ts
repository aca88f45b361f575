/** Kubernetes' strategic merge patch, with its directives, for the kinds that kubeadm patches. Rules: apimachinery's strategicpatch. */
import {isDeepStrictEqual} from 'node:util';
import {isUnited, mergeKey} from './merge-keys.ts';
import {isObject} from './merge-patch.ts';

type Fields = Record<string, unknown>;

const deleteFrom = '$deleteFromPrimitiveList/';
const orderOf = '$setElementOrder/';

/** Returns a patched copy. Throws when an item of a merged list has no merge key, or a directive is unknown. */
export function strategicPatch(target: unknown, patch: unknown): unknown {
	if (!isObject(target) || !isObject(patch)) throw new Error('a strategic patch is an object');
	return mergeFields(structuredClone(target), structuredClone(patch), '');
}

function mergeFields(target: Fields, patch: Fields, path: string): Fields {
	const {$patch: directive, $retainKeys: retained, ...rest} = patch;
	// An object that is there is emptied, not removed.
	if (directive === 'delete') return {};
	if (directive === 'replace') return withoutDirectives(rest) as Fields;
	if (directive !== undefined && directive !== 'merge') throw new Error(`unknown $patch ${JSON.stringify(directive)} at ${path}`);
	const names = Array.isArray(retained) ? retained : Object.keys(target);
	const result = Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
	for (const [name, value] of Object.entries(rest)) mergeField(result, name, value, path, rest);
	return result;
}

function mergeField(result: Fields, name: string, value: unknown, path: string, patch: Fields): void {
	const inside = (field: string) => (path === '' ? field : `${path}.${field}`);
	if (name.startsWith(deleteFrom)) {
		const field = name.slice(deleteFrom.length);
		const list = result[field];
		if (Array.isArray(list)) result[field] = list.filter((item) => !(value as unknown[]).includes(item));
		return;
	}
	if (name.startsWith(orderOf)) {
		const field = name.slice(orderOf.length);
		// A list that the patch holds too is brought into order when it is merged.
		if (patch[field] === undefined && Array.isArray(result[field]))
			result[field] = ordered(result[field], value as unknown[], inside(field));
		return;
	}
	const old = result[name];
	if (value === null) delete result[name];
	else if (isObject(value) && isObject(old)) result[name] = mergeFields(old, value, inside(name));
	else if (isObject(value) && value.$patch !== undefined) delete result[name];
	else if (Array.isArray(value) && Array.isArray(old)) {
		const merged = mergeList(old, value, inside(name));
		const order = patch[orderOf + name];
		result[name] = Array.isArray(order) ? ordered(merged, order, inside(name)) : merged;
	} else result[name] = withoutDirectives(value);
}

function mergeList(old: unknown[], patch: unknown[], path: string): unknown[] {
	const key = mergeKey(path);
	if (key === undefined) return isUnited(path) ? interleave(old, patch, patch, same) : (withoutDirectives(patch) as unknown[]);
	const equal = (a: unknown, b: unknown) => (a as Fields)[key] === (b as Fields)[key];
	const items = patch.filter(isObject);
	if (items.some((item) => item.$patch === 'replace')) return items.filter((item) => item.$patch === undefined);
	for (const item of items) {
		if (item[key] === undefined) throw new Error(`an item of ${path} has no ${key}, which tells the items apart`);
	}
	const left = old.filter((item) => !items.some((other) => other.$patch === 'delete' && equal(other, item)));
	const wanted = items.filter((item) => item.$patch !== 'delete');
	const merged = wanted.map((item) => {
		const before = left.find((other) => equal(other, item));
		return isObject(before) ? mergeFields(before, item, path) : withoutDirectives(item);
	});
	return interleave(left, merged, wanted, equal);
}

type Equal = (a: unknown, b: unknown) => boolean;
const same: Equal = isDeepStrictEqual;

/** The patch's items in the patch's order; each item that only the old list has stands before the first later one of the old list. */
function interleave(old: unknown[], fromPatch: unknown[], patch: unknown[], equal: Equal): unknown[] {
	const place = (item: unknown) => old.findIndex((other) => equal(other, item));
	const rest = old.filter((item) => !patch.some((other) => equal(other, item)));
	const result: unknown[] = [];
	const queue = [...fromPatch];
	for (const item of rest) {
		while (queue.length > 0 && !(place(queue[0]) > place(item))) result.push(queue.shift());
		result.push(item);
	}
	return [...result, ...queue];
}

function ordered(list: unknown[], order: unknown[], path: string): unknown[] {
	const key = mergeKey(path);
	const equal: Equal = key === undefined ? same : (a, b) => (a as Fields)[key] === (b as Fields)[key];
	const named = order.flatMap((wanted) => list.filter((item) => equal(item, wanted)));
	return interleave(list, named, named, equal);
}

function withoutDirectives(value: unknown): unknown {
	if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && item.$patch !== undefined)).map(withoutDirectives);
	if (!isObject(value)) return value;
	const fields = Object.entries(value).filter(([name, inner]) => !name.startsWith('$') && inner !== null);
	return Object.fromEntries(
		fields
			.filter(([, inner]) => !(isObject(inner) && inner.$patch !== undefined))
			.map(([name, inner]) => [name, withoutDirectives(inner)]),
	);
}
