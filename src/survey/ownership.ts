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
	const {owned, torn} = readOwned(files[`${home}/owned.ndjson`]);
	return {
		clusterId,
		name,
		writer: word(record.get('writer')),
		...optional('node', record.get('node')),
		...optional('machineId', record.get('machineId')),
		// Its first word; the rest says who holds it.
		fence: number(fence === undefined ? record.get('fence') : Number(fence.trim().split(/\s+/)[0])),
		birthMembers: strings(record.get('birthMembers')),
		owned,
		...(torn > 0 ? {torn} : {}),
	};
}

/**
 * One JSON object per line. A last line without its end was being written when the machine stopped, and nothing was changed behind it: it does not
 * count. Other lines that cannot be read are passed over and counted; where a whole one came right behind a torn one, the whole one is found
 * (src/steps/mending.ts does the same before anything is written).
 */
function readOwned(file: SeenFile | undefined): {readonly owned: readonly Owned[]; readonly torn: number} {
	if (file === undefined) return {owned: [], torn: 0};
	const text = whole(file, 'owned.ndjson');
	const lines = text
		.slice(0, text.lastIndexOf('\n') + 1)
		.replaceAll(/\0+/g, '\n')
		.replaceAll(/(.)(\{"kind":")/g, '$1\n$2')
		.split('\n')
		.filter(Boolean);
	const owned = lines.flatMap(ownedOf);
	return {owned, torn: lines.length - owned.length};
}

function ownedOf(line: string): Owned[] {
	try {
		const record = object(line, 'owned.ndjson');
		const [kind, name, before] = ['kind', 'name', 'before'].map((field) => record.get(field));
		if (typeof kind !== 'string' || typeof name !== 'string') return [];
		return [{kind, name, before: typeof before === 'string' ? before : null}];
	} catch {
		return [];
	}
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
