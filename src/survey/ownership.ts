import type {Facts, Owned, Ownership, SeenFile} from '../model.ts';

const home = '/var/lib/kubestrap';

/**
 * The record of what is ours on a machine, from the files in /var/lib/kubestrap; undefined where kubestrap never worked.
 * Throws when the record is there and cannot be understood: then the machine is neither bare nor known.
 */
export function readOwnership(files: Facts['files']): Ownership | undefined {
	const file = files[`${home}/cluster.json`];
	if (file === undefined) return undefined;
	const record = object(whole(file, 'cluster.json'), 'cluster.json');
	const fence = files[`${home}/fence`]?.text;
	const clusterId = record.get('clusterId');
	const name = record.get('name');
	if (typeof clusterId !== 'string' || typeof name !== 'string') throw new Error(`${home}/cluster.json names no cluster`);
	return {
		clusterId,
		name,
		writer: word(record.get('writer')),
		...optional('node', record.get('node')),
		...optional('machineId', record.get('machineId')),
		// Its first word; the rest says who holds it.
		fence: number(fence === undefined ? record.get('fence') : Number(fence.trim().split(/\s+/)[0])),
		birthMembers: strings(record.get('birthMembers')),
		owned: readOwned(files[`${home}/owned.ndjson`]),
	};
}

/** One JSON object per line. A last line without its end was being written when the machine stopped: it does not count. */
function readOwned(file: SeenFile | undefined): Owned[] {
	if (file === undefined) return [];
	const text = whole(file, 'owned.ndjson');
	const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
	return lines.filter(Boolean).map((line) => {
		const record = object(line, 'owned.ndjson');
		const before = record.get('before');
		return {
			kind: String(record.get('kind')),
			name: String(record.get('name')),
			before: typeof before === 'string' ? before : null,
		};
	});
}

function whole(file: SeenFile, name: string): string {
	if (file.text === undefined) throw new Error(`${home}/${name} could not be read (${file.size} bytes)`);
	return file.text;
}

/** The fields of a JSON object, in a map: no name of a field can do harm there. */
function object(text: string, name: string): Map<string, unknown> {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new Error(`${home}/${name} is damaged: it is no JSON`);
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new Error(`${home}/${name} is damaged: it holds no object`);
	return new Map(Object.entries(value));
}

function number(value: unknown): number {
	if (value === undefined) return 0;
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
		throw new Error(`the fence in ${home} is no number`);
	return value;
}

const optional = (name: 'node' | 'machineId', value: unknown) => (typeof value === 'string' ? {[name]: value.slice(0, 253)} : {});

const word = (value: unknown) => (typeof value === 'string' ? value : '');

const strings = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
