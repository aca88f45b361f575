/**
 * A kubectl for played machines: keeps objects in /run/api.json and answers with the lines that our templates ask for.
 * Called as the real one. `/run/api.trouble` holds a message: that many calls (its first word) fail with it. Calls are in /run/kubectl.log.
 */
import {appendFileSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import {argv, exit, stderr, stdout} from 'node:process';

type Thing = {
	apiVersion: string;
	kind: string;
	metadata: {
		name: string;
		namespace?: string;
		generation?: number;
		labels?: Record<string, string>;
		annotations?: Record<string, string>;
	};
	spec?: {taints?: {key: string; value?: string; effect: string; timeAdded?: string}[]};
};
type Stored = {thing: Thing; uid: string; version: number};

const args = argv.slice(2);
const after = (flag: string) => args.flatMap((arg, at) => (arg === flag ? [args[at + 1]!] : []));
const template = args.find((arg) => arg.startsWith('go-template=')) ?? '';
const verb = args.find((arg) => ['get', 'apply', 'patch', 'diff'].includes(arg))!;
appendFileSync('/run/kubectl.log', `${verb} ${after('-f').length}\n`);

if (existsSync('/run/api.trouble')) {
	const [count, ...words] = readFileSync('/run/api.trouble', 'utf8').split(' ');
	if (Number(count) > 0) {
		writeFileSync('/run/api.trouble', `${Number(count) - 1} ${words.join(' ')}`);
		stderr.write(`${words.join(' ')}\n`);
		exit(1);
	}
}

const api: Record<string, Stored> = existsSync('/run/api.json') ? JSON.parse(readFileSync('/run/api.json', 'utf8')) : {};
const idOf = ({apiVersion, kind, metadata: {name, namespace = ''}}: Thing) => `${apiVersion}/${kind}/${namespace}/${name}`;
const given = after('-f').map((file) => JSON.parse(readFileSync(file, 'utf8')) as Thing);

function line(id: string): string {
	const {thing, uid, version} = api[id]!;
	if (!template.includes(' version ')) return `${id} ${uid} ${thing.metadata.generation ?? version}\n`;
	const {name, labels = {}, annotations = {}} = thing.metadata;
	const rows = [
		`version ${version}`,
		...Object.entries(labels).map(([key, value]) => `label ${key} ${JSON.stringify(value)}`),
		...Object.entries(annotations).map(([key, value]) => `annotation ${key} ${JSON.stringify(value)}`),
		...(thing.spec?.taints ?? []).map(
			({key, value = '', effect, timeAdded = ''}) => `taint ${key} ${effect} =${value} @${timeAdded}`,
		),
	];
	return rows.map((row) => `${name} ${row}\n`).join('');
}

const show = (ids: readonly string[]) => stdout.write(ids.map(line).join(''));

if (verb === 'get' && given.length > 0) show(given.map(idOf).filter((id) => api[id]));
else if (verb === 'get') {
	const names = args
		.slice(args.indexOf('get') + 2)
		.filter((arg, at, all) => !arg.startsWith('-') && !all[at - 1]?.startsWith('-'));
	show(Object.keys(api).filter((id) => names.includes(api[id]!.thing.metadata.name) && api[id]!.thing.kind === 'Node'));
} else if (verb === 'diff') {
	const others = given.filter((thing) => JSON.stringify(api[idOf(thing)]?.thing) !== JSON.stringify(thing));
	// As `diff -rq` over the folders that the real one makes.
	const names = others.map((thing) => idOf(thing).replaceAll('/', '.'));
	stdout.write(names.map((name) => `Files /tmp/LIVE-1/${name} and /tmp/MERGED-2/${name} differ\n`).join(''));
	exit(names.length > 0 ? 1 : 0);
} else if (verb === 'apply') {
	for (const thing of given) {
		const old = api[idOf(thing)];
		if (JSON.stringify(old?.thing) === JSON.stringify(thing)) continue;
		api[idOf(thing)] = {thing, uid: old?.uid ?? `uid-${Object.keys(api).length}`, version: (old?.version ?? 0) + 1};
	}
	show(given.map(idOf));
} else {
	const [kind, name] = args.slice(args.indexOf('patch') + 1);
	const stored = Object.values(api).find(({thing}) => thing.kind === kind && thing.metadata.name === name)!;
	const patch = JSON.parse(readFileSync(after('--patch-file')[0]!, 'utf8'));
	if (patch.metadata.resourceVersion !== String(stored.version)) {
		stderr.write('the object has been modified\n');
		exit(1);
	}
	for (const part of ['labels', 'annotations'] as const) {
		const values = {...stored.thing.metadata[part], ...patch.metadata[part]};
		stored.thing.metadata[part] = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Record<
			string,
			string
		>;
	}
	if (patch.spec) stored.thing.spec = {...stored.thing.spec, ...patch.spec};
	stored.version += 1;
	show([idOf(stored.thing)]);
}
writeFileSync('/run/api.json', JSON.stringify(api));
